import { rm } from "node:fs/promises";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { Clip } from "../clip";
import { Gpt2 } from "../gpt2";
import { Siglip } from "../siglip";
import { imageTextFromPretrained } from "./load-either";

let folder: string;
beforeAll(async () => {
  await startBackend("cpu");
  folder = scratchFolder("file");
});

const tower = { width: 64, layers: 1, heads: 1 }; // 64 a head, as shapes alone say it
const image = { ...tower, size: 8, patch: 4 };
const text = { ...tower, vocabSize: 10, contextLength: 6 };

describe("imageTextFromPretrained", () => {
  it.each([
    ["clip", () => Clip.fromConfig({ embedDim: 8, image, text }, 1), Clip],
    ["siglip", () => Siglip.fromConfig({ image, text }, 1), Siglip],
  ] as const)("loads a %s, by its configuration or by the names of its arrays", async (name, make, Class) => {
    const before = tf.memory().numTensors;
    const made = make();
    const path = join(folder, name);
    await made.save(path);
    const first = made.parameters.specs[0]!.name;
    for (const described of [true, false]) {
      if (!described) await rm(join(path, "config.json"));
      const loading = imageTextFromPretrained(path);
      if (!described && name === "clip") {
        await expect(loading).rejects.toThrow("doesn't tell its activation"); // known as CLIP, of which names don't tell all
        continue;
      }
      const model = await loading;
      expect(model).toBeInstanceOf(Class);
      expect(await model.parameters.get(first).data()).toEqual(await made.parameters.get(first).data());
      model.dispose();
    }
    made.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses another model", async () => {
    const path = join(folder, "gpt2");
    const gpt2 = Gpt2.fromConfig({ vocabSize: 8, contextLength: 8, width: 8, layers: 1, heads: 2 }, 1);
    await gpt2.save(path).finally(() => gpt2.dispose());
    await expect(imageTextFromPretrained(path)).rejects.toMatchObject({
      code: "CHECKPOINT_MISMATCH",
      message: `${path} is a model of type "gpt2", neither "clip" nor "siglip".`,
    });
  });
});
