// What Python calls white space: Unicode's and the four separators of ASCII. JavaScript's `\s` and `trim` differ from it.
// biome-ignore-start lint/suspicious/noControlCharactersInRegex: the separators are control characters

/** Runs of white space. */
export const WHITE_SPACE = /[\p{White_Space}\x1c-\x1f]+/gu;

/** A text without white space at its ends. */
export function stripped(text: string): string {
  return text.replace(/^[\p{White_Space}\x1c-\x1f]+|[\p{White_Space}\x1c-\x1f]+$/gu, "");
}
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: the separators are control characters
