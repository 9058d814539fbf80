export const BLANK = 32;

/**
 * What stands between words for the reference tools, and nothing else. Python's str.split() and JavaScript's \s disagree on U+001C-001F and U+0085 (Python
 * only) and U+FEFF (JavaScript only).
 */
export function isWhiteSpace(code: number): boolean {
  if (code <= BLANK) return code === BLANK || (code >= 9 && code <= 13) || (code >= 28 && code <= 31);
  if (code < 0x85) return false;
  if (code < 0x2000) return code === 0x85 || code === 0xa0 || code === 0x1680;
  return code <= 0x200a || code === 0x2028 || code === 0x2029 || code === 0x202f || code === 0x205f || code === 0x3000;
}
