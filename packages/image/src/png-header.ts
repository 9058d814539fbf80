import { crc32 } from "@rsdix/internal";
import type { ImageHeader } from "./image-header";
import { findOrientation, type Orientation } from "./orientation";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Sizes have 31 bits. */
const MAX_SIDE = 2 ** 31 - 1;

/** The header of a PNG, whose chunks are followed to the last; undefined for other files. */
export function readPngHeader(bytes: Uint8Array, tolerant: boolean): ImageHeader | undefined {
  if (!SIGNATURE.every((byte, i) => bytes[i] === byte)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [width, height, alpha] = [0, 0, false];
  let orientation: Orientation | undefined;
  const header = (problem?: string): ImageHeader => ({ format: "png", width, height, alpha, orientation, problem });
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + view.getUint32(at);
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if ((at === 8) !== (kind === "IHDR") || (at === 8 && end !== 33)) return header("is a PNG that does not start with its header");
    if (end > bytes.length) break;
    if (kind === "IHDR") {
      [width, height] = [view.getUint32(16), view.getUint32(20)];
      alpha = (bytes[25]! & 4) !== 0;
      if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) return header(`is a PNG of ${width} x ${height} pixels`);
    }
    if (kind === "tRNS") alpha = true;
    if (kind === "eXIf" && !orientation) {
      const found = findOrientation(bytes, at + 8, end - 4);
      if (found) orientation = { ...found, chunk: { start: at, end } };
    }
    if (!tolerant && crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) {
      return header(`has a wrong checksum in its chunk ${kind} (byte ${at})`);
    }
    if (kind === "IEND") return header();
    at = end;
  }
  return header("ends before its last chunk");
}
