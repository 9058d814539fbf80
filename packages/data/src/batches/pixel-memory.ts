import { fail } from "@rsdix/internal";

/** Memory of batches that were given back. Asking the system for new costs a sixth of what decoding and resizing cost. */
export interface PixelMemory {
  /** `length` numbers, of any values; OUT_OF_MEMORY where there can't be so many. */
  take(length: number): Float32Array;
  /** Takes the memory away from `pixels`, which is empty afterwards: who goes on using it sees that at once, and not another batch's images. */
  giveBack(pixels: Float32Array): void;
}

/** Keeps at most `most` batches. */
export function pixelMemory(most: number): PixelMemory {
  const free: ArrayBuffer[] = [];
  return {
    take(length) {
      const at = free.findIndex(({ byteLength }) => byteLength === length * 4);
      return at < 0 ? allocate(length) : new Float32Array(free.splice(at, 1)[0]!);
    },
    giveBack({ buffer }) {
      if (buffer.byteLength === 0) return; // given back before, or sent to a worker
      const own = structuredClone(buffer, { transfer: [buffer as ArrayBuffer] }) as ArrayBuffer;
      if (free.length < most) free.push(own);
    },
  };
}

function allocate(length: number): Float32Array {
  try {
    return new Float32Array(length);
  } catch (cause) {
    return fail(
      "OUT_OF_MEMORY",
      `The pixels of a batch are ${length} numbers, for which there is no memory: take a smaller batchSize.`,
      cause,
    );
  }
}
