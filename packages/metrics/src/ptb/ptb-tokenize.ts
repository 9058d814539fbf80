import { checkOptions, fail } from "@rsdix/internal";
import { checkLength, checkStrings } from "../check-captions";
import { lexLines } from "./lexer";

/** Options of {@link ptbTokenize}. */
export interface PtbTokenizeOptions {
  /** Leaves in the punctuation that coco-caption drops; false by default. */
  keepPunctuation?: boolean;
}

/** The tokens that coco-caption drops, by exact comparison: brackets are in small letters by then, and stay. */
const PUNCTUATION = new Set(["''", "'", "``", "`", "-LRB-", "-RRB-", "-LCB-", "-RCB-", ".", "?", "!", ",", ":", "-", "--", "...", ";"]);

// All that ends a line for the reference; coco-caption writes a blank for "\n" only, and lines would go astray with the others.
const LINE_BREAKS = /[\n\v\f\r\u2028\u2029]/g;

/**
 * Captions as words of the Penn Treebank, as coco-caption and aac-metrics prepare them for their metrics: the tokens of Stanford
 * CoreNLP 3.4.1's PTBTokenizer, in small letters, without punctuation. It's `it 's`, it isn't `is n't`, `t-shaped` and `1,234` stay
 * whole, and so does `houses.many` where a blank is missing.
 *
 * As in the reference the captions are lines of one text, and an abbreviation at the end of a caption looks at the first word of
 * the next: "no." keeps its period before a caption that begins with a number. Give a set of captions in one call, as the
 * reference does, to get its tokens to the last one; alone, a caption's last abbreviation may come out differently.
 *
 * @param captions The captions, in their order; a line break in one counts as a blank. An emoji or control character is dropped.
 * @param options Whether to leave punctuation in.
 * @returns Each caption's tokens, with blanks between; the empty text where there are none. A token that the reference makes of
 * several words, as a telephone number, has no-break spaces (U+00A0) in it.
 * @throws RsdixError `INVALID_ARGUMENT` for what is no array of strings or a caption of more than 10,000 characters, `UNKNOWN_OPTION`.
 * @example
 * ```ts
 * import { ptbTokenize } from "@rsdix/metrics";
 * console.log(ptbTokenize(["It's a T-shaped building, isn't it?"])); // ["it 's a t-shaped building is n't it"]
 * ```
 * @see https://nlp.stanford.edu/software/tokenizer.shtml
 */
export function ptbTokenize(captions: readonly string[], options: PtbTokenizeOptions = {}): string[] {
  const { keepPunctuation = false } = checkOptions(options, ["keepPunctuation"], "ptbTokenize");
  if (typeof keepPunctuation !== "boolean")
    fail("INVALID_ARGUMENT", `keepPunctuation must be true or false, got ${String(keepPunctuation)}.`);
  checkLines(captions, "captions");
  return [...tokenLines(captions, keepPunctuation)];
}

/** The same, caption after caption, of captions that are known to be strings. */
export function* tokenLines(captions: readonly string[], keepPunctuation: boolean): Generator<string, void> {
  if (captions.length === 0) return;
  const text = captions.map((caption) => caption.replace(LINE_BREAKS, " ")).join("\n");
  for (const tokens of lexLines(text)) {
    yield (keepPunctuation ? tokens : tokens.filter((token) => !PUNCTUATION.has(token))).join(" ");
  }
}

/** Throws unless `captions` is an array of strings that can be tokenised. */
export function checkLines(captions: readonly string[], name: string): void {
  checkStrings(captions, name);
  for (const [i, { length }] of captions.entries()) checkLength(length, () => `${name}[${i}]`, "tokenised");
}
