import { crc32 } from "@rsdix/internal";

/** A copy of a small image file that announces a gigantic image: 30,000 pixels a side, or what its format has room for. */
export function bomb(file: Uint8Array): Uint8Array {
  const bytes = file.slice();
  const view = new DataView(bytes.buffer);
  const kind = String.fromCharCode(...bytes.subarray(12, 16));
  if (bytes[0] === 0x89) {
    view.setUint32(16, 30_000);
    view.setUint32(20, 30_000);
    view.setUint32(29, crc32(bytes.subarray(12, 29)));
  } else if (bytes[0] === 0xff) {
    for (let at = 2; ; at += 2 + view.getUint16(at + 2)) {
      if (bytes[at + 1] !== 0xc0 && bytes[at + 1] !== 0xc2) continue;
      view.setUint16(at + 5, 30_000);
      view.setUint16(at + 7, 30_000);
      break;
    }
  } else if (bytes[0] === 0x47) {
    view.setUint16(6, 30_000, true);
    view.setUint16(8, 30_000, true);
  } else if (kind === "VP8X") {
    view.setUint16(24, 29_999, true);
    view.setUint16(27, 29_999, true);
  } else if (kind === "VP8L") {
    view.setUint32(21, view.getUint32(21, true) | 0xfffffff, true); // 16,384 a side
  } else {
    view.setUint16(26, 16_383, true);
    view.setUint16(28, 16_383, true);
  }
  return bytes;
}
