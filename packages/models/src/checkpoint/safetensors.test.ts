import { describe, expect, it } from "vitest";
import golden from "../fixtures/safetensors.json";
import type { CheckpointTensor } from "./checkpoint";
import { parseSafetensors } from "./safetensors";
import { encodeSafetensors } from "./safetensors-write";

const code = (value: string) => expect.objectContaining({ code: value });

/** A file from any header text and any number of data bytes. */
function file(header: string | Uint8Array, dataBytes = 0, claimed?: bigint): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const entry = (dtype: string, shape: unknown, offsets: unknown) => JSON.stringify({ dtype, shape, data_offsets: offsets });

describe("parseSafetensors", () => {
  const bytes = Uint8Array.from(Buffer.from(golden.file, "base64"));

  it("reads what the reference library wrote, in every dtype", () => {
    const { tensors, metadata } = parseSafetensors(bytes);
    expect([...tensors.keys()].sort()).toEqual(Object.keys(golden.tensors).sort());
    for (const [name, expected] of Object.entries(golden.tensors)) {
      const tensor = tensors.get(name)!;
      expect(tensor.shape, name).toEqual(expected.shape);
      expect(tensor.dtype, name).toBe(expected.float ? "float32" : "int32");
      expect(Array.from(tensor.data), name).toEqual(
        expected.values.map((value) => (expected.float ? Math.fround(Number(value)) : Number(value))),
      );
    }
    expect(metadata).toEqual({ note: 'quotes " and é' });
  });

  it("reads the same from an odd place in memory", () => {
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    const read = parseSafetensors(shifted.subarray(1)).tensors;
    expect(Array.from(read.get("f32")!.data)).toEqual(Array.from(parseSafetensors(bytes).tensors.get("f32")!.data));
  });

  it("refuses every truncation", () => {
    for (let length = 0; length < bytes.length; length += 7) {
      expect(() => parseSafetensors(bytes.slice(0, length)), `${length} bytes`).toThrow(code("FILE_CORRUPT"));
    }
    expect(() => parseSafetensors(Uint8Array.from([...bytes, 0]))).toThrow(/has a tail/);
  });

  it.each([
    ["a header beyond the limit", file("{}", 0, 100_000_001n), "FILE_TOO_LARGE"],
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
    expect(() => parseSafetensors(hostile)).toThrow(code(expected));
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
  });

  it("refuses arrays that don't fit their description", () => {
    const encode = (tensor: unknown, name = "w") => encodeSafetensors(new Map([[name, tensor as CheckpointTensor]]));
    expect(() => encode({ dtype: "float32", shape: [2], data: new Float32Array(3) })).toThrow(code("INVALID_ARGUMENT"));
    expect(() => encode({ dtype: "float32", shape: [3], data: new Int32Array(3) })).toThrow(/Int32Array/);
    expect(() => encode({ dtype: "float64", shape: [3], data: new Float64Array(3) })).toThrow(code("INVALID_ARGUMENT"));
    expect(() => encode({ dtype: "float32", shape: [1], data: new Float32Array(1) }, "__metadata__")).toThrow(code("INVALID_ARGUMENT"));
  });
});
