import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { onEachBackend } from "../../../test/tensors";
import { withoutLeak } from "../test/leaks";
import { f32, SPECS } from "../test/specs";
import { lazyOf } from "./checkpoint/lazy-checkpoint";
import { Clip } from "./clip";
import { Gpt2 } from "./gpt2";
import { Parameters } from "./parameters";

const NO_CHECKPOINTS = [null, {}, [], 5, "x", new Map([["norm", null]]), new Map([["norm", { data: null }]])] as never[];
const gpt2 = { vocabSize: 9, contextLength: 8, width: 8, layers: 1, heads: 1 };
const tower = { width: 8, layers: 1, heads: 1 };
const clip = { embedDim: 8, image: { ...tower, size: 8, patch: 4 }, text: { ...tower, vocabSize: 9, contextLength: 8 } };

onEachBackend("Parameters refuse, and leave nothing behind,", () => {
  it("what is no checkpoint", () =>
    withoutLeak(async () => {
      using parameters = Parameters.initialize(SPECS, 1);
      const checkpoint = await parameters.toCheckpoint();
      for (const wrong of NO_CHECKPOINTS) {
        const expected = refusal("INVALID_ARGUMENT", /A checkpoint must be a Map of names to \{ dtype, shape, (data|read) \}, got/);
        expect(() => Parameters.fromCheckpoint(SPECS, wrong)).toThrow(expected);
        expect(() => parameters.assign(wrong)).toThrow(expected);
        await expect(Parameters.load(SPECS, wrong)).rejects.toThrow(expected);
      }
      await expect(Parameters.load(SPECS, checkpoint as never)).rejects.toThrow(refusal("INVALID_ARGUMENT", /in memory, lazyOf makes one/));
      const norm = { dtype: "float32" as const, shape: [2] };
      for (const data of [["x", "y"], null, [1, 2], Float64Array.of(1, 2), Int32Array.of(1, 2)]) {
        const texts = new Map([...checkpoint, ["norm", { ...norm, data: data as never }]]);
        expect(() => Parameters.fromCheckpoint(SPECS, texts)).toThrow(refusal("INVALID_ARGUMENT", /for norm\. Its data is/));
      }
      const lazy = lazyOf(checkpoint);
      for (const read of [null, 5, { ...norm, data: [1, 2] }]) {
        const reading = Parameters.load(SPECS, new Map([...lazy, ["norm", { ...norm, read: async () => read as never }]]));
        await expect(reading).rejects.toThrow(refusal("INVALID_ARGUMENT", /"norm" was read as/));
      }
    }));

  it("what describes no weights", () =>
    withoutLeak(async () => {
      const wrong: [unknown, RegExp][] = [
        [null, /specs must be an array/],
        [[null], /must have a name/],
        ...[[-1], [1.5], [Number.NaN], null, "2"].map((shape): [unknown, RegExp] => [
          [{ ...SPECS[3], shape }],
          /shape of "norm" must be whole/,
        ]),
        [[{ ...SPECS[1], shape: [3] }], /must be two whole numbers/],
        [[{ ...SPECS[0], shape: [] }], /at least one whole number/],
        ...["zzz", null, {}, { gamma: 1 }, { normal: 1, uniform: 1 }].map((init): [unknown, RegExp] => [
          [{ ...SPECS[3], init }],
          /init of "norm"/,
        ]),
        ...[{ normal: Number.NaN }, { normal: -1 }, { constant: "1" }].map((init): [unknown, RegExp] => [
          [{ ...SPECS[3], init }],
          /init of "norm", /,
        ]),
      ];
      for (const [specs, message] of wrong) {
        const expected = refusal("INVALID_ARGUMENT", message);
        expect(() => Parameters.initialize(specs as never, 1)).toThrow(expected);
        expect(() => Parameters.fromCheckpoint(specs as never, new Map())).toThrow(expected);
        await expect(Parameters.load(specs as never, new Map())).rejects.toThrow(expected);
      }
      for (const ignore of ["c", null, [1]] as never[]) {
        expect(() => Parameters.fromCheckpoint(SPECS, new Map(), { ignore })).toThrow(
          refusal("INVALID_ARGUMENT", /ignore must be an array/),
        );
      }
      for (const strict of ["no", null, 0] as never[]) {
        await expect(Parameters.load(SPECS, new Map(), { strict })).rejects.toThrow(
          refusal("INVALID_ARGUMENT", /strict must be true or false/),
        );
      }
    }));

  it("models that no memory holds", () =>
    withoutLeak(async () => {
      expect(() => Clip.fromConfig({ ...clip, embedDim: 1e15 }, 1)).toThrow(refusal("OUT_OF_MEMORY", /visual_projection\.weight/));
      expect(() => Gpt2.fromConfig({ ...gpt2, contextLength: 1e12 }, 1)).toThrow(refusal("OUT_OF_MEMORY", /wpe\.weight/));
      const layers = refusal("INVALID_ARGUMENT", /layers must be a whole number .*at most 1024/);
      expect(() => Clip.fromConfig({ ...clip, image: { ...clip.image, layers: 1e9 } }, 1)).toThrow(layers);
      expect(() => Gpt2.fromConfig({ ...gpt2, layers: 1e9 }, 1)).toThrow(layers);
      const huge = [{ name: "table", shape: [16_777_216, 4096], init: "zeros" }] as const;
      const loading = Parameters.load(huge, new Map(), { strict: false, seed: 1 });
      await expect(loading).rejects.toThrow(refusal("OUT_OF_MEMORY", /"table" would have 68719476736 numbers/));
    }));

  it("a backend's failure in the midst", () =>
    withoutLeak(async () => {
      using parameters = Parameters.initialize(SPECS, 1);
      const checkpoint = await parameters.toCheckpoint();
      const before = tf.memory().numTensors;
      const failing = {
        ...SPECS[4]!,
        get shape(): number[] {
          if (tf.memory().numTensors > before + 2) throw new Error("no more memory");
          return [];
        },
      };
      const specs = [...SPECS.slice(0, 4), failing];
      expect(() => Parameters.initialize(specs, 1)).toThrow("no more memory");
      expect(() => Parameters.fromCheckpoint(specs, checkpoint)).toThrow("no more memory");
    }));

  it("what only in part can be assigned: nothing changes then", () =>
    withoutLeak(async () => {
      using parameters = Parameters.initialize(SPECS, 1);
      const before = await parameters.toCheckpoint();
      const other = new Map([...before].map(([name, { shape, data }]) => [name, f32([...shape], ...data.map((x) => x + 1))]));
      for (const data of [null, ["x"], new Float32Array(2)]) {
        const code = data instanceof Float32Array ? "CHECKPOINT_MISMATCH" : "INVALID_ARGUMENT";
        const assign = () => parameters.assign(new Map([...other, ["scale", { dtype: "float32", shape: [], data: data as never }]]));
        expect(assign).toThrow(refusal(code, /scale/));
        expect(await parameters.toCheckpoint()).toEqual(before);
      }
      const gone = Parameters.initialize(SPECS, 1);
      gone.dispose();
      expect(() => gone.assign(before)).toThrow(refusal("INVALID_ARGUMENT", /There is no weight/));
      expect(() => gone.clone()).toThrow(refusal("INVALID_ARGUMENT", /clone: the weights were disposed/));
    }));
});
