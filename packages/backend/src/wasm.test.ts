import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { refusal } from "../../../test/refusal";
import { startBackend } from "./index";
import { guardWasmAllocations } from "./wasm";

interface Backend {
  wasm: { _malloc(bytes: number): number; _free(address: number): void };
  makeOutput(shape: number[], dtype: "float32"): tf.TensorInfo;
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array;
}
const backend = () => tf.backend() as unknown as Backend;

beforeAll(async () => {
  await startBackend("wasm");
});

describe("guardWasmAllocations", () => {
  it("turns a failed allocation into an error, and leaves others alone", () => {
    const malloc = (bytes: number) => (bytes > 1000 ? 0 : 64);
    const module = {
      HEAPU8: new Uint8Array(200),
      _free: () => {},
      _malloc: (bytes: number) => {
        module._malloc = malloc; // as emscripten's lazily bound exports do
        return malloc(bytes);
      },
    };
    guardWasmAllocations(module);
    guardWasmAllocations(module); // once is enough
    expect(module._malloc(10)).toBe(64);
    expect(module._malloc(0)).toBe(64);
    expect(module._malloc(136)).toBe(64);
    expect(() => module._malloc(137)).toThrow(/could not allocate 1 MB/); // 64 + 137 is beyond the heap
    expect(() => module._malloc(2 ** 21)).toThrow(refusal("OUT_OF_MEMORY", expect.stringContaining("2 MB")));
  });
});

describe("the wasm heap's end", () => {
  /** A tensor as kernels make their outputs; its pages cost nothing until somebody writes there. */
  const large = (value: number) => {
    const info = backend().makeOutput([2 ** 26], "float32");
    backend().typedArrayFromHeap(info).fill(value, 0, 4);
    return tf.engine().makeTensorFromTensorInfo(info);
  };
  const head = (tensor: tf.Tensor) => [...backend().typedArrayFromHeap(tensor).slice(0, 4)];

  it("is an error at the first tensor that does not fit, and the others are whole", () => {
    const held: tf.Tensor[] = [];
    const fill = () => {
      for (let i = 0; i < 20; i++) held.push(large(i)); // 256 MB each
    };
    expect(fill).toThrow(refusal("OUT_OF_MEMORY", /could not allocate 256 MB.*tensors hold \d+ MB.*smaller batch/));
    expect(held.length).toBeGreaterThanOrEqual(14); // 3.5 of 4 GiB
    expect(held.map(head)).toEqual(held.map((_, i) => [i, i, i, i]));
    held.pop()!.dispose();
    const next = large(99);
    expect(head(next)).toEqual([99, 99, 99, 99]);
    expect(held.map(head)).toEqual(held.map((_, i) => [i, i, i, i]));
    tf.dispose([held, next]);
  });

  it("is an error inside XNNPACK too, which stock tfjs answers with what lay in memory", () => {
    const [x, weights] = [tf.ones([2, 4000]), tf.fill([4000, 4000], 0.5)]; // 64 MB, and as much again packed
    const before = tf.memory().numTensors;
    const { wasm } = backend();
    const taken: number[] = [];
    for (const bytes of [2 ** 28, 2 ** 24]) {
      expect(() => {
        for (;;) taken.push(wasm._malloc(bytes));
      }).toThrow(/could not allocate/);
    }
    wasm._free(taken.pop()!); // 16 MB: enough for the result, not for the weights
    const warn = vi.spyOn(console, "warn");
    for (const product of [() => tf.matMul(x, weights), () => tf.fused.matMul({ a: x, b: weights, activation: "relu" })]) {
      expect(product).toThrow(refusal("OUT_OF_MEMORY", /could not allocate memory inside a kernel/));
    }
    expect(warn).not.toHaveBeenCalled(); // the error says it all
    for (const address of taken) wasm._free(address);
    const product = tf.matMul(x, weights);
    expect([...product.dataSync().slice(0, 2)]).toEqual([2000, 2000]);
    product.dispose();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, weights]);
  });
});
