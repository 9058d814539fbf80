import { fail } from "@rsdix/internal";

const BRACES = /\{(?:(\d+)\.\.(\d+)|([^{}]*,[^{}]*))\}/;
/** More shards than any data set is cut into; a pattern for more is a slip of the keyboard. */
const MAX_SHARDS = 1_000_000;
/** More digits than a file's name counts with; a number of more is a slip as well. */
const MAX_DIGITS = 100;

/**
 * The texts that a pattern stands for: `{000..011}` counts, with as many digits as the first number has, and `{train,val}` lists. A text
 * without either stands for itself.
 *
 * @param pattern - a text, such as the names of WebDataset shards; for at most a million texts.
 * @returns the texts, the last braces counting fastest.
 * @throws RsdixError INVALID_ARGUMENT for a count that goes down, for a number of more than a hundred digits, and for more than a million texts.
 * @example
 * ```ts
 * import { expandBraces } from "@rsdix/data";
 * if (expandBraces("{train,val}-{08..10}.tar")[1] !== "train-09.tar") throw new Error("expected six names");
 * ```
 * @see https://github.com/webdataset/webdataset (whose shards are named so), and the shells' brace expansion.
 */
export function expandBraces(pattern: string): string[] {
  const { count, at } = bracedTexts(pattern);
  return Array.from({ length: count }, (_, index) => at(index));
}

/** The texts that a pattern stands for, each made when it is asked for: a million of them take much memory. */
export interface BracedTexts {
  /** How many they are. */
  readonly count: number;
  /** One of them, by its place in what {@link expandBraces} gives. */
  at(index: number): string;
}

/**
 * The same texts as {@link expandBraces}, one at a time.
 *
 * @param pattern - as of {@link expandBraces}.
 * @returns their number, and what makes them.
 * @throws RsdixError INVALID_ARGUMENT as {@link expandBraces}.
 * @example
 * ```ts
 * import { bracedTexts } from "@rsdix/data";
 * const { count, at } = bracedTexts("{train,val}-{08..10}.tar");
 * if (count !== 6 || at(1) !== "train-09.tar") throw new Error("expected six names");
 * ```
 * @see https://github.com/webdataset/webdataset (whose shards are named so), and the shells' brace expansion.
 */
export function bracedTexts(pattern: string): BracedTexts {
  const parts: Part[] = [];
  let count = 1;
  let rest = pattern;
  for (let found = BRACES.exec(rest); found; found = BRACES.exec(rest)) {
    const [all, first, last, list] = found;
    const part = { before: rest.slice(0, found.index), ...(list === undefined ? counted(first!, last!, pattern) : listed(list)) };
    count *= part.count;
    if (count > MAX_SHARDS) tooMany(pattern);
    parts.push(part);
    rest = rest.slice(found.index + all.length);
  }
  const at = (index: number) => {
    const pieces = [rest];
    let place = index;
    for (let i = parts.length - 1; i >= 0; i--) {
      const part = parts[i]!;
      pieces.unshift(part.before, part.choice(place % part.count));
      place = Math.floor(place / part.count);
    }
    return pieces.join(""); // one text, where + would keep its pieces
  };
  return { count, at };
}

/** Braces, and the text before them. */
interface Part extends Choices {
  readonly before: string;
}

interface Choices {
  readonly count: number;
  readonly choice: (index: number) => string;
}

function counted(first: string, last: string, pattern: string): Choices {
  const digits = Math.max(first.length, last.length);
  if (digits > MAX_DIGITS)
    fail("INVALID_ARGUMENT", `A pattern of shards counts with a number of ${digits} digits: give one of at most ${MAX_DIGITS}.`);
  const [from, to] = [BigInt(first), BigInt(last)]; // a time in nanoseconds, say, is more than a number counts exactly
  if (to < from) fail("INVALID_ARGUMENT", `The pattern ${pattern} counts from ${first} down to ${last}: write the smaller number first.`);
  const count = to - from + 1n;
  if (count > MAX_SHARDS) tooMany(pattern);
  return { count: Number(count), choice: (index) => String(from + BigInt(index)).padStart(first.length, "0") };
}

function listed(list: string): Choices {
  const choices = list.split(",");
  return { count: choices.length, choice: (index) => choices[index]! };
}

function tooMany(pattern: string): never {
  fail("INVALID_ARGUMENT", `The pattern ${pattern} stands for more than ${MAX_SHARDS} shards.`);
}
