import { fail } from "@rsdix/internal";
import { cmykToRgb } from "./cmyk-to-rgb";
import { applyOrientation } from "./orientation";
import type { RgbImage } from "./rgb-image";
import { COMPRESSIONS } from "./tiff-compression";
import type { TiffLayout } from "./tiff-directory";

/** How many channels make a colour, by the photometric interpretation: white is zero, black is zero, RGB, palette, CMYK. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 3, 3: 1, 5: 4 };
const [WHITE_IS_ZERO, RGB, PALETTE, CMYK] = [0, 2, 3, 5];

/**
 * Decodes a TIFF image without a library for the platform: strips and tiles, chunky and planar; uncompressed, LZW, deflate and PackBits, with
 * the horizontal predictor; 1, 2, 4, 8 and 16 bits; grey, palette, RGB and CMYK, with extra channels, which are dropped. The same bytes as
 * Pillow's; TIFF's own orientation is applied, as Pillow does.
 *
 * @throws RsdixError FILE_CORRUPT for another kind of TIFF, and for pixels that are missing or damaged; OUT_OF_MEMORY.
 * @see https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf
 */
export function decodeTiff(bytes: Uint8Array, layout: TiffLayout, name: string): RgbImage {
  const { width, height, bits, samples, photometric, compression, predictor, colours } = layout;
  const unpack = COMPRESSIONS[compression];
  if (!unpack) refuse(name, `compression ${compression}`, "none, LZW (5), deflate (8) or PackBits (32773)");
  const channels = CHANNELS[photometric];
  if (channels === undefined) refuse(name, `colours of kind ${photometric}`, "grey (0, 1), RGB (2), a palette (3) or CMYK (5)");
  if (![1, 2, 4, 8, 16].includes(bits)) refuse(name, `${bits} bits a channel`, "1, 2, 4, 8 or 16");
  if (predictor !== 1 && (predictor !== 2 || bits < 8)) refuse(name, `predictor ${predictor} of ${bits} bits`, "none or horizontal (2)");
  if (channels > 1 && bits < 8) refuse(name, `colours of ${bits} bits`, "8 or 16");
  if (photometric === PALETTE && bits > 8) refuse(name, `a palette of ${bits} bits`, "up to 8");
  if (photometric === PALETTE && colours.length < 3 * 2 ** bits) {
    fail(
      "FILE_CORRUPT",
      `${name} has ${colours.length} values in its palette, expected ${3 * 2 ** bits}. It may be damaged: fetch it again.`,
    );
  }
  if (samples < channels)
    fail("FILE_CORRUPT", `${name} has ${samples} channels, expected at least ${channels}. It may be damaged: fetch it again.`);
  const pixels = allocate(width * height * channels, name);
  const across = Math.ceil(width / layout.blockWidth);
  const down = Math.ceil(height / layout.blockHeight);
  layout.blocks.forEach((block, index) => {
    const plane = Math.floor(index / (across * down));
    if (plane >= channels) return;
    const left = (index % across) * layout.blockWidth;
    const top = (Math.floor(index / across) % down) * layout.blockHeight;
    const rows = layout.tiled ? layout.blockHeight : Math.min(layout.blockHeight, height - top);
    const values = readBlock(
      bytes.subarray(block.offset, block.offset + block.length),
      rows,
      layout,
      unpack,
      `${name}, block ${index} of its pixels,`,
    );
    place(values, layout, pixels, channels, { left, top, plane });
  });
  return applyOrientation({ width, height, data: toRgb(pixels, layout) }, layout.orientation);
}

