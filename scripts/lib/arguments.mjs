// What scripts are started with. A wrong option or argument is said in two lines, with exit code 2: no stack trace helps who mistyped. --help says what a
// script takes, and what the comment that it begins with says of it.
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { endWithoutReader } from "./output.mjs";
import { repository } from "./workspace.mjs";

/**
 * The options and arguments that a script was started with, which from here on ends when nobody reads its output any more; where they are wrong, it ends with
 * exit code 2, and says what is wrong and what it takes; with --help or -h it ends with exit code 0, and says what it takes and does.
 *
 * @param usage - what comes after the script's name, such as `[FOLDER ...] [--quick]`; "" where it takes nothing
 * @param takes - `options` as of `parseArgs`, `most` arguments at most, and `check`, which says of both what is wrong, if anything is
 * @param args - instead of the process's own
 * @returns `{ options, args }`
 */
export function readArguments(usage, { options = {}, most = 0, check = () => undefined } = {}, args = process.argv.slice(2)) {
  endWithoutReader();
  const found = parsed({ ...options, help: { type: "boolean", short: "h" } }, args);
  const { positionals, values: { help, ...values } = {} } = found;
  if (help) explain(usage);
  const problem =
    found.problem ??
    (positionals.length > most ? `"${positionals[most]}" is one argument too many.` : undefined) ??
    check({ ...values }, positionals);
  if (problem !== undefined) refuse(problem, usage);
  return { options: values, args: positionals };
}

function parsed(options, args) {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    if (!String(error.code).startsWith("ERR_PARSE_ARGS")) throw error;
    const [first] = error.message.split(/(?<=[^.])\.? To specify|\n/); // Node adds how an argument is written that begins with a dash
    return { problem: first.endsWith(".") ? first : `${first}.` };
  }
}

/** Ends the script: in a line what is wrong, in another what it takes. */
export function refuse(problem, usage) {
  console.error(`${problem}\n${usageLine(usage)}`);
  process.exit(2);
}

/** Ends the script: in a line what it takes, below what its first comment says. */
export function explain(usage) {
  const [, comment] = /^(?:#!.*\n)?((?:\/\/.*\n)*)/.exec(readFileSync(process.argv[1], "utf8"));
  console.log(`${usageLine(usage)}\n\n${comment.replaceAll(/^\/\/ ?/gm, "").trimEnd()}`);
  process.exit(0);
}

function usageLine(usage) {
  return `Usage: node ${relative(repository, process.argv[1]).replaceAll("\\", "/")}${usage === "" ? ", without arguments" : ` ${usage}`}`;
}

/**
 * What is wrong with `text`, which must be one of `choices`, if it's given at all: for `check`. What takes several names, by `notListed`, is read by `listed`.
 */
export function notOneOf(option, text, choices, shown = [...new Set(choices)].join(", ")) {
  return text === undefined || choices.includes(text) ? undefined : `${option} "${text}" isn't one of ${shown}.`;
}

/** What is wrong with `text`, a list with commas, where each must be one of `choices`: for `check`. `shown`: the choices in fewer words. */
export function notListed(option, text, choices, shown) {
  return text
    ?.split(",")
    .map((part) => notOneOf(option, part, choices, shown))
    .find(Boolean);
}

/** The names of a list with commas, each once: none is measured twice. */
export function listed(text) {
  return [...new Set(text.split(","))];
}

/** What is wrong with each option that isn't a whole number above 0: for `check`. */
export function notCounts(options) {
  const wrong = Object.entries(options).find(([, text]) => !/^[1-9]\d{0,8}$/.test(text));
  return wrong === undefined ? undefined : `${wrong[0]} "${wrong[1]}" isn't a whole number above 0.`;
}

/** The backends that a figure can be measured on. */
export const BACKENDS = ["native", "wasm", "cpu", "webgpu"];
