import type { ImageHeader } from "./image-header";
import { findOrientation, type Orientation } from "./orientation";

const EXIF = "Exif\0\0";
const ALPHA = 0x10;
const START_CODE = [0x9d, 0x01, 0x2a];

/** The header of a WebP, whose chunks are followed to the last; undefined for other files. */
export function readWebpHeader(bytes: Uint8Array): ImageHeader | undefined {
  const text = (at: number, length: number) => String.fromCharCode(...bytes.subarray(at, at + length));
  if (text(0, 4) !== "RIFF" || text(8, 4) !== "WEBP") return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint32(4, true) + 8;
  let [width, height, alpha, images] = [0, 0, false, 0];
  let orientation: Orientation | undefined;
  const header = (problem?: string): ImageHeader => ({ format: "webp", width, height, alpha, orientation, problem });
  /** The first size that the file announces is that of the canvas; it counts. */
  const announce = (columns: number, rows: number) => {
    if (width === 0) [width, height] = [columns, rows];
  };
  for (let at = 12; at + 8 <= size; ) {
    const [start, kind] = [at + 8, text(at, 4)];
    const length = at + 8 <= bytes.length ? view.getUint32(at + 4, true) : Number.POSITIVE_INFINITY;
    if (start + length > bytes.length) return header("ends before its last chunk");
    if (kind === "VP8X" && length >= 10) {
      announce((view.getUint32(start + 4, true) & 0xffffff) + 1, (view.getUint32(start + 6, true) >>> 8) + 1);
      alpha ||= (bytes[start]! & ALPHA) !== 0;
    } else if (kind === "VP8 " && length >= 10 && START_CODE.every((byte, i) => bytes[start + 3 + i] === byte)) {
      announce(view.getUint16(start + 6, true) & 0x3fff, view.getUint16(start + 8, true) & 0x3fff);
      images++;
    } else if (kind === "VP8L" && length >= 5) {
      const bits = view.getUint32(start + 1, true);
      announce((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
      alpha ||= ((bits >>> 28) & 1) === 1;
      images++;
    } else if (kind === "ALPH") {
      alpha = true;
    } else if (kind === "ANMF") {
      alpha = true; // a frame may be smaller than the canvas
      images++;
    } else if (kind === "EXIF" && !orientation) {
      const skipped = text(start, EXIF.length) === EXIF ? EXIF.length : 0;
      orientation = findOrientation(bytes, start + skipped, start + length);
    }
    at = start + length + (length % 2);
  }
  return header(width * height === 0 || images === 0 ? "is a WebP without a picture" : undefined);
}
