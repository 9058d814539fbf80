import { fail, show } from "@rsdix/internal";
import { readImageHeader } from "./image-header";
import { isTiff, readTiffDirectory } from "./tiff-directory";

/**
 * The size that an image file says it has; nothing is decoded. To choose how many are decoded at a time, or which are.
 *
 * @param bytes - the bytes of a file.
 * @returns columns and rows as the file has them, before any orientation; undefined for a file that is no JPEG, PNG, WebP, GIF or TIFF (so of AVIF, too), or
 * whose header is damaged: `decodeImage` says what is wrong with it.
 * @throws RsdixError INVALID_ARGUMENT for what is no Uint8Array.
 * @example
 * ```ts
 * import { readImageSize } from "@rsdix/image";
 * import { encodePng } from "@rsdix/image/node";
 * const bytes = await encodePng({ width: 3, height: 2, data: new Uint8Array(18) });
 * if (readImageSize(bytes)?.width !== 3) throw new Error("expected three columns");
 * ```
 */
export function readImageSize(bytes: Uint8Array): { width: number; height: number } | undefined {
  if (!(bytes instanceof Uint8Array)) fail("INVALID_ARGUMENT", `readImageSize takes a Uint8Array, got ${show(bytes)}.`);
  const size = readImageHeader(bytes, true) ?? tiffSize(bytes);
  return size && size.width > 0 && size.height > 0 ? { width: size.width, height: size.height } : undefined;
}

function tiffSize(bytes: Uint8Array): { width: number; height: number } | undefined {
  if (!isTiff(bytes)) return undefined;
  let size: { width: number; height: number } | undefined;
  try {
    readTiffDirectory(bytes, "", (width, height) => {
      size = { width, height };
    });
  } catch {
    // what is damaged behind the size is for who decodes it
  }
  return size;
}
