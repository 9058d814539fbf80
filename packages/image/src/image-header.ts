import { readGifHeader } from "./gif-header";
import { readJpegHeader } from "./jpeg-header";
import type { Orientation } from "./orientation";
import { readPngHeader } from "./png-header";
import { readWebpHeader } from "./webp-header";

/** What the structure of an image file says, before any pixel is decoded. */
export interface ImageHeader {
  readonly format: "jpeg" | "png" | "webp" | "gif";
  readonly width: number;
  readonly height: number;
  /** Whether pixels may be transparent. */
  readonly alpha: boolean;
  /** Colours of a JPEG that has 8 bits for each: 1, 3 or 4. */
  readonly components?: number | undefined;
  readonly orientation?: Orientation | undefined;
  /** What is wrong with the structure, as a sentence goes on after the file's name. Decoders of browsers fill what is missing with grey. */
  readonly problem?: string | undefined;
}

/**
 * The header of a JPEG, PNG, WebP or GIF, whose structure is followed to its end; undefined for other files.
 *
 * @param tolerant - takes wrong checksums in a PNG and stray bytes in a JPEG.
 */
export function readImageHeader(bytes: Uint8Array, tolerant: boolean): ImageHeader | undefined {
  return readJpegHeader(bytes, tolerant) ?? readPngHeader(bytes, tolerant) ?? readWebpHeader(bytes) ?? readGifHeader(bytes);
}
