import type { ImageHeader } from "./image-header";

const EXTENSION = 0x21;
const GRAPHIC_CONTROL = 0xf9;
const IMAGE = 0x2c;
const TRANSPARENT = 1;

/** The bytes of colours that follow, by a byte of flags. */
const tableSize = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

const isGif = (bytes: Uint8Array) => bytes[0] === 0x47 && bytes[1] === 0x49 && bytes[2] === 0x46 && bytes[3] === 0x38;

/** Walks a GIF to the end of its first image: where that is, where the flags of its transparency lie, and whether it is whole. */
function walk(bytes: Uint8Array): { imageAt?: number; controlAt?: number; whole: boolean } {
  let controlAt: number | undefined;
  let imageAt: number | undefined;
  const found = (whole: boolean) => ({ whole, ...(imageAt !== undefined && { imageAt }), ...(controlAt !== undefined && { controlAt }) });
  let at = 13 + tableSize(bytes[10] ?? 0);
  while (at < bytes.length) {
    const kind = bytes[at];
    if (kind === EXTENSION) {
      if (bytes[at + 1] === GRAPHIC_CONTROL) controlAt = at + 3;
      at += 2;
    } else if (kind === IMAGE) {
      imageAt = at;
      at += 11 + tableSize(bytes[at + 9] ?? 0); // with the byte that says how wide codes are
    } else {
      return found(false);
    }
    while (at < bytes.length && bytes[at] !== 0) at += bytes[at]! + 1; // blocks, to an empty one
    if (kind === IMAGE) return found(at < bytes.length);
    at++;
  }
  return found(false);
}

/** The header of a GIF, whose blocks are followed to the end of the first image; undefined for other files. */
export function readGifHeader(bytes: Uint8Array): ImageHeader | undefined {
  if (!isGif(bytes)) return undefined;
  const header = { format: "gif", alpha: false } as const;
  if (bytes.length < 13) return { ...header, width: 0, height: 0, problem: "ends within its header" };
  const size = { width: bytes[6]! | (bytes[7]! << 8), height: bytes[8]! | (bytes[9]! << 8) };
  if (size.width * size.height === 0) return { ...header, ...size, problem: `is a GIF of ${size.width} x ${size.height} pixels` };
  return { ...header, ...size, ...(!walk(bytes).whole && { problem: "ends before its first image does" }) };
}

/** The size of a GIF's first image, which may be larger than the screen that the header tells of; undefined for other files. */
export function readGifFrame(bytes: Uint8Array): { width: number; height: number } | undefined {
  const at = isGif(bytes) ? walk(bytes).imageAt : undefined;
  if (at === undefined || at + 9 > bytes.length) return undefined;
  return { width: bytes[at + 5]! | (bytes[at + 6]! << 8), height: bytes[at + 7]! | (bytes[at + 8]! << 8) };
}

/**
 * A GIF without the transparency of its first image, whose colour decoders would forget; other files as they are. Pillow gives the
 * palette's colour.
 */
export function withoutTransparency(bytes: Uint8Array): Uint8Array {
  if (!isGif(bytes)) return bytes;
  const { controlAt } = walk(bytes);
  if (controlAt === undefined || controlAt >= bytes.length || !(bytes[controlAt]! & TRANSPARENT)) return bytes;
  const copy = bytes.slice();
  copy[controlAt]! &= ~TRANSPARENT;
  return copy;
}
