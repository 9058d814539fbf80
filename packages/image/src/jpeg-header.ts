import type { ImageHeader } from "./image-header";
import { findOrientation, type Orientation } from "./orientation";

const MARKER = 0xff;
const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;
const APP1 = 0xe1;
const EXIF = [0x45, 0x78, 0x69, 0x66, 0, 0];

/** Start of a frame, of any of JPEG's kinds: without the tables (C4, CC) and the extension (C8) that lie among them. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

const hasExif = (bytes: Uint8Array, at: number) => EXIF.every((byte, i) => bytes[at + i] === byte);

type Frame = Pick<ImageHeader, "width" | "height" | "components">;

function readFrame(view: DataView, at: number, end: number): Frame | undefined {
  if (!isFrame(view.getUint8(at + 1)) || end < at + 10) return undefined;
  const [height, width] = [view.getUint16(at + 5), view.getUint16(at + 7)];
  return view.getUint8(at + 4) === 8 ? { width, height, components: view.getUint8(at + 9) } : { width, height };
}

/** The header of a JPEG, whose segments and scans are followed to the end of the image; undefined for other files. */
export function readJpegHeader(bytes: Uint8Array, tolerant: boolean): ImageHeader | undefined {
  if (bytes[0] !== MARKER || bytes[1] !== 0xd8 || bytes[2] !== MARKER) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const leastMarker = tolerant ? 0xc0 : 1;
  let frame: Frame | undefined;
  let orientation: Orientation | undefined;
  const header = (problem?: string): ImageHeader => ({
    format: "jpeg",
    ...(frame ?? { width: 0, height: 0 }),
    alpha: false,
    orientation,
    problem,
  });
  for (let at = 2; at + 2 <= bytes.length; ) {
    if (bytes[at] !== MARKER) {
      if (!tolerant) return header(`has stray bytes between its segments (byte ${at})`);
      at = bytes.indexOf(MARKER, at);
      if (at < 0) break;
    }
    const marker = bytes[at + 1];
    if (marker === END_OF_IMAGE) return header(frame && frame.width * frame.height > 0 ? undefined : "is a JPEG without a picture");
    if (marker === undefined) break;
    if (marker === MARKER || marker === 0) {
      at++; // fill bytes
      continue;
    }
    const end = at + 4 <= bytes.length ? at + 2 + view.getUint16(at + 2) : Number.POSITIVE_INFINITY;
    if (end > bytes.length) break;
    frame ??= readFrame(view, at, end); // decoders take the first
    if (marker === APP1 && hasExif(bytes, at + 4)) orientation ??= findOrientation(bytes, at + 10, end);
    at = marker === START_OF_SCAN ? endOfScan(bytes, end, leastMarker) : Math.max(end, at + 4);
  }
  return header("ends before its end-of-image marker");
}

/**
 * Where the marker after a scan lies: the first of `least` or more. Within its data FF stands before 00, or before one of the restart markers
 * D0 to D7; markers below C0 are none, and mean damage.
 */
function endOfScan(bytes: Uint8Array, start: number, least: number): number {
  for (let at = bytes.indexOf(MARKER, start); at >= 0; at = bytes.indexOf(MARKER, at + 1)) {
    const next = bytes[at + 1]!;
    if (next >= least && next !== MARKER && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  return bytes.length;
}
