import { createRandom } from "@rsdix/internal";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { type ArrayLayout, readArray } from "./array-reader";

/** A storage of floats that are their own places, which notes what is read of it. */
function numbered(length: number) {
  const bytes = new Uint8Array(Float32Array.from({ length }, (_, i) => i).buffer);
  const pieces: number[] = [];
  const read = async (begin: number, end: number) => {
    if (begin < 0 || end > bytes.length) throw new Error(`${begin} to ${end} of ${bytes.length}`);
    pieces.push(end - begin);
    return bytes.slice(begin, end);
  };
  return { read, pieces };
}

/** Where each element lies, by the definition of strides. */
function places(shape: readonly number[], strides: readonly number[], offset: number): number[] {
  if (shape.length === 0) return [offset];
  return Array.from({ length: shape[0]! }, (_, i) => places(shape.slice(1), strides.slice(1), offset + i * strides[0]!)).flat();
}

const view = (shape: number[], strides: number[], offset = 0): ArrayLayout => ({ shape, strides, offset });
const floats = { type: "float32", littleEndian: true, name: "w" } as const;

describe("readArray", () => {
  it("finds every element of any view, however little is read at a time", async () => {
    const random = createRandom(3);
    for (let round = 0; round < 300; round++) {
      const shape = Array.from({ length: random.int(5) }, () => 1 + random.int(5));
      const order = random.shuffle(shape.map((_, axis) => axis));
      const strides = shape.map(() => 0);
      let stride = 1;
      for (const axis of order) {
        strides[axis] = random.int(6) === 0 ? 0 : stride * (1 + random.int(2));
        stride = Math.max(stride, strides[axis]! * shape[axis]!);
      }
      const offset = random.int(7);
      const window = 4 * (1 + random.int(40));
      const expected = places(shape, strides, offset);
      const { read, pieces } = numbered(Math.max(...expected) + 1);
      const { data } = await readArray(view(shape, strides, offset), floats, read, window);
      const layout = `[${shape}] by [${strides}] from ${offset}, ${window} bytes at a time`;
      expect(Array.from(data), layout).toEqual(expected);
      expect(Math.max(...pieces), layout).toBeLessThanOrEqual(window);
      const span = Math.max(...expected) - offset + 1;
      expect(
        pieces.reduce((sum, piece) => sum + piece, 0),
        layout,
      ).toBeLessThanOrEqual(4 * span); // nothing twice
    }
  });

  it("reads a large array in few pieces, in place and transposed", async () => {
    for (const strides of [
      [1000, 1],
      [1, 3000],
    ]) {
      const { read, pieces } = numbered(3_000_000);
      const { data } = await readArray(view([3000, 1000], strides), floats, read);
      expect(pieces.length).toBe(2);
      for (const [i, j] of [
        [0, 1],
        [1234, 567],
        [2999, 999],
      ] as const)
        expect(data[i * 1000 + j]).toBe(i * strides[0]! + j * strides[1]!);
    }
  });

  it("reads overlapping rows of a small storage, and refuses them where they'd be read over and over", async () => {
    const { read } = numbered(100);
    expect(Array.from((await readArray(view([3, 2], [1, 1], 5), floats, read)).data)).toEqual([5, 6, 6, 7, 7, 8]);
    const twice = (shape: number[], strides: number[]) => readArray(view(shape, strides), floats, read);
    await expect(twice([2_000_001, 1], [0, 1])).rejects.toThrow(refusal("FILE_TOO_LARGE"));
    await expect(twice([2000, 2000], [1, 1])).rejects.toThrow(refusal("FILE_TOO_LARGE"));
    await expect(twice([1000, 3], [100_000, 100_000])).rejects.toThrow(refusal("FILE_TOO_LARGE"));
  });

  it("has an error of its own where there is no memory", async () => {
    const { read } = numbered(1);
    await expect(readArray(view([2 ** 40], [1]), floats, read)).rejects.toThrow(refusal("OUT_OF_MEMORY"));
  });
});
