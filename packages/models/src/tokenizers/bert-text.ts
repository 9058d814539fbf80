/** How a BERT vocabulary was made: text must be treated the same way. */
export interface BertTextOptions {
  /** Lower-case letters. Default true (the "uncased" models). */
  readonly lowercase?: boolean;
  /** Remove accents; as `lowercase` unless told otherwise. */
  readonly stripAccents?: boolean;
  /** Make each Chinese character a word. Default true. */
  readonly splitChinese?: boolean;
  /** Remove control characters and make every kind of space one. Default true. */
  readonly cleanText?: boolean;
}

// The blocks of CJK ideographs that BERT's authors list; kana and hangul aren't among them.
const CHINESE =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b820}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;
// Unassigned code points stay: later versions of Unicode assign them.
const CONTROL = /[\0\ufffd\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu;
const PUNCTUATION = /[\p{P}!-/:-@[-`{-~]/u;
const WORDS = /[^\p{White_Space}\p{P}!-/:-@[-`{-~]+|[\p{P}!-/:-@[-`{-~]/gu;

/** Text as BERT's vocabulary spells it: what its authors call basic tokenization, up to the words. */
export function bertWords(
  text: string,
  { lowercase = true, stripAccents = lowercase, splitChinese = true, cleanText = true }: BertTextOptions,
): string[] {
  let result = text;
  if (cleanText) result = result.replace(CONTROL, (char) => (/[\t\n\r]/.test(char) ? " " : ""));
  if (splitChinese) result = result.replace(CHINESE, " $& ");
  if (stripAccents) result = result.normalize("NFD").replace(/\p{Mn}/gu, "");
  // Letter by letter, as the reference: of a whole word JavaScript would make a last capital sigma a final one.
  if (lowercase) result = result.replaceAll("Σ", "σ").toLowerCase();
  return result.match(WORDS) ?? [];
}

/** Joins words to a text without the spaces that weren't there before a full stop, a comma and the like, as the reference does. */
export function tidySpaces(text: string): string {
  return text
    .replace(/ ([.?!,])/g, "$1")
    .replaceAll(" ' ", "'")
    .replace(/ (n't|'m|'s|'ve|'re)/g, "$1");
}

export { PUNCTUATION };
