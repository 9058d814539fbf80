const BLANK = 32;

/** Most captions: words of ASCII with single blanks between, which are split fastest by what is built in. */
const PLAIN = /^[!-~]+(?: [!-~]+)*$/;

/** Python's str.split() and JavaScript's \s disagree on U+001C-001F and U+0085 (Python only) and U+FEFF (JavaScript only). */
function isWhiteSpace(code: number): boolean {
  if (code <= BLANK) return code === BLANK || (code >= 9 && code <= 13) || (code >= 28 && code <= 31);
  if (code < 0x85) return false;
  if (code < 0x2000) return code === 0x85 || code === 0xa0 || code === 0x1680;
  return code <= 0x200a || code === 0x2028 || code === 0x2029 || code === 0x202f || code === 0x205f || code === 0x3000;
}

/** The words of a caption as the reference tools see them: split at white space and nothing else, case and punctuation kept. */
export function splitWords(caption: string): string[] {
  if (PLAIN.test(caption)) return caption.split(" ");
  const words: string[] = [];
  const { length } = caption;
  let start = 0;
  for (let i = 0; i <= length; i++) {
    if (i < length && !isWhiteSpace(caption.charCodeAt(i))) continue;
    if (i > start) words.push(caption.slice(start, i));
    start = i + 1;
  }
  return words;
}
