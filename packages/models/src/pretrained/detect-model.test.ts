import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { clipFolder, newFolder, tower } from "../../test/model-folders";
import { ClipCap, detectModel, encodeSafetensors, Gpt2, SentenceBert, Siglip } from "../index";

const text = { ...tower, vocabSize: 10, contextLength: 6 };
beforeAll(() => startBackend("cpu"));
const fixture = (name: string) => new URL(`../fixtures/${name}`, import.meta.url).pathname;

it("tells each model that was saved", async () => {
  const gpt2 = { ...tower, vocabSize: 10, contextLength: 6 };
  const made = {
    siglip: Siglip.fromConfig({ image: { ...tower, size: 8, patch: 4 }, text }, 1),
    gpt2: Gpt2.fromConfig(gpt2, 1),
    clipcap: ClipCap.fromConfig({ prefixSize: 8, prefixLength: 2, gpt2 }, 1),
    bert: SentenceBert.fromConfig(text, 1),
  };
  const tensors = tf.memory().numTensors;
  for (const [name, model] of Object.entries(made)) {
    const folder = await newFolder();
    await model.save(folder);
    expect(await detectModel(folder)).toBe(name);
  }
  expect(tf.memory().numTensors).toBe(tensors);
  for (const model of Object.values(made)) model.dispose();
  expect(await detectModel((await clipFolder()).folder)).toBe("clip");
});

it("tells the models of checkpoints by their names", async () => {
  expect(await detectModel(fixture("keys-openclip.safetensors"))).toBe("clip");
  expect(await detectModel(fixture("keys-openai.pt"))).toBe("clip");
  expect(await detectModel(fixture("keys-siglip.safetensors"))).toBe("siglip");
  expect(await detectModel(fixture("keys-rsdix.ckpt"))).toBe("clipcap"); // and not the encoder inside
  const bytes = await readFile(fixture("keys-rsdix.ckpt"));
  expect(await detectModel([new File([bytes], "last.ckpt")])).toBe("clipcap");
});

it("refuses what is none", async () => {
  const folder = await newFolder({ "config.json": '{"model_type":"llama"}' });
  const array = { dtype: "float32" as const, shape: [1], data: Float32Array.of(1) };
  await writeFile(join(folder, "model.safetensors"), encodeSafetensors(new Map([["w", array]])));
  await expect(detectModel(folder)).rejects.toMatchObject({
    code: "CHECKPOINT_MISMATCH",
    message: expect.stringContaining('is of a model of type "llama". Those known are: clip, siglip, gpt2, bert.'),
  });
  await expect(detectModel(new Blob([encodeSafetensors(new Map([["w", array]]))]))).rejects.toMatchObject({
    code: "CHECKPOINT_MISMATCH",
    message: expect.stringContaining("is no model that is known."),
  });
  await expect(detectModel(folder, { strict: false } as never)).rejects.toMatchObject({ code: "UNKNOWN_OPTION" });
  await expect(detectModel("/nowhere")).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
});
