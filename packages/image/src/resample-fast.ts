import { RESAMPLE_CODE } from "./resample-code";
import type { Weights } from "./resample-weights";
import type { RgbImage } from "./rgb-image";

/** What wasm/resample.ts exports. */
interface Kernels {
  readonly memory: WebAssembly.Memory;
  resampleRows(
    source: number,
    from: number,
    height: number,
    target: number,
    width: number,
    spans: number,
    weights: number,
    gap: number,
  ): void;
  resampleColumns(source: number, line: number, target: number, height: number, spans: number, weights: number): void;
}

/** Memory of WebAssembly is never given back: larger images, which are rare, are left to plain JavaScript. */
const MAX_BYTES = 64 * 2 ** 20;
const PAGE = 65_536;
/** Kernels read up to 16 bytes beyond an image, and write up to 15. */
const ROOM = 16;

let kernels: Kernels | null | undefined;

/**
 * Both passes by WebAssembly with SIMD, byte for byte as `resample` does them; undefined where there is none (an old engine, a page that forbids it) or the
 * image is too large.
 */
export function resampleFast(
  { width: from, height: lines, data }: RgbImage,
  width: number,
  height: number,
  across: Weights | undefined,
  down: Weights | undefined,
): RgbImage | undefined {
  if (kernels === undefined) kernels = load();
  if (!kernels) return undefined;
  const packedAcross = across && pack(across);
  const packedDown = down && pack(down);
  const line = width * 3;
  const pitch = align(line);
  const layout = layOut();
  const source = across ? layout.take(data.length) : 0;
  const middle = layout.take(pitch * (lines + 1)); // one more: a last weight of zero reads a line, too
  const result = down ? layout.take(pitch * height) : middle;
  const places = [packedAcross, packedDown].map(
    (packed) => packed && { spans: layout.take(packed.spans.length * 4), weights: layout.take(packed.weights.length * 2) },
  );
  if (layout.size() > MAX_BYTES) return undefined;
  const memory = bytesOf(kernels.memory, layout.size());
  for (const [i, packed] of [packedAcross, packedDown].entries()) {
    if (!packed) continue;
    memory.set(new Uint8Array(packed.spans.buffer), places[i]!.spans);
    memory.set(new Uint8Array(packed.weights.buffer), places[i]!.weights);
  }
  if (across) {
    memory.set(data, source);
    kernels.resampleRows(source, from, lines, middle, width, places[0]!.spans, places[0]!.weights, pitch - line);
  } else {
    for (let y = 0; y < lines; y++) memory.set(data.subarray(y * line, (y + 1) * line), middle + y * pitch);
  }
  if (down) kernels.resampleColumns(middle, pitch, result, height, places[1]!.spans, places[1]!.weights);
  const out = new Uint8Array(line * height);
  for (let y = 0; y < height; y++) out.set(memory.subarray(result + y * pitch, result + y * pitch + line), y * line);
  return { width, height, data: out };
}

/** Compiled at the first use: it is small enough for the thread of a page. */
function load(): Kernels | null {
  try {
    const module = new WebAssembly.Module(Uint8Array.from(atob(RESAMPLE_CODE), (letter) => letter.charCodeAt(0)));
    return new WebAssembly.Instance(module).exports as unknown as Kernels;
  } catch {
    return null; // what it does is done without it, too
  }
}

const align = (size: number) => Math.ceil(size / ROOM) * ROOM;

/** Places one after the other, each with room behind it. */
function layOut() {
  let end = 1024; // behind what the compiler keeps for itself
  return {
    take(size: number): number {
      const start = end;
      end += align(size) + ROOM;
      return start;
    },
    size: () => end,
  };
}

function bytesOf(memory: WebAssembly.Memory, size: number): Uint8Array {
  const missing = size - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  return new Uint8Array(memory.buffer);
}

interface PackedWeights {
  /** The first source position, and how many pairs of weights follow, for each output position. */
  readonly spans: Int32Array;
  /** A pair of weights as high, high, low, low: weight = high * 2048 + low. */
  readonly weights: Int16Array;
}

const packed = new WeakMap<Weights, PackedWeights>();

function pack(weights: Weights): PackedWeights {
  const known = packed.get(weights);
  if (known) return known;
  const { first, count, values, stride } = weights;
  const spans = Int32Array.from({ length: first.length * 2 }, (_, i) => (i % 2 ? (count[i >> 1]! + 1) >> 1 : first[i >> 1]!));
  const total = spans.reduce((sum, pairs, i) => (i % 2 ? sum + pairs : sum), 0);
  const parts = new Int16Array(total * 4);
  let at = 0;
  for (let position = 0; position < first.length; position++) {
    for (let i = 0; i < count[position]!; i += 2, at += 4) {
      for (const odd of [0, 1]) {
        const value = i + odd < count[position]! ? values[position * stride + i + odd]! : 0;
        parts[at + odd] = value >> 11;
        parts[at + odd + 2] = value & 2047;
      }
    }
  }
  const made = { spans, weights: parts };
  packed.set(weights, made);
  return made;
}
