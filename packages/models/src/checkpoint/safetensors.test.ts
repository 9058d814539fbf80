import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { headerEntry as entry, safetensorsFile as file } from "../../test/safetensors-files";
import { memorySource } from "../../test/torch-files";
import golden from "../fixtures/safetensors.json";
import type { Checkpoint, CheckpointTensor } from "./checkpoint";
import { readAll } from "./lazy-checkpoint";
import { openSafetensors, parseSafetensors } from "./safetensors";
import { encodeSafetensors } from "./safetensors-write";

const bytesOf = (base64: string) => Uint8Array.from(Buffer.from(base64, "base64"));
const bytes = bytesOf(golden.file);

interface Described {
  shape: number[];
  float: boolean;
  values: (number | string | boolean)[];
}

function expectGolden(tensors: Checkpoint, expected: Record<string, Described>): void {
  expect([...tensors.keys()].sort()).toEqual(Object.keys(expected).sort());
  for (const [name, { shape, float, values }] of Object.entries(expected)) {
    const tensor = tensors.get(name)!;
    expect(tensor.shape, name).toEqual(shape);
    expect(tensor.dtype, name).toBe(float ? "float32" : "int32");
    expect(Array.from(tensor.data), name).toEqual(values.map((value) => (float ? Math.fround(Number(value)) : Number(value))));
  }
}