/** The values of one strip or tile, row by row, 16 bits or less. */
function readBlock(
  packed: Uint8Array,
  rows: number,
  layout: TiffLayout,
  unpack: (packed: Uint8Array, unpacked: Uint8Array) => number,
  where: string,
): Uint8Array | Uint16Array {
  const { bits, predictor, blockWidth, planar } = layout;
  const stride = planar ? 1 : layout.samples;
  const unpacked = allocate(rows * Math.ceil((blockWidth * stride * bits) / 8), where);
  let found: number;
  try {
    found = unpack(layout.fillOrder === 2 ? packed.map(reverseBits) : packed, unpacked);
  } catch (cause) {
    fail("FILE_CORRUPT", `${where} cannot be unpacked (${(cause as Error).message}). It may be damaged: fetch it again.`, cause);
  }
  if (found < unpacked.length) {
    fail("FILE_CORRUPT", `${where} holds ${found} bytes, expected ${unpacked.length}. It may be damaged or truncated: fetch it again.`);
  }
  const values =
    bits === 16 ? words(unpacked, layout.littleEndian) : bits === 8 ? unpacked : split(unpacked, bits, rows, blockWidth * stride);
  if (predictor === 2) {
    const row = blockWidth * stride;
    for (let start = 0; start < values.length; start += row) {
      for (let i = start + stride; i < start + row; i++) values[i]! += values[i - stride]!;
    }
  }
  return values;
}

function allocate(bytes: number, name: string): Uint8Array {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    fail("OUT_OF_MEMORY", `${name} needs ${bytes} bytes at once, which are not to be had. Cut the image into patches.`, cause);
  }
}

function reverseBits(byte: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) reversed |= ((byte >> bit) & 1) << (7 - bit);
  return reversed;
}

function words(bytes: Uint8Array, littleEndian: boolean): Uint16Array {
  const values = new Uint16Array(bytes.length / 2);
  const [high, low] = littleEndian ? [1, 0] : [0, 1];
  for (let i = 0; i < values.length; i++) values[i] = (bytes[2 * i + high]! << 8) | bytes[2 * i + low]!;
  return values;
}

/** Values of less than a byte, the first in the highest bits; each row starts with a byte of its own. */
function split(bytes: Uint8Array, bits: number, rows: number, columns: number): Uint8Array {
  const values = new Uint8Array(rows * columns);
  const pitch = Math.ceil((columns * bits) / 8);
  for (let i = 0; i < values.length; i++) {
    const bit = (i % columns) * bits;
    values[i] = (bytes[Math.floor(i / columns) * pitch + (bit >> 3)]! >> (8 - bits - (bit & 7))) & (2 ** bits - 1);
  }
  return values;
}

/** Copies what of a block lies within the image; of 16-bit values the high byte. */
function place(
  values: Uint8Array | Uint16Array,
  { width, height, blockWidth, samples, bits, planar }: TiffLayout,
  pixels: Uint8Array,
  channels: number,
  at: { readonly left: number; readonly top: number; readonly plane: number },
): void {
  const stride = planar ? 1 : samples;
  const copied = planar ? 1 : channels;
  const shift = bits === 16 ? 8 : 0;
  const columns = Math.min(blockWidth, width - at.left);
  const rows = Math.min(values.length / (blockWidth * stride), height - at.top);
  for (let y = 0; y < rows; y++) {
    let from = y * blockWidth * stride;
    let to = ((at.top + y) * width + at.left) * channels + at.plane;
    for (let x = 0; x < columns; x++, from += stride, to += channels) {
      for (let channel = 0; channel < copied; channel++) pixels[to + channel] = values[from + channel]! >> shift;
    }
  }
}

function toRgb(pixels: Uint8Array, { photometric, bits, colours }: TiffLayout): Uint8Array {
  if (photometric === CMYK) return cmykToRgb(pixels, 4);
  if (photometric === RGB) return pixels;
  const entries = 2 ** Math.min(bits, 8);
  const [red, green, blue] = [0, 1, 2].map((channel) =>
    Uint8Array.from({ length: entries }, (_, i) => {
      if (photometric === PALETTE) return colours[channel * entries + i]! >> 8;
      return ((photometric === WHITE_IS_ZERO ? entries - 1 - i : i) * 255) / (entries - 1);
    }),
  ) as [Uint8Array, Uint8Array, Uint8Array];
  const rgb = new Uint8Array(pixels.length * 3);
  for (let i = 0, to = 0; i < pixels.length; i++) {
    const value = pixels[i]!;
    rgb[to++] = red[value]!;
    rgb[to++] = green[value]!;
    rgb[to++] = blue[value]!;
  }
  return rgb;
}

function refuse(name: string, got: string, expected: string): never {
  fail("FILE_CORRUPT", `${name} is a TIFF with ${got}, expected ${expected}. Decode it in Node, or write it again in another way.`);
}
