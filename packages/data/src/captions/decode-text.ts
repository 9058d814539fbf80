import { fail } from "@rsdix/internal";

/**
 * The text of an annotation file: UTF-8, a byte order mark taken off. Throws FILE_CORRUPT for a file without bytes and for one that is not
 * UTF-8, with the place of the first wrong byte.
 */
export function decodeText(bytes: Uint8Array, where: string): string {
  if (bytes.length === 0) fail("FILE_CORRUPT", `${where} has no bytes. It may be a download that was cut off: fetch it again.`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const { offset, line } = firstWrongByte(bytes);
    const utf16 = bytes.length > 1 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff));
    const kind = utf16 ? "It looks like UTF-16: save it" : "Save it";
    fail("FILE_CORRUPT", `${where}: line ${line} is not UTF-8 (byte ${offset} of ${bytes.length}). ${kind} as UTF-8.`, cause);
  }
}

/** The first byte that UTF-8 cannot have there, by halving: what comes before it decodes. */
function firstWrongByte(bytes: Uint8Array): { offset: number; line: number } {
  const decodes = (length: number, stream: boolean) => {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length), { stream });
      return true;
    } catch {
      return false;
    }
  };
  let good = 0;
  let bad = bytes.length + 1; // the file may also end within a character
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (middle <= bytes.length && decodes(middle, true)) good = middle;
    else bad = middle;
  }
  // A stream may end within a character: the wrong byte is that character's first.
  while (!decodes(good, false)) good--;
  let line = 1;
  for (let i = 0; i < good; i++) if (bytes[i] === 0x0a) line++;
  return { offset: good, line };
}
