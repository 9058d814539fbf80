// Python's str.split() and JavaScript's \s disagree on U+001C-001F and U+0085 (Python only) and U+FEFF (JavaScript only).
// biome-ignore lint/suspicious/noControlCharactersInRegex: Python counts these four separators as white space.
const WHITE_SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** The words of a caption as the reference tools see them: split at white space and nothing else, case and punctuation kept. */
export function splitWords(caption: string): string[] {
  return caption.split(WHITE_SPACE).filter((word) => word !== "");
}
