import { createRandom } from "@rsdix/internal";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { memorySource } from "../../test/torch-files";
import type { Checkpoint, CheckpointTensor } from "./checkpoint";
import { readAll } from "./lazy-checkpoint";
import { openSafetensors, openStored, parseSafetensors } from "./safetensors";
import { encodeSafetensors } from "./safetensors-write";
import type { StorageOptions } from "./storage";

function normal(shape: number[], scaleOf: (row: number, column: number) => number = () => 0.02): CheckpointTensor {
  const random = createRandom(7).fork(shape.join());
  const columns = shape.slice(1).reduce((product, size) => product * size, 1);
  const data = Float32Array.from(
    { length: shape[0]! * columns },
    (_, i) => random.normal() * scaleOf(Math.floor(i / columns), i % columns),
  );
  return { dtype: "float32", shape, data };
}

const model: Checkpoint = new Map([
  ["embedding", normal([50, 16])],
  ["bias", normal([33])],
  ["patches", normal([8, 3, 5, 5])],
  ["scale", { dtype: "float32", shape: [], data: Float32Array.of(2.6592) }],
  ["ids", { dtype: "int32", shape: [2, 2], data: Int32Array.of(1, 2, 3, 70000) }],
]);

/** The same model after it was written and read, each way that there is to read it. */
async function throughFile(tensors: Checkpoint, options: StorageOptions): Promise<Checkpoint> {
  const bytes = encodeSafetensors(tensors, { step: "3" }, options);
  const [eager, lazy] = [parseSafetensors(bytes), await openSafetensors(memorySource(bytes))];
  const read = await readAll(lazy.tensors);
  expect([...read]).toEqual([...eager.tensors]);
  expect(lazy.metadata).toEqual({ step: "3" });
  expect(eager.metadata).toEqual({ step: "3" });
  expect([...read.keys()]).toEqual([...tensors.keys()]);
  for (const [name, { shape, dtype }] of read)
    expect([name, lazy.tensors.get(name)!.shape, shape, dtype]).toEqual([name, shape, tensors.get(name)!.shape, tensors.get(name)!.dtype]);
  expect(encodeSafetensors(read, { step: "3" }, options), "written again").toEqual(bytes);
  return eager.tensors;
}

/** The largest difference of each row of two matrices, relative to the row's largest number. */
function rowErrors(a: CheckpointTensor, b: CheckpointTensor, columns: number): number[] {
  return Array.from({ length: a.data.length / columns }, (_, row) => {
    const [from, to] = [row * columns, (row + 1) * columns];
    const largest = Math.max(...a.data.slice(from, to).map(Math.abs));
    return Math.max(...a.data.slice(from, to).map((value, i) => Math.abs(value - b.data[from + i]!))) / largest;
  });
}

describe("float32 storage", () => {
  it("gives every number back, and the same bytes when it is written again", async () => {
    const read = await throughFile(model, {});
    expect([...read]).toEqual([...model]);
  });
});

describe("float16 storage", () => {
  it("halves matrices, and leaves what is small or whole as it is", async () => {
    const read = await throughFile(model, { storage: "float16" });
    for (const name of ["bias", "scale", "ids"]) expect(read.get(name)).toEqual(model.get(name));
    for (const name of ["embedding", "patches"]) {
      const [got, wanted] = [read.get(name)!.data, model.get(name)!.data];
      expect(got).not.toEqual(wanted);
      for (const [i, value] of wanted.entries())
        expect(Math.abs(got[i]! - value)).toBeLessThanOrEqual(Math.max(Math.abs(value) * 2 ** -11, 2 ** -25));
    }
    const { tensors } = await openStored(memorySource(encodeSafetensors(model, {}, { storage: "float16" })));
    expect([...tensors].map(([name, { dtype }]) => [name, dtype])).toEqual([
      ["embedding", "F16"],
      ["bias", "F32"],
      ["patches", "F16"],
      ["scale", "F32"],
      ["ids", "I32"],
    ]);
  });

  it("leaves a matrix beyond its range in float32", async () => {
    const tensors = (value: number): Checkpoint =>
      new Map([["w", { dtype: "float32", shape: [1, 2], data: Float32Array.of(1.0001, value) }]]);
    expect((await throughFile(tensors(65520), { storage: "float16" })).get("w")).toEqual(tensors(65520).get("w"));
    expect([...(await throughFile(tensors(65519), { storage: "float16" })).get("w")!.data]).toEqual([1, 65504]);
    expect([...(await throughFile(tensors(Number.NEGATIVE_INFINITY), { storage: "float16" })).get("w")!.data]).toEqual([
      1,
      Number.NEGATIVE_INFINITY,
    ]);
  });
});

