import { fail, isRecord, type RsdixError } from "@rsdix/internal";
import { CST, Lexer, LineCounter, parse, parseDocument, stringify } from "yaml";
import type { z } from "zod";
import { checkIdle } from "./idle-fields";
import { knownAs, snakeCase, suggestion } from "./names";
import { FIT_SCHEMAS, type FitConfigs, type FitKind, requiredFields } from "./schemas";
import { validationMetrics } from "./validation-metrics";
import { validationNames } from "./validation-names";

/** A configuration before its defaults: sections, then fields. */
export type RawConfig = Readonly<Record<string, unknown>>;

/** More than any configuration has: beyond it is the wrong file. */
const MAX_TEXT = 1_000_000;
/** Names of fields' groups. */
const SECTIONS: readonly string[] = ["model", "data", "trainer"];
/** Names of an object's own machinery are no fields. */
const FORBIDDEN = ["__proto__", "constructor", "prototype"];

/**
 * The fields of a configuration file, their names as the original writes them: `batchSize` is `batch_size`.
 *
 * @param text - YAML, of which JSON is a part.
 * @param where - the file's name, for messages.
 * @returns the sections and what they have.
 * @throws RsdixError FILE_CORRUPT with line and column for what is no YAML, or has a name twice; FILE_TOO_LARGE.
 */
