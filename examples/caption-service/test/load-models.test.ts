import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { Clip, Gpt2Tokenizer } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";
import { loadModels, type ModelSources } from "../src/load-models";
import { image } from "./serve";
import { saveTinyModels } from "./tiny-models";

let folder: string;
beforeAll(async () => {
  await startBackend("cpu");
  folder = await saveTinyModels(scratchFolder("file"));
});

/** A copy of the captioner's folder that may be changed. */
function copy(): string {
  const to = join(scratchFolder(), "model");
  cpSync(folder, to, { recursive: true });
  return to;
}

/** What a captioner says of an image; nothing is left of it. */
async function captionOf(sources: ModelSources): Promise<string[]> {
  const before = tf.memory().numTensors;
  const models = await loadModels(sources);
  try {
    models.captioner.tokenizer = models.tokenizer;
    return await models.captioner.captionImages([image(1)]);
  } finally {
    models.dispose();
    expect(tf.memory().numTensors).toBe(before);
  }
}

describe("loadModels", () => {
  it("takes the encoder beside the captioner, or another one, and a tokenizer from elsewhere", async () => {
    const usual = await captionOf({ model: folder });
    const other = scratchFolder();
    const tower = { width: 16, layers: 1, heads: 2 };
    const clip = Clip.fromConfig(
      { embedDim: 8, image: { ...tower, size: 16, patch: 8 }, text: { ...tower, vocabSize: 9, contextLength: 4 } },
      7,
    );
    await clip.save(other).finally(() => clip.dispose());
    expect(await captionOf({ model: folder, clip: other })).not.toEqual(usual);
    const bare = copy();
    rmSync(join(bare, "tokenizer.json"));
    rmSync(join(bare, "encoder"), { recursive: true });
    expect(await captionOf({ model: bare, clip: join(folder, "encoder"), tokenizer: folder })).toEqual(usual);
  });

  it("predicts only the tokens that the config.json of the demo names", async () => {
    const demo = copy();
    const path = join(demo, "config.json");
    const config = JSON.parse(readFileSync(path, "utf8"));
    const letters = Gpt2Tokenizer.fromBpe({ merges: [] }).encode("xyz.");
    writeFileSync(path, JSON.stringify({ ...config, model_type: "clipcap", vocabulary: letters }));
    const [caption] = await captionOf({ model: demo });
    expect(caption).toMatch(/^[xyz]*\.?$/);
    expect(caption).not.toBe("");
  });

  it("says what is missing, and leaves nothing", async () => {
    const before = tf.memory().numTensors;
    const alone = copy();
    rmSync(join(alone, "encoder"), { recursive: true });
    await expect(loadModels({ model: alone })).rejects.toThrow(
      /brings no image encoder: say which CLIP it was trained with, with --clip\.$/,
    );
    const silent = copy();
    rmSync(join(silent, "tokenizer.json"));
    await expect(loadModels({ model: silent })).rejects.toThrow(/has no tokenizer of GPT-2: say where one is, with --tokenizer\.$/);
    const empty = join(scratchFolder(), "empty");
    mkdirSync(empty);
    await expect(loadModels({ model: empty })).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
    await expect(loadModels({ model: folder, clip: folder })).rejects.toMatchObject({ code: "CHECKPOINT_MISMATCH" });
    expect(tf.memory().numTensors).toBe(before);
  });
});
