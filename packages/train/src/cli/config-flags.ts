import { existsSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { z } from "zod";
import { fieldsOf, parseValue, type RawConfig } from "../config/load-config";
import { snakeCase } from "../config/names";
import { FIT_SCHEMAS, type FitKind } from "../config/schemas";
import { listOf } from "./values";

/** Fields of several names, which may be written with commas between them as in other commands; patterns have commas of their own. */
const LISTS: readonly string[] = [
  ...["data.annotations_files", "data.img_dirs", "data.additional_test_annotation_files"],
  ...["model.metrics", "trainer.logger"],
];

/** Adds a flag for every field of a configuration: `--model.lr <value>`, with what it means and its default. */
export function addConfigFlags(command: Command, kind: FitKind): void {
  command.option("--seed_everything <number>", describe(FIT_SCHEMAS[kind].shape.seed_everything), (text: string) =>
    given(text, FIT_SCHEMAS[kind].shape.seed_everything),
  );
  for (const section of ["model", "data", "trainer"] as const) {
    command.optionsGroup(`${section[0]!.toUpperCase()}${section.slice(1)}:`);
    for (const [name, field] of Object.entries(fieldsOf(FIT_SCHEMAS[kind].shape[section]))) {
      const isFlag = kindOf(field) === "boolean";
      const isList = LISTS.includes(`${section}.${name}`);
      const read = isList ? listed : kindOf(field) === "string" ? typed : parseValue;
      const option = new Option(
        `--${section}.${name} ${isFlag ? "[value]" : "<value>"}`,
        `${describe(field)}${isList ? "; several with commas between them" : ""}`,
      );
      command.addOption(option.preset(true).argParser((text) => given(text, field, read)));
    }
  }
}

/** A flag's value, wrapped: commander would take a null for none. */
interface Given {
  readonly value: unknown;
}

/** Without a text it is a flag alone: true. */
function given(text: unknown, field: z.ZodType, read: (text: string) => unknown = parseValue): Given {
  if (typeof text === "string" && text.trim() === "") {
    const whatToDo = field.safeParse(null).success ? "write null for none" : "give a value, or leave the flag out";
    throw new InvalidArgumentError(`It is empty: ${whatToDo}.`); // as an unset $VARIABLE is
  }
  return { value: typeof text === "string" ? read(text) : text };
}

/** A text as it was typed, where YAML has it as a number or true: a folder may be called so. */
function typed(text: string): unknown {
  const value = parseValue(text);
  return typeof value === "number" || typeof value === "boolean" ? text : value;
}

/** The same of several with commas between them; of one that has commas in its name if there is such a file. */
function listed(text: string): unknown {
  const value = typed(text);
  if (value !== text) return value; // null, a list, or in quotes
  return existsSync(text) ? [text] : listOf(text).map((item) => (item === "null" ? null : item));
}

/** What the flags say, as a configuration. */
export function configOfFlags(flags: Readonly<Record<string, unknown>>): RawConfig {
  const raw: Record<string, Record<string, unknown> | unknown> = {};
  for (const [flag, option] of Object.entries(flags)) {
    const [section, name] = flag.split(".");
    if (flag !== "seed_everything" && name === undefined) continue;
    const { value } = option as Given;
    if (name === undefined) raw[flag] = value;
    else {
      raw[section!] ??= {};
      (raw[section!] as Record<string, unknown>)[name] = value;
    }
  }
  return raw;
}

/** The original's ways of writing a flag, in ours: `--data.batchSize` is `--data.batch_size`, `--scores_dir` and `--scoresDir` are `--scores-dir`. */
export function plainFlags(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  return args.map((arg, i) => {
    const [, name, rest] = (end < 0 || i < end ? /^--([A-Za-z][\w.-]*)(=.*)?$/s.exec(arg) : null) ?? [];
    if (name === undefined) return arg;
    const snake = name.split(".").map(snakeCase).join(".");
    return `--${name.includes(".") || snake === "seed_everything" ? snake : snake.replaceAll("_", "-")}${rest ?? ""}`;
  });
}

interface Definition {
  readonly description?: string;
  readonly def: {
    readonly type: string;
    readonly entries?: Readonly<Record<string, string>>;
    readonly innerType?: z.ZodType;
    readonly defaultValue?: unknown;
    readonly in?: z.ZodType;
  };
}

function describe(field: z.ZodType): string {
  let inner = field as unknown as Definition;
  let shown = "";
  while (true) {
    if (inner.def.type === "default") shown = ` (default: ${JSON.stringify(inner.def.defaultValue)})`;
    const next = inner.def.innerType;
    if (inner.description || !next) return `${inner.description ?? ""}${choicesOf(inner)}${shown}`;
    inner = next as unknown as Definition;
  }
}

/** " (one of: a, b)" of a field that takes some names only. */
function choicesOf({ def }: Definition): string {
  return def.type === "enum" ? ` (one of: ${Object.values(def.entries ?? {}).join(", ")})` : "";
}

function kindOf(field: z.ZodType): string {
  const { def } = field as unknown as Definition;
  return def.innerType ? kindOf(def.innerType) : def.type;
}
