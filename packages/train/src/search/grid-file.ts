import { fail, show } from "@rsdix/internal";
import { isAlias, isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { checkText } from "../check-given";
import { checkSpace, type Dimension, type ParameterValue, type SearchSpace } from "./space";

/** What a grid file says. */
export interface GridFile {
  /** What each trial runs: the original's script, whose name tells what is trained. */
  script?: string;
  /** The configuration of each trial, over which its parameters go. */
  configFile?: string;
  /** Run for each trial in place of our own command; its placeholders are filled in. */
  command?: string[];
  /** The parameters, by section and name: `model.lr`. */
  space: SearchSpace;
}

/** More than any grid file has: beyond it is the wrong file. */
const MAX_TEXT = 1_000_000;
/** Deeper than any configuration is. */
const MAX_DEPTH = 16;
/** Names that a flag can have. */
const NAME = /^[A-Za-z][\w-]*$/;
const WHOLE = /^[-+]?\d+$|^0[xo]/i;
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/**
 * Reads a grid file as the original has it: YAML with `script`, `config_file` and `attr_keys`, whose values are texts with commas. Two numbers are a range,
 * of whole numbers where both are written as such; one value, three or more, and texts are choices. Beyond the original, a YAML list is a list of choices,
 * `{min: 1e-6, max: 1e-3, scale: log}` a range on a scale, and `command` a list of a program and its arguments.
 *
 * @param text The file's text.
 * @param where The file's name, for messages.
 * @returns What it says.
 * @throws FILE_CORRUPT for what is no grid file, naming what is wrong; FILE_TOO_LARGE; INVALID_ARGUMENT for what is no text.
 * @example
 * ```ts
 * import { parseGridFile } from "@rsdix/train";
 * const { space } = parseGridFile("script: train.py\nattr_keys:\n  model:\n    lr: 1e-5,2e-5\n    use_warmup: cosine,linear\n");
 * console.log(space["model.lr"]); // { type: "continuous", min: 1e-5, max: 2e-5 }
 * console.log(space["model.use_warmup"]); // { type: "categorical", choices: ["cosine", "linear"] }
 * ```
 * @see RSDiX, https://github.com/NeuRoNeLab/RSDiX-CLIP
 */
export function parseGridFile(text: string, where = "The grid file"): GridFile {
  checkText(text, "parseGridFile: the file's content");
  if (text.length > MAX_TEXT) fail("FILE_TOO_LARGE", `${where} has ${text.length} characters, which no grid file has.`);
  const { json, writtenAt } = parseYaml(text, where);
  const { script, config_file, command, attr_keys, ...rest } = section(json, where);
  const [stranger] = Object.keys(rest);
  if (stranger !== undefined)
    fail("FILE_CORRUPT", `${where} has ${JSON.stringify(stranger)}; a grid file has script, config_file, command and attr_keys.`);
  if (script === undefined && command === undefined)
    fail("FILE_CORRUPT", `${where} must have a script, or a command that each trial runs.`);
  if (attr_keys === undefined)
    fail(
      "FILE_CORRUPT",
      `${where} must have attr_keys: the parameters that are tried, by section and name (attr_keys: {model: {lr: 1e-5,1e-4}}).`,
    );
  const dimensions: [string, Dimension][] = [];
  collect(section(attr_keys, `${where}: attr_keys`), ["attr_keys"], { what: `${where}: attr_keys`, writtenAt }, dimensions);
  const space = Object.fromEntries(dimensions);
  try {
    checkSpace(space, where);
  } catch (error) {
    fail("FILE_CORRUPT", (error as Error).message, error);
  }
  return {
    ...(script !== undefined && { script: textOf(script, `${where}: script`) }),
    ...(config_file !== undefined && { configFile: textOf(config_file, `${where}: config_file`) }),
    ...(command !== undefined && { command: commandOf(command, `${where}: command`) }),
    space,
  };
}

/** How the number at a path is written in the file. */
type WrittenAt = (path: readonly string[]) => string | undefined;

function parseYaml(text: string, where: string): { json: unknown; writtenAt: WrittenAt } {
  const lines = new LineCounter();
  let document: ReturnType<typeof parseDocument>;
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
    if (document.errors.length === 0) return { json: document.toJS({ maxAliasCount: 100 }), writtenAt: (path) => sourceAt(document, path) };
  } catch (error) {
    // Nested too deep, or aliases of aliases.
    return fail("FILE_CORRUPT", `${where} cannot be read: ${(error as Error).message}.`, error);
  }
  const [problem] = document.errors;
  const { line, col } = lines.linePos(problem!.pos[0]);
  return fail("FILE_CORRUPT", `${where}, line ${line}, column ${col}: ${problem!.message}`, problem);
}

