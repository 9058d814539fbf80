import { fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { onEachBackend } from "../../../test/tensors";
import { withoutLeak } from "../test/leaks";
import { f32, SPECS } from "../test/specs";
import { memorySource } from "../test/torch-files";
import type { Checkpoint, CheckpointTensor } from "./checkpoint/checkpoint";
import { type LazyCheckpoint, type LazyTensor, lazyOf } from "./checkpoint/lazy-checkpoint";
import { openSafetensors, parseSafetensors } from "./checkpoint/safetensors";
import { encodeSafetensors } from "./checkpoint/safetensors-write";
import { readTorchCheckpoint } from "./checkpoint/torch-checkpoint";
import torch2 from "./fixtures/torch-checkpoints-2.json";
import { Parameters } from "./parameters";
import { Vocabulary } from "./vocabulary";

/** A checkpoint in a file of each kind that doesn't fit SPECS in every way that there is. */
async function misfits(): Promise<LazyCheckpoint[]> {
  const checkpoint = new Map<string, CheckpointTensor>([
    ["table", f32([9, 2], ...Array.from({ length: 18 }, (_, i) => i))],
    ["fc.weight", f32([3, 2], 1, 2, 3, 4, 5, 6)],
    ["fc.bias", { dtype: "int32", shape: [2], data: Int32Array.of(1, 2) }],
    ["norm", f32([2], 3, 4)],
    ["position_ids", f32([1], 0)],
    ["extra", f32([1], 0)],
  ]);
  return [lazyOf(checkpoint), (await openSafetensors(memorySource(encodeSafetensors(checkpoint)))).tensors];
}

onEachBackend("Parameters that are loaded", () => {
  const source = async (checkpoint: Checkpoint) => (await openSafetensors(memorySource(encodeSafetensors(checkpoint)))).tensors;

  it("are those that were saved, and their file is the same bytes again", () =>
    withoutLeak(async () => {
      using saved = Parameters.initialize(SPECS, 3);
      const bytes = encodeSafetensors(await saved.toCheckpoint());
      const { tensors } = await openSafetensors(memorySource(bytes));
      const { parameters, report } = await Parameters.load(SPECS, tensors);
      expect(report).toEqual({ missing: [], unused: [], misshaped: [] });
      expect(encodeSafetensors(await parameters.toCheckpoint())).toEqual(bytes);
      using eager = Parameters.fromCheckpoint(SPECS, parseSafetensors(bytes).tensors);
      expect(encodeSafetensors(await eager.toCheckpoint())).toEqual(bytes);
      parameters.dispose();
    }));

  it("come from torch too, and from float16 and int8", () =>
    withoutLeak(async () => {
      const { file, tensors: golden } = torch2.cases.plain;
      const specs = [{ name: "visual.weight", shape: [2, 3], init: "zeros", transposed: true } as const];
      const torch = await readTorchCheckpoint(memorySource(Uint8Array.from(atob(file), (byte) => byte.charCodeAt(0))));
      const { parameters } = await Parameters.load(specs, torch.tensors, { ignore: [/bias$/] });
      expect([...(await parameters.toCheckpoint()).get("visual.weight")!.data]).toEqual(golden["visual.weight"].values);
      parameters.dispose();
      using saved = Parameters.initialize(SPECS, 3);
      for (const [storage, step] of [["float16", 2 ** -11] as const, ["int8", 1 / 127] as const]) {
        const { tensors } = await openSafetensors(memorySource(encodeSafetensors(await saved.toCheckpoint(), {}, { storage })));
        const loaded = await Parameters.load(SPECS, tensors);
        expect(await loaded.parameters.get("fc.weight").data()).toBeAllclose(await saved.get("fc.weight").data(), {
          rtol: 0,
          atol: 0.5 * step,
        });
        loaded.parameters.dispose();
      }
    }));

  it("are read one at a time, the largest first", () =>
    withoutLeak(async () => {
      using saved = Parameters.initialize(SPECS, 3);
      const events: string[] = [];
      const noted = [...lazyOf(await saved.toCheckpoint())].map(([name, tensor]): [string, LazyTensor] => {
        const read = async () => {
          events.push(name);
          const tensors = tf.memory().numTensors;
          const result = await tensor.read();
          await new Promise((resolve) => setTimeout(resolve, 1));
          expect(tf.memory().numTensors, "tensors that were made meanwhile").toBe(tensors);
          return result;
        };
        return [name, { ...tensor, read }];
      });
      const { parameters } = await Parameters.load(SPECS, new Map(noted));
      expect(events).toEqual(["table", "fc.weight", "fc.bias", "norm", "scale"]);
      parameters.dispose();
    }));

  it("hold the rows that are wanted", () =>
    withoutLeak(async () => {
      using saved = Parameters.initialize(SPECS, 3);
      const checkpoint = await saved.toCheckpoint();
      const { parameters } = await Parameters.load(SPECS, await source(checkpoint), { vocabulary: Vocabulary.compact(9, [7, 2]) });
      expect(parameters.get("table").shape).toEqual([2, 2]);
      expect([...(await parameters.toCheckpoint())]).toEqual([...checkpoint]);
      parameters.dispose();
    }));

  it("are refused with every difference at once, and nothing stays", () =>
    withoutLeak(async () => {
      for (const checkpoint of await misfits()) {
        const error = await Parameters.load(SPECS, checkpoint, { ignore: [/position_ids$/] }).catch((caught) => caught);
        expect(error).toMatchObject({
          code: "CHECKPOINT_MISMATCH",
          cause: {
            missing: ["scale"],
            unused: ["extra"],
            misshaped: [
              { name: "fc.weight", expected: [2, 3], found: [3, 2] },
              { name: "fc.bias", expected: [2], found: [2], dtype: expect.stringMatching(/^(int32|I32)$/) },
            ],
          },
        });
        expect(error.message).toMatch(
          /missing: scale; unused: extra; mis-shaped: fc\.weight .*fc\.bias \(expected float32 \[2\], got (int32|I32) \[2\]\)/,
        );
      }
    }));

  it("take what fits where that is wanted, and start the rest from the seed", () =>
    withoutLeak(async () => {
      using fresh = Parameters.initialize(SPECS, 4);
      for (const checkpoint of await misfits()) {
        const { parameters, report } = await Parameters.load(SPECS, checkpoint, { strict: false, seed: 4, ignore: [/position_ids$/] });
        expect([report.missing, report.unused, report.misshaped.map(({ name }) => name)]).toEqual([
          ["scale"],
          ["extra"],
          ["fc.weight", "fc.bias"],
        ]);
        expect([...parameters.get("norm").dataSync(), ...parameters.get("table").dataSync().slice(0, 3)]).toEqual([3, 4, 0, 1, 2]);
        for (const name of ["scale", "fc.weight", "fc.bias"]) expect(parameters.get(name).dataSync()).toEqual(fresh.get(name).dataSync());
        parameters.dispose();
      }
    }));

  it("leave nothing behind where the file is damaged, or isn't what it said", () =>
    withoutLeak(async () => {
      using saved = Parameters.initialize(SPECS, 3);
      const tensors = lazyOf(await saved.toCheckpoint());
      const load = (read: () => Promise<CheckpointTensor>) =>
        Parameters.load(SPECS, new Map([...tensors, ["norm", { ...tensors.get("norm")!, read }]]));
      await expect(load(async () => fail("FILE_CORRUPT", "cut off"))).rejects.toThrow(refusal("FILE_CORRUPT"));
      await expect(load(async () => f32([3], 1, 2, 3))).rejects.toThrow(
        /"norm" was read as float32 \[3\], where float32 \[2\] was announced/,
      );
      await expect(load(async () => ({ dtype: "int32", shape: [2], data: Int32Array.of(1, 2) }))).rejects.toThrow(
        refusal("CHECKPOINT_MISMATCH"),
      );
    }));

  it("want a seed where it is needed, and only there", async () => {
    const [checkpoint] = (await misfits()) as [LazyCheckpoint];
    await expect(Parameters.load(SPECS, checkpoint, { strict: false })).rejects.toThrow(/strict: false`, seed must be a whole number/);
    await expect(Parameters.load(SPECS, checkpoint, { seed: 1 })).rejects.toThrow(refusal("INVALID_ARGUMENT"));
    await expect(Parameters.load(SPECS, checkpoint, { lenient: true } as never)).rejects.toThrow(refusal("UNKNOWN_OPTION"));
    expect(() => Parameters.fromCheckpoint(SPECS, new Map(), { strict: false } as never)).toThrow(refusal("UNKNOWN_OPTION"));
  });
});