export function parseConfig(text: string, where: string): RawConfig {
  if (text.length > MAX_TEXT) fail("FILE_TOO_LARGE", `${where} has ${text.length} characters, which no configuration has.`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [problem] = document.errors;
  if (problem) {
    const { line, col } = lines.linePos(problem.pos[0]);
    fail("FILE_CORRUPT", `${where}, line ${line}, column ${col}: ${problem.message}`);
  }
  const value = attempt(where, () => document.toJS({ maxAliasCount: 100 }) as unknown);
  if (value === null || value === undefined) return {};
  if (typeof value !== "object" || Array.isArray(value))
    fail("FILE_CORRUPT", `${where} must have sections (model, data, trainer), got ${Array.isArray(value) ? "a list" : typeof value}.`);
  return normalise(value as RawConfig, where, 0);
}

/**
 * What a flag's value says: a YAML value, so that numbers, true and [lists] are what they are in a file. Of a value without its quotes only
 * the word null is null, as an empty place, `~` or `---` is in YAML, `#` begins no comment, and `a: b` and `{a}` stay texts, as no field has names
 * with values: what was typed is never left out.
 */
export function parseValue(text: string): unknown {
  if (text.trim() === "null") return null;
  try {
    const kinds = [...new Lexer().lex(text)].map(CST.tokenType);
    if (kinds.includes("comment") || kinds.includes("doc-start")) return text;
    const value: unknown = parse(text);
    return value === null || isRecord(value) || (typeof value === "string" && !/^\s*["']/.test(text)) ? text : value;
  } catch {
    return text; // a path that begins with "[", for example
  }
}

/** Puts configurations over one another: fields of the later ones win. */
export function mergeConfigs(configs: readonly RawConfig[]): RawConfig {
  const merged: Record<string, unknown> = {};
  for (const config of configs)
    for (const [name, value] of Object.entries(config)) {
      const before = merged[name];
      const given = value === null && SECTIONS.includes(name) ? {} : value; // its name alone, with nothing below it
      if (before === undefined || !isRecord(given)) merged[name] = given;
      else if (isRecord(before)) merged[name] = { ...before, ...given }; // else it is refused with what it is, whatever comes over it
    }
  return merged;
}

/**
 * A whole configuration: checked, with its defaults.
 *
 * @param kind - what it is for.
 * @param raw - sections and fields, from files and flags.
 * @param command - what messages call the command that takes it.
 * @returns every field.
 * @throws RsdixError INVALID_ARGUMENT naming every field that is wrong, missing or would do nothing; UNKNOWN_OPTION with the nearest name.
 */
export function resolveConfig<K extends FitKind>(kind: K, raw: RawConfig, command = `fit ${kind}`): FitConfigs[K] {
  const result = FIT_SCHEMAS[kind].safeParse({ model: {}, data: {}, ...raw }); // without a section, what is missing are its fields
  if (result.success) {
    if (kind === "clipcap") validationMetrics((result.data as FitConfigs["clipcap"]).model);
    checkIdle(kind, result.data, command);
    return withMonitor(kind, result.data as FitConfigs[K], command);
  }
  const unknown = result.error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys" ? issue.keys.map((key) => unknownKey(kind, issue.path, key)) : [],
  );
  if (unknown.length > 0) fail("UNKNOWN_OPTION", `${command}: ${unknown.join(" ")}`);
  const problems = result.error.issues.map((issue) => `${issue.path.join(".") || "the configuration"} ${problemOf(issue, raw)}`);
  return fail("INVALID_ARGUMENT", `${command}: ${problems.join(" ")}`);
}

/** What the run is led by, as its validations call it: the original's spelling of a metric is taken there as in the list of metrics. */
function withMonitor<K extends FitKind>(kind: K, config: FitConfigs[K], command: string): FitConfigs[K] {
  const names = validationNames(kind, config);
  const monitor = knownAs(config.trainer.monitor, names);
  if (!names.includes(monitor))
    fail(
      "INVALID_ARGUMENT",
      `${command}: trainer.monitor is ${JSON.stringify(monitor)}, which this run's validations don't measure: known are ${names.join(", ")}.${suggestion(monitor, names)}`,
    );
  return { ...config, trainer: { ...config.trainer, monitor } };
}

/**
 * A configuration to be looked at, or filled in: as {@link resolveConfig} gives it, but what must be given and is not is null.
 *
 * @returns every field, and the names of those that are still to be given.
 * @throws RsdixError as `resolveConfig`, of what is given.
 */
export function draftConfig(kind: FitKind, raw: RawConfig): { config: object; missing: string[] } {
  const missing: string[] = [];
  const given: Record<string, unknown> = { ...raw };
  for (const [section, fields] of Object.entries(requiredFields(kind))) {
    const there = given[section] ?? {}; // a section's name alone, with nothing below it, is null
    if (!isRecord(there)) continue; // refused below
    const names = Object.keys(fields).filter((name) => there[name] === undefined || there[name] === null);
    missing.push(...names.map((name) => `${section}.${name}`));
    given[section] = { ...there, ...Object.fromEntries(names.map((name) => [name, fields[name]])) };
  }
  const config: Record<string, unknown> = { ...resolveConfig(kind, given) };
  for (const [section, name] of missing.map((path) => path.split(".") as [string, string]))
    config[section] = { ...(config[section] as object), [name]: null };
  return { config, missing };
}

/** The configuration as YAML, to be read again. */
export function printConfig(config: object): string {
  return stringify(config, { lineWidth: 120 });
}

/** The names of a section's fields, of the whole where `path` is empty. */
export function fieldNames(kind: FitKind, path: readonly PropertyKey[] = []): string[] {
  const sections = FIT_SCHEMAS[kind].shape as Readonly<Record<string, z.ZodType>>;
  if (path.length === 0) return Object.keys(sections);
  return Object.keys(fieldsOf(sections[String(path[0])]));
}

/** The fields of a section; none of what is a field itself. */
export function fieldsOf(section: z.ZodType | undefined): Readonly<Record<string, z.ZodType>> {
  let inner = section as { shape?: Record<string, z.ZodType>; def?: { innerType?: z.ZodType } } | undefined;
  while (inner && !inner.shape && inner.def?.innerType) inner = inner.def.innerType as typeof inner;
  return inner?.shape ?? {};
}

function normalise(value: RawConfig, where: string, depth: number): RawConfig {
  const normal: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    const known = snakeCase(name);
    if (FORBIDDEN.includes(name) || FORBIDDEN.includes(known)) fail("FILE_CORRUPT", `${where} has the name ${name}, which no field has.`);
    if (Object.hasOwn(normal, known)) fail("FILE_CORRUPT", `${where} gives ${known} twice, once as ${name}.`);
    normal[known] = depth === 0 && isRecord(item) ? normalise(item, where, depth + 1) : item;
  }
  return normal;
}

function unknownKey(kind: FitKind, path: readonly PropertyKey[], key: string): string {
  const place = path.length > 0 ? `${path.join(".")} has no field ${key}.` : `there is no section ${key}.`;
  const known = path.length > 0 ? "" : ` A configuration has ${fieldNames(kind, []).join(", ")}.`;
  const elsewhere = fieldNames(kind).find((section) => section !== path[0] && fieldNames(kind, [section]).includes(key));
  return elsewhere ? `${place} It belongs into ${elsewhere}.` : `${place}${suggestion(key, fieldNames(kind, path)) || known}`;
}

const LIMITS = { "<=": "it must be at most ", "<": "it must be below ", ">=": "it must be at least ", ">": "it must be above " } as const;

/** Of a list's items. */
const COUNTS = { "<=": "at most", ">=": "at least" } as const;

/** What a field must be, by the names that zod has for it. */
const KINDS: Readonly<Record<string, string>> = {
  ...{ number: "a number", int: "a whole number", string: "a text", boolean: "true or false" },
  ...{ array: "a list", tuple: "a list", object: "a section with fields", record: "a section with fields" },
};

function problemOf(issue: z.core.$ZodIssue, raw: RawConfig): string {
  const value = issue.path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], raw);
  const message = issue.message
    .replace(/^Too (?:big|small): expected (?:number|int) to be (<=?|>=?)/, (_, sign: keyof typeof LIMITS) => LIMITS[sign])
    .replace(
      /^Too (?:big|small): expected array to have (<=|>=)(\d+) items$/,
      (_, sign: keyof typeof COUNTS, n: string) => `it must have ${COUNTS[sign]} ${n} items`,
    )
    .replace(/^Invalid input: expected (true|false)$/, "it must be $1")
    .replace(/^Invalid input: expected (\w+), received .*/, (_, kind: string) => `it must be ${KINDS[kind] ?? kind}`)
    .replace(/^Invalid option: expected one of (.*)/, (_, options: string) => `it must be one of ${options.replaceAll("|", ", ")}`)
    .replace(/^Invalid input: /, "")
    .replace(/^(Too|Invalid)/, (word) => word.toLowerCase());
  if (value === undefined) return "must be given.";
  const shown = typeof value === "number" ? String(value) : JSON.stringify(value); // JSON has no infinity
  const isList = issue.code === "invalid_type" && ["array", "tuple"].includes(issue.expected);
  const isText = message.endsWith("a text") || message.includes("a list of texts");
  return `is ${shown}: ${message}.${isList ? " A list is written as [a, b]." : ""}${isText && isOther(value) ? QUOTES : ""}`;
}

/** Of what YAML reads otherwise where a text is wanted: a number, true, `a: b`. */
const QUOTES = ' What YAML takes for something else is a text in quotes: "2024".';

/** Whether there is something other than texts. */
function isOther(value: unknown): boolean {
  return Array.isArray(value) ? value.some((item) => typeof item !== "string") : value !== null && typeof value !== "string";
}

function attempt<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    return fail("FILE_CORRUPT", `${where}: ${(error as RsdixError).message}`, error);
  }
}
