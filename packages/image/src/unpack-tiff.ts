import { checkRange, fail, show } from "@rsdix/internal";
import { COMPRESSIONS } from "./tiff-compression";

/**
 * Unpacks a strip or a tile of a TIFF file: uncompressed (1), LZW (5), deflate (8, 32946) and PackBits (32773), by their numbers in TIFF. It takes no more
 * time and memory than what is asked for, whatever the bytes are.
 *
 * @param packed - the strip's or tile's bytes.
 * @param compression - the number of its compression.
 * @param length - how many bytes it has when it is unpacked, from its size: what is beyond them is left.
 * @returns what was found, of `length` bytes or fewer: the last strip of an image may be shorter. Predictors are not undone.
 * @throws RsdixError FILE_CORRUPT when they are no data of that compression; INVALID_ARGUMENT for another compression, or a length that isn't whole.
 * @example
 * ```ts
 * import { unpackTiff } from "@rsdix/image/tiff";
 * const twice = unpackTiff(Uint8Array.of(255, 7), 32773, 2); // PackBits: the byte 7, two times
 * if (twice.join() !== "7,7") throw new Error("expected it twice");
 * ```
 * @see TIFF, revision 6.0, 1992, sections 9 and 13
 */
export function unpackTiff(packed: Uint8Array, compression: number, length: number): Uint8Array {
  if (!(packed instanceof Uint8Array)) fail("INVALID_ARGUMENT", `unpackTiff takes bytes, got ${show(packed)}.`);
  checkRange(length, "length", { min: 0, max: 2 ** 31, integer: true });
  const unpack = Object.hasOwn(COMPRESSIONS, compression) ? COMPRESSIONS[compression] : undefined;
  if (!unpack) {
    fail(
      "INVALID_ARGUMENT",
      `compression must be one of ${Object.keys(COMPRESSIONS).join(", ")} (by TIFF's numbers), got ${show(compression)}.`,
    );
  }
  const unpacked = new Uint8Array(length);
  try {
    return unpacked.subarray(0, unpack(packed, unpacked));
  } catch (cause) {
    return fail("FILE_CORRUPT", `Damaged data of TIFF's compression ${compression} (${(cause as Error).message}).`, cause);
  }
}