describe("openSafetensors", () => {
  it("reads what the reference library wrote, in every dtype", async () => {
    for (const { file: whole, tensors: expected } of [golden, golden.others]) {
      expectGolden(await readAll((await openSafetensors(new Blob([bytesOf(whole)]))).tensors), expected);
      expectGolden(await readAll((await openSafetensors(memorySource(bytesOf(whole)))).tensors), expected);
    }
    const { tensors, metadata } = await openSafetensors(memorySource(bytes));
    expect(metadata).toEqual({ note: 'quotes " and é' });
    expect([tensors.get("f16")!.dtype, tensors.get("f16")!.shape]).toEqual(["F16", golden.tensors.f16.shape]);
  });

  it("reads the header, and of the arrays only what is asked for", async () => {
    const source = memorySource(bytes);
    const { tensors } = await openSafetensors(source);
    const header = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(source.bytesRead).toBe(8 + 8 + header);
    const [first, second] = [await tensors.get("f32")!.read(), await tensors.get("f32")!.read()];
    expect(source.bytesRead).toBe(8 + 8 + header + 2 * 48);
    first.data.fill(0);
    expect(Array.from(second.data)).toEqual(golden.tensors.f32.values); // each has memory of its own
  });

  it("refuses dtypes that can't be read when such an array is read, and the others are there", async () => {
    const mixed = file(`{"a":${entry("F8_E4M3", [4], [0, 4])},"b":${entry("F32", [1], [4, 8])}}`, 8);
    const { tensors } = await openSafetensors(memorySource(mixed));
    expect([...(await tensors.get("b")!.read()).data]).toEqual([0]);
    await expect(tensors.get("a")!.read()).rejects.toThrow(/"a" has dtype "F8_E4M3"; those that can be read are F64, F32/);
    await expect(tensors.get("a")!.read()).rejects.toThrow(refusal("FILE_CORRUPT"));
  });

  it("refuses every truncation, and what is no file", async () => {
    for (let length = 0; length < bytes.length; length += 7) {
      await expect(openSafetensors(new Blob([bytes.slice(0, length)])), `${length} bytes`).rejects.toThrow(refusal("FILE_CORRUPT"));
    }
    await expect(openSafetensors(bytes as never)).rejects.toThrow(refusal("INVALID_ARGUMENT"));
  });

  it("notices that the file became shorter after it was opened", async () => {
    const { tensors } = await openSafetensors({
      size: bytes.length,
      read: async (start, end) => bytes.slice(start, Math.min(end, bytes.length - 8)),
    });
    await expect(readAll(tensors)).rejects.toThrow(refusal("FILE_CORRUPT"));
  });

  it.each([
    ["I64", [1n << 31n]],
    ["I64", [-(1n << 31n) - 1n]],
    ["U64", [1n << 31n]],
    ["U64", [1n << 63n]],
  ])("refuses an %s that doesn't fit 32 bits: %s", async (dtype, values) => {
    const whole = file(`{"a":${entry(dtype, [1], [0, 8])}}`, 8);
    new DataView(whole.buffer).setBigInt64(whole.length - 8, values[0]!, true);
    await expect((await openSafetensors(memorySource(whole))).tensors.get("a")!.read()).rejects.toThrow(/"a": .* doesn't fit 32 bits/);
    expect(() => parseSafetensors(whole)).toThrow(refusal("FILE_CORRUPT"));
  });
});

describe("parseSafetensors", () => {
  it("reads what the reference library wrote, in every dtype", () => {
    expectGolden(parseSafetensors(bytes).tensors, golden.tensors);
    expectGolden(parseSafetensors(bytesOf(golden.others.file)).tensors, golden.others.tensors);
    expect(parseSafetensors(bytes).metadata).toEqual({ note: 'quotes " and é' });
  });

  it("reads the same from an odd place in memory", () => {
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expectGolden(parseSafetensors(shifted.subarray(1)).tensors, golden.tensors);
  });

  it("refuses every truncation", () => {
    for (let length = 0; length < bytes.length; length += 7) {
      expect(() => parseSafetensors(bytes.slice(0, length)), `${length} bytes`).toThrow(refusal("FILE_CORRUPT"));
    }
    expect(() => parseSafetensors(Uint8Array.from([...bytes, 0]))).toThrow(/has a tail/);
  });

  it.each([
    ["a header beyond the limit", file("{}", 0, 8_000_001n), "FILE_TOO_LARGE"],
    ["a header of 2^64-1 bytes", file("{}", 0, 0xffffffffffffffffn), "FILE_TOO_LARGE"],
    ["a header longer than the file", file("{}", 0, 99n), "FILE_CORRUPT"],
    ["bad JSON", file("{"), "FILE_CORRUPT"],
    ["an array for a header", file("[]"), "FILE_CORRUPT"],
    ["null for a header", file("null"), "FILE_CORRUPT"],
    ["a leading space", file(" {}"), "FILE_CORRUPT"],
    ["invalid UTF-8", file(Uint8Array.of(0x7b, 0xff, 0x7d)), "FILE_CORRUPT"],
    ["metadata that isn't text", file('{"__metadata__":{"a":1}}'), "FILE_CORRUPT"],
    ["an entry that isn't an object", file('{"a":1}'), "FILE_CORRUPT"],
    ["an unknown dtype", file(`{"a":${entry("F8_E4M3", [4], [0, 4])}}`, 4), "FILE_CORRUPT"],
    ["an inherited name as dtype", file(`{"a":${entry("toString", [1], [0, 4])}}`, 4), "FILE_CORRUPT"],
    ["a negative size", file(`{"a":${entry("F32", [-1], [0, 4])}}`, 4), "FILE_CORRUPT"],
    ["a fractional size", file(`{"a":${entry("F32", [0.5], [0, 2])}}`, 2), "FILE_CORRUPT"],
    ["a size beyond whole numbers", file(`{"a":${entry("F32", [2 ** 53, 2 ** 53], [0, 4])}}`, 4), "FILE_CORRUPT"],
    ["a product beyond whole numbers", file(`{"a":${entry("F32", [2 ** 40, 2 ** 40], [0, 4])}}`, 4), "FILE_CORRUPT"],
    ["no shape", file('{"a":{"dtype":"F32","data_offsets":[0,4]}}', 4), "FILE_CORRUPT"],
    ["three offsets", file(`{"a":${entry("F32", [1], [0, 4, 8])}}`, 8), "FILE_CORRUPT"],
    ["negative offsets", file(`{"a":${entry("F32", [1], [-4, 0])}}`, 4), "FILE_CORRUPT"],
    ["offsets in reverse", file(`{"a":${entry("F32", [1], [4, 0])}}`, 4), "FILE_CORRUPT"],
    ["offsets beyond the file", file(`{"a":${entry("F32", [2], [0, 8])}}`, 4), "FILE_CORRUPT"],
    ["a size other than the offsets'", file(`{"a":${entry("F32", [1], [0, 8])}}`, 8), "FILE_CORRUPT"],
    ["overlapping arrays", file(`{"a":${entry("F32", [2], [0, 8])},"b":${entry("F32", [2], [4, 12])}}`, 12), "FILE_CORRUPT"],
    ["a hole", file(`{"a":${entry("F32", [1], [0, 4])},"b":${entry("F32", [1], [8, 12])}}`, 12), "FILE_CORRUPT"],
    ["a name twice", file(`{"a":${entry("F32", [1], [0, 4])},"a":${entry("F32", [1], [0, 4])}}`, 4), "FILE_CORRUPT"],
    ["a name twice, once escaped", file(`{"a":${entry("F32", [1], [0, 4])},"\\u0061":${entry("F32", [1], [0, 4])}}`, 4), "FILE_CORRUPT"],
    ["a shape twice", file('{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}', 4), "FILE_CORRUPT"],
    ["a 64-bit integer that doesn't fit", file(`{"a":${entry("I64", [1], [0, 8])}}`, 8).fill(0x7f, -8), "FILE_CORRUPT"],
  ])("refuses %s", (_, hostile, expected) => {
    expect(() => parseSafetensors(hostile)).toThrow(refusal(expected));
  });

  it("treats the name __proto__ as a name", () => {
    const { tensors } = parseSafetensors(file(`{"__proto__":${entry("F32", [1], [0, 4])}}`, 4));
    expect([...tensors.keys()]).toEqual(["__proto__"]);
  });
});

describe("encodeSafetensors", () => {
  it("writes what it reads back, with aligned data", () => {
    const tensors = new Map<string, CheckpointTensor>([
      ["w", { dtype: "float32", shape: [2, 2], data: Float32Array.of(1, -0, Number.NaN, 1e-40) }],
      ["s", { dtype: "float32", shape: [], data: Float32Array.of(7) }],
      ["é", { dtype: "int32", shape: [3], data: Int32Array.of(1, 2, -3) }],
      ["none", { dtype: "float32", shape: [0], data: new Float32Array() }],
      ["__proto__", { dtype: "float32", shape: [1], data: Float32Array.of(5) }],
    ]);
    const bytes = encodeSafetensors(tensors, { step: "12" });
    expect((8 + Number(new DataView(bytes.buffer).getBigUint64(0, true))) % 8).toBe(0);
    const back = parseSafetensors(bytes);
    expect([...back.tensors]).toEqual([...tensors]);
    expect(back.metadata).toEqual({ step: "12" });
    expect(encodeSafetensors(back.tensors, back.metadata)).toEqual(bytes);
  });

  it("refuses arrays that don't fit their description", () => {
    const encode = (tensor: unknown, name = "w") => encodeSafetensors(new Map([[name, tensor as CheckpointTensor]]));
    expect(() => encode({ dtype: "float32", shape: [2], data: new Float32Array(3) })).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => encode({ dtype: "float32", shape: [3], data: new Int32Array(3) })).toThrow(/Int32Array/);
    expect(() => encode({ dtype: "float64", shape: [3], data: new Float64Array(3) })).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => encode({ dtype: "float32", shape: [1], data: new Float32Array(1) }, "__metadata__")).toThrow(refusal("INVALID_ARGUMENT"));
  });
});
