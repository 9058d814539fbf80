import { Unzlib } from "fflate";

/** The compressions that are read here, by their numbers in TIFF. */
export const COMPRESSIONS: Readonly<Record<number, (packed: Uint8Array, unpacked: Uint8Array) => number>> = {
  1: copy,
  5: unpackLzw,
  8: unpackDeflate,
  32773: unpackBits,
  32946: unpackDeflate,
};

// Each fills `unpacked`, whose size is known from the image's, and returns how many bytes it found: a bomb of zeros fills what was announced and no more.

function copy(packed: Uint8Array, unpacked: Uint8Array): number {
  const part = packed.subarray(0, unpacked.length);
  unpacked.set(part);
  return part.length;
}

// Of a bomb at most this is inflated beyond what is needed: 32 MiB. Smaller pieces take longer.
const PIECE = 2 ** 15;

function unpackDeflate(packed: Uint8Array, unpacked: Uint8Array): number {
  let to = 0;
  const stream = new Unzlib((part) => {
    const fitting = part.subarray(0, unpacked.length - to);
    unpacked.set(fitting, to);
    to += fitting.length;
  });
  for (let from = 0; from < packed.length && to < unpacked.length; from += PIECE) {
    stream.push(packed.subarray(from, from + PIECE), from + PIECE >= packed.length);
  }
  return to;
}

function unpackBits(packed: Uint8Array, unpacked: Uint8Array): number {
  let to = 0;
  for (let from = 0; from < packed.length && to < unpacked.length; ) {
    const head = packed[from++]!;
    if (head < 128) {
      const part = packed.subarray(from, from + Math.min(head + 1, unpacked.length - to));
      unpacked.set(part, to);
      to += part.length;
      from += head + 1;
    } else if (head > 128 && from < packed.length) {
      const run = Math.min(257 - head, unpacked.length - to);
      unpacked.fill(packed[from++]!, to, to + run);
      to += run;
    }
  }
  return to;
}

const CLEAR = 256;
const END = 257;
const MAX_CODES = 4096;

/** LZW as TIFF has it: most significant bit first, and codes grow one entry early (TIFF 6.0, section 13). */
function unpackLzw(packed: Uint8Array, unpacked: Uint8Array): number {
  const prefix = new Uint16Array(MAX_CODES);
  const length = new Uint16Array(MAX_CODES).fill(1, 0, CLEAR);
  const head = Uint8Array.from({ length: MAX_CODES }, (_, i) => i);
  const tail = head.slice();
  let [codes, width, previous] = [END + 1, 9, -1];
  let [bits, held, from, to] = [0, 0, 0, 0];
  while (to < unpacked.length) {
    while (held < width && from < packed.length) {
      bits = (bits << 8) | packed[from++]!;
      held += 8;
    }
    if (held < width) return to;
    held -= width;
    const code = bits >>> held;
    bits &= (1 << held) - 1;
    if (code === END) return to;
    if (code === CLEAR) {
      [codes, width, previous] = [END + 1, 9, -1];
      continue;
    }
    if (previous >= 0 && codes < MAX_CODES) {
      prefix[codes] = previous;
      length[codes] = length[previous]! + 1;
      head[codes] = head[previous]!;
      tail[codes] = head[code < codes ? code : previous]!;
      codes++;
    }
    if (code >= codes) throw new Error(`LZW code ${code} of ${codes}`);
    to += length[code]!;
    for (let at = to - 1, rest = code, left = length[code]!; left > 0; left--, at--, rest = prefix[rest]!) {
      if (at < unpacked.length) unpacked[at] = tail[rest]!;
    }
    previous = code;
    if (codes >= (1 << width) - 1 && width < 12) width++;
  }
  return unpacked.length;
}
