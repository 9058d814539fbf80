import { fail } from "@rsdix/internal";

const BRACES = /\{(?:(\d+)\.\.(\d+)|([^{}]*,[^{}]*))\}/;
/** More shards than any data set is cut into; a pattern for more is a slip of the keyboard. */
const MAX_SHARDS = 1_000_000;

/**
 * The texts that a pattern stands for: `{000..011}` counts, with as many digits as the first number has, and `{train,val}` lists. A text
 * without either stands for itself.
 *
 * @param pattern - a text, such as the names of WebDataset shards; for at most a million texts.
 * @returns the texts, the last braces counting fastest.
 * @throws RsdixError INVALID_ARGUMENT for a count that goes down, and for more than a million texts.
 * @example
 * ```ts
 * import { expandBraces } from "@rsdix/data";
 * if (expandBraces("{train,val}-{08..10}.tar")[1] !== "train-09.tar") throw new Error("expected six names");
 * ```
 * @see https://github.com/webdataset/webdataset (whose shards are named so), and the shells' brace expansion.
 */
export function expandBraces(pattern: string): string[] {
  const found = BRACES.exec(pattern);
  if (!found) return [pattern];
  const [all, first, last, list] = found;
  const choices = list === undefined ? count(first!, last!, pattern) : list.split(",");
  const before = pattern.slice(0, found.index);
  const rest = expandBraces(pattern.slice(found.index + all.length));
  if (choices.length * rest.length > MAX_SHARDS) tooMany(pattern);
  return choices.flatMap((choice) => rest.map((end) => before + choice + end));
}

function count(first: string, last: string, pattern: string): string[] {
  const [from, to] = [Number(first), Number(last)];
  if (to < from) fail("INVALID_ARGUMENT", `The pattern ${pattern} counts from ${first} down to ${last}: write the smaller number first.`);
  if (to - from >= MAX_SHARDS) tooMany(pattern);
  return Array.from({ length: to - from + 1 }, (_, i) => String(from + i).padStart(first.length, "0"));
}

function tooMany(pattern: string): never {
  fail("INVALID_ARGUMENT", `The pattern ${pattern} stands for more than ${MAX_SHARDS} shards.`);
}