/** What the file has for a scalar, which its value no longer tells: 1.0 and 1e0 are 1. */
function sourceAt(document: ReturnType<typeof parseDocument>, path: readonly string[]): string | undefined {
  const itself = (node: unknown) => (isAlias(node) ? node.resolve(document) : node);
  let node: unknown = itself(document.contents);
  for (const name of path) {
    if (!isMap(node)) return undefined;
    node = itself(node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === name)?.value);
  }
  return isScalar(node) ? node.source : undefined;
}

function section(value: unknown, what: string): Record<string, unknown> {
  if (show(value) !== "[object Object]") fail("FILE_CORRUPT", `${what} must be names with values, got ${show(value)}.`);
  return value as Record<string, unknown>;
}

function textOf(value: unknown, what: string): string {
  if (typeof value !== "string" || value === "") fail("FILE_CORRUPT", `${what} must be a text, got ${show(value)}.`);
  return value;
}

function commandOf(value: unknown, what: string): string[] {
  if (!Array.isArray(value) || value.length === 0)
    fail("FILE_CORRUPT", `${what} must be a list: a program and its arguments, got ${show(value)}.`);
  return value.map((part: unknown, i) => (typeof part === "number" ? String(part) : textOf(part, `${what}[${i}]`)));
}

/** The parameters below a name, `model.lr`. */
function collect(
  values: Record<string, unknown>,
  path: readonly string[],
  { what, writtenAt }: { what: string; writtenAt: WrittenAt },
  into: [string, Dimension][],
): void {
  if (path.length > MAX_DEPTH) fail("FILE_CORRUPT", `${what} goes deeper than ${MAX_DEPTH} names.`);
  if (Object.keys(values).length === 0) fail("FILE_CORRUPT", `${what} must have at least one parameter.`);
  for (const [key, value] of Object.entries(values)) {
    if (!NAME.test(key)) fail("FILE_CORRUPT", `${what} has ${JSON.stringify(key)}, which no parameter is called.`);
    const at = `${what}.${key}`;
    const below = [...path, key];
    if (show(value) === "[object Object]" && !isRange(value as object))
      collect(value as Record<string, unknown>, below, { what: at, writtenAt }, into);
    else into.push([below.slice(1).join("."), dimensionOf(value, at, (end) => writtenAt([...below, end]))]);
  }
}

function isRange(value: object): boolean {
  return "min" in value && "max" in value;
}

function dimensionOf(value: unknown, what: string, written: (end: string) => string | undefined): Dimension {
  if (show(value) === "[object Object]") {
    const { min, max, scale = "linear", ...rest } = value as { min: unknown; max: unknown; scale?: unknown };
    const [stranger] = Object.keys(rest);
    if (stranger !== undefined) fail("FILE_CORRUPT", `${what} has ${JSON.stringify(stranger)}; a range has min, max and scale.`);
    if (typeof min !== "number" || typeof max !== "number")
      fail("FILE_CORRUPT", `${what} must go from a number to a number, got ${show(min)} and ${show(max)}.`);
    const whole = ["min", "max"].every((end) => WHOLE.test(written(end) ?? ""));
    return { type: whole ? "integer" : "continuous", min, max, scale: scale as "linear" };
  }
  if (Array.isArray(value)) return { type: "categorical", choices: value as ParameterValue[] };
  if (typeof value !== "string") return { type: "categorical", choices: [value as ParameterValue] };
  const parts = value.split(",").map((part) => part.trim());
  if (parts.includes(""))
    fail("FILE_CORRUPT", `${what} must be values with commas between them, none of them empty, got ${JSON.stringify(value)}.`);
  const choices = parts.map((part) => scalar(part, what));
  const [low, high] = choices;
  if (choices.length !== 2 || typeof low !== "number" || typeof high !== "number" || low === high)
    return { type: "categorical", choices: [...new Set(choices)] };
  const whole = parts.every((part) => WHOLE.test(part));
  return { type: whole ? "integer" : "continuous", min: Math.min(low, high), max: Math.max(low, high) };
}

function scalar(text: string, what: string): ParameterValue {
  if (NUMBER.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : fail("FILE_CORRUPT", `${what}: ${text} is beyond what a number holds.`);
  }
  const words: Readonly<Record<string, ParameterValue>> = { true: true, false: false, null: null };
  return Object.hasOwn(words, text) ? words[text]! : text;
}
