import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { backends } from "../test/stock";
import { nativeAvailable } from "../test/test-support";
import { NativeBackend } from "./native-backend";

const LENGTH = 4096;
const BYTES = 4 * LENGTH;

/** A new tensor whose array the backend owns: 2, 2, 2, … */
const twos = () => tf.tidy(() => tf.add(tf.ones([LENGTH]), tf.ones([LENGTH])));

/** Makes tensors of the same size until every unused array has been taken and written over. */
function overwrite(): tf.Tensor[] {
  return Array.from({ length: 8 }, () => tf.tidy(() => tf.mul(tf.ones([LENGTH]), -7)));
}

describe.runIf(nativeAvailable)("arrays that are used again", () => {
  let native: NativeBackend;
  let before: number;

  beforeAll(async () => {
    native = (await backends()).native;
  });
  beforeEach(() => {
    native.trim();
    before = tf.memory().numTensors;
  });
  afterEach(() => {
    expect(tf.memory().numTensors).toBe(before);
  });

  /** Disposes `gone`, writes over everything unused, and looks whether `kept` still holds the same. */
  function survives(gone: tf.Tensor[], kept: () => ArrayLike<number>): void {
    const expected = Array.from(kept());
    tf.dispose(gone);
    const later = overwrite();
    expect(Array.from(kept())).toEqual(expected);
    tf.dispose(later);
  }

  it("takes the array of a disposed tensor", () => {
    twos().dispose();
    const unused = native.unusedBytes;
    expect(unused).toBeGreaterThanOrEqual(BYTES);
    const again = twos();
    expect(native.unusedBytes).toBeLessThanOrEqual(unused);
    again.dispose();
    expect(native.unusedBytes).toBe(unused);
  });

  it("keeps an array that was read: dataSync, data, array and buffer give the array itself", async () => {
    for (const read of [(t: tf.Tensor) => t.dataSync(), (t: tf.Tensor) => t.bufferSync().values]) {
      const x = twos();
      const values = read(x) as Float32Array;
      survives([x], () => values);
    }
    for (const read of [async (t: tf.Tensor) => t.data(), async (t: tf.Tensor) => (await t.buffer()).values]) {
      const x = twos();
      const values = (await read(x)) as Float32Array;
      survives([x], () => values);
    }
  });

  it("keeps an array that a user handed in", () => {
    const values = new Float32Array(LENGTH).fill(3);
    const x = tf.tensor1d(values);
    survives([x], () => values);
    const y = tf.tensor1d(values);
    survives([y], () => values);
  });

  it.each<[string, (x: tf.Tensor) => tf.Tensor]>([
    ["clone", (x) => x.clone()],
    ["reshape", (x) => x.reshape([64, 64])],
    ["expandDims", (x) => x.expandDims(0)],
    ["a slice of all", (x) => x.slice([0], [LENGTH])],
    ["a slice of a run", (x) => x.slice([1024], [2048])],
    ["a strided slice of a run", (x) => tf.stridedSlice(x, [512], [2560], [1])],
    ["a part of a split", (x) => tf.tidy(() => tf.split(x, 2)[1]!)],
    ["an unstacked row", (x) => tf.tidy(() => tf.unstack(x.reshape([2, LENGTH / 2]))[1]!)],
    ["a transpose of one axis of 1", (x) => tf.tidy(() => x.reshape([LENGTH, 1]).transpose())],
    ["a concatenation of one", (x) => tf.concat([x])],
    ["a cast to itself", (x) => x.cast("float32")],
    ["a sum along no axes", (x) => tf.sum(x, [])],
    ["a tile of one", (x) => tf.tile(x, [1])],
    ["a padding of nothing", (x) => tf.pad(x, [[0, 0]])],
    ["a slice of a reshape", (x) => tf.tidy(() => x.reshape([64, 64]).slice([0, 0], [32, 64]))],
    ["a bool cast there and back", (x) => tf.tidy(() => x.cast("bool").cast("float32"))],
  ])("%s and its input may go in either order", (_, make) => {
    const first = twos();
    const made = make(first);
    survives([first], () => native.floats(made));
    made.dispose();
    const second = twos();
    const other = make(second);
    survives([other], () => native.floats(second));
    second.dispose();
  });

  it("does not hand a stock view of its input on: the stock slice's result lies in the input's array", () => {
    const x = twos();
    const stock = tf
      .getKernel("Slice", "cpu")
      .kernelFunc({ inputs: { x }, attrs: { begin: [0], size: [2048] }, backend: native } as never) as tf.TensorInfo;
    const view = tf.engine().makeTensorFromTensorInfo(stock);
    survives([x], () => native.floats(view));
    view.dispose();
    const y = twos();
    const other = tf
      .engine()
      .makeTensorFromTensorInfo(
        tf
          .getKernel("Slice", "cpu")
          .kernelFunc({ inputs: { x: y }, attrs: { begin: [0], size: [2048] }, backend: native } as never) as tf.TensorInfo,
      );
    survives([other], () => native.floats(y));
    y.dispose();
  });

  it("says that a tensor is its array's only owner when it is", () => {
    const x = twos();
    expect(native.isExclusive(x)).toBe(true);
    const same = x.clone();
    expect(native.isExclusive(x)).toBe(false);
    same.dispose();
    expect(native.isExclusive(x)).toBe(true);
    x.dataSync();
    expect(native.isExclusive(x)).toBe(false);
    x.dispose();
    const made = tf.tensor1d(new Float32Array(LENGTH));
    expect(native.isExclusive(made)).toBe(false);
    made.dispose();
  });

  it("keeps variables and what was assigned to them apart", () => {
    const variable = tf.tidy(() => tf.variable(tf.zeros([LENGTH])));
    tf.tidy(() => variable.assign(twos()));
    survives([], () => native.floats(variable));
    variable.dispose();
  });

  it("keeps a tensor that moved to the stock backend", async () => {
    const x = twos();
    await tf.setBackend("cpu");
    const moved = tf.add(x, 0);
    await tf.setBackend("native");
    survives([x], () => moved.dataSync());
    moved.dispose();
  });

  it("keeps no more than was ever in use at once, or 64 MiB", () => {
    const backend = new NativeBackend(native.addon, { unused: 2 ** 32, packed: 0 });
    const MIB = 2 ** 18; // float32s
    for (let i = 1; i <= 60; i++) backend.disposeData(backend.result([i * MIB], backend.allocate(i * MIB)).dataId); // 1.8 GiB, one at a time
    expect(backend.unusedBytes).toBeLessThanOrEqual(64 * 2 ** 20);
    const infos = Array.from({ length: 40 }, () => backend.result([3 * MIB], backend.allocate(3 * MIB))); // 120 MiB at once
    for (const { dataId } of infos) backend.disposeData(dataId);
    expect(backend.unusedBytes).toBe(120 * 2 ** 20);
  });

  it("does not count what a kernel took before it threw", async () => {
    await tf.setBackend("native");
    const unused = () => {
      native.trim();
      for (let n = 1; n <= 60; n++) tf.dispose(tf.tidy(() => tf.neg(tf.ones([n * 2 ** 18])))); // two arrays at a time, of changing lengths
      return native.unusedBytes;
    };
    const before = unused();
    tf.tidy(() => {
      const table = tf.ones([3, 2 ** 20]);
      const ids = tf.tensor1d([...new Array(39).fill(0), 7], "int32");
      for (let i = 0; i < 4; i++) expect(() => tf.engine().runKernel("RsdixEmbedding", { table, ids })).toThrow(/id 7 at 39/); // 160 MiB each
    });
    expect(unused()).toBeLessThan(before + 2 ** 28);
  });

  it("gives back what lies unused beyond the limit, the oldest first", () => {
    const small = new NativeBackend(native.addon, { unused: 3 * BYTES, packed: 0 });
    const infos = Array.from({ length: 5 }, () => small.result([LENGTH], small.allocate(LENGTH)));
    for (const { dataId } of infos) small.disposeData(dataId);
    expect(small.unusedBytes).toBe(3 * BYTES);
    const larger = small.result([2 * LENGTH], small.allocate(2 * LENGTH));
    small.disposeData(larger.dataId);
    expect(small.unusedBytes).toBe(3 * BYTES);
    const tooLarge = small.result([4 * LENGTH], small.allocate(4 * LENGTH));
    small.disposeData(tooLarge.dataId);
    expect(small.unusedBytes).toBe(3 * BYTES);
    small.trim();
    expect(small.unusedBytes).toBe(0);
  });
});