describe("int8 storage", () => {
  it("loses at most half a step of a channel's largest number", async () => {
    const read = await throughFile(model, { storage: "int8" });
    for (const name of ["bias", "scale", "ids"]) expect(read.get(name)).toEqual(model.get(name));
    for (const [name, columns] of [["patches", 75]] as const) {
      expect(Math.max(...rowErrors(model.get(name)!, read.get(name)!, columns))).toBeLessThanOrEqual(0.5 / 126.99);
    }
  });

  it("takes rows or columns for channels, whichever loses less, and says so by the scale's shape", async () => {
    const tensors = new Map([
      ["linear", normal([30, 20], (row) => 2 ** (row % 9))], // torch's Linear: a row an output
      ["conv1d", normal([20, 30], (_, column) => 2 ** (column % 9))], // GPT-2's: a column an output
    ]);
    const stored = await openStored(memorySource(encodeSafetensors(tensors, {}, { storage: "int8" })));
    expect(stored.metadata).toEqual({ rsdix_storage: "int8-symmetric" });
    const shapes = Object.fromEntries([...stored.tensors].map(([name, { dtype, shape }]) => [name, [dtype, ...shape]]));
    expect(shapes).toEqual({
      linear: ["I8", 30, 20],
      "linear.scale": ["F32", 30, 1],
      conv1d: ["I8", 20, 30],
      "conv1d.scale": ["F32", 1, 30],
    });
    const read = await throughFile(tensors, { storage: "int8" });
    expect(Math.max(...rowErrors(tensors.get("linear")!, read.get("linear")!, 20))).toBeLessThanOrEqual(0.5 / 126.99);
    // What the product of the parts is, by its definition.
    const [numbers, scale] = [await stored.tensors.get("conv1d")!.read(), await stored.tensors.get("conv1d.scale")!.read()];
    expect(Array.from(read.get("conv1d")!.data)).toEqual(Array.from(numbers.data, (value, i) => value * scale.data[i % 30]! || 0));
  });

  it("stores zeros, single rows and columns, and numbers near float32's ends", async () => {
    const matrix = (shape: number[], ...values: number[]): CheckpointTensor => ({
      dtype: "float32",
      shape,
      data: Float32Array.from(values),
    });
    const read = await throughFile(
      new Map([
        ["zeros", matrix([2, 3], 0, 0, 0, 0, 0, 0)],
        ["row", matrix([1, 3], 127, -64, 1)],
        ["column", matrix([3, 1], 127, -64, 1)],
        ["one", matrix([1, 1], -5)],
        ["large", matrix([1, 2], 3.4e38, -3.4e38)],
        ["tiny", matrix([1, 2], 1e-44, 1e-38)],
      ]),
      { storage: "int8" },
    );
    expect([...read.get("row")!.data]).toEqual([127, -64, 1]);
    expect([...read.get("column")!.data]).toEqual([127, -64, 1]);
    expect(read.get("one")!.data[0]).toBeCloseTo(-5, 3);
    expect(read.get("large")!.data[0]! / 3.4e38).toBeCloseTo(1, 3);
    expect(read.get("zeros")!.data.every((value) => value === 0)).toBe(true);
  });

  it("leaves alone what has no scale: infinity, emptiness, a name that is taken", async () => {
    const w = { dtype: "float32" as const, shape: [1, 2], data: Float32Array.of(1, Number.POSITIVE_INFINITY) };
    const tensors: Checkpoint = new Map([
      ["infinite", w],
      ["empty", { dtype: "float32", shape: [0, 4], data: new Float32Array() }],
      ["norm", normal([2, 2])],
      ["norm.scale", normal([2])],
    ]);
    expect(new Map(await throughFile(tensors, { storage: "int8" }))).toEqual(tensors);
  });

  it("is a quarter of the size", () => {
    const tensors = new Map([["w", normal([256, 512])]]);
    const size = (storage: "float32" | "float16" | "int8") => encodeSafetensors(tensors, {}, { storage }).length;
    expect(size("float16") / size("float32")).toBeLessThan(0.501);
    expect(size("int8") / size("float32")).toBeLessThan(0.255);
  });
});

describe("storage", () => {
  it("refuses what it doesn't know", () => {
    expect(() => encodeSafetensors(model, {}, { storage: "int4" as never })).toThrow(/"float32", "float16" or "int8", got int4/);
    expect(() => encodeSafetensors(model, {}, { storage: "int4" as never })).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => encodeSafetensors(model, {}, { bits: 8 } as never)).toThrow(refusal("UNKNOWN_OPTION"));
    expect(() => encodeSafetensors(model, { rsdix_storage: "int8-symmetric" })).toThrow(refusal("INVALID_ARGUMENT"));
  });
});
