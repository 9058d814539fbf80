import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { expectNoLeak, onEachBackend } from "../../../../../test/tensors";
import { openAiFile, openClipFile, rsdixFile, siglipFile } from "../../../test/layout-files";
import golden from "../../fixtures/keys.json";
import {
  Clip,
  ClipCap,
  type ClipConfig,
  clipCapConfigOf,
  clipConfigFrom,
  clipConfigOf,
  Gpt2,
  openClipConfigFrom,
  SentenceBert,
  Siglip,
  type SiglipConfig,
} from "../../index";
import type { CheckpointTensor } from "../checkpoint";
import { readAll } from "../lazy-checkpoint";
import { fromHuggingFace, toHuggingFace } from "./hugging-face";
import { detectLayout } from "./layouts";

const openClip = (changes: object = {}) =>
  openClipConfigFrom({ model_cfg: { ...golden.openclip.model_cfg, ...changes } }).config as ClipConfig;
const rsdixConfig = clipConfigFrom(golden.rsdix.config);

/** Both embeddings of the golden inputs, on the host. */
function embed(config: ClipConfig, checkpoint: ReadonlyMap<string, CheckpointTensor>, ids: readonly number[]): Float32Array[] {
  return expectNoLeak(() => {
    const clip = Clip.fromCheckpoint(config, checkpoint);
    const tokens = { ids: Int32Array.from(ids), shape: [2, 7] as [number, number] };
    const both = tf.tidy(() =>
      [clip.encodeImage(tf.tensor4d(golden.pixels, [2, 3, 8, 8])), clip.encodeText(tokens)].map((t) => t.dataSync<"float32">().slice()),
    );
    clip.dispose();
    return both;
  });
}

onEachBackend("A CLIP in another layout gives the reference's embeddings", () => {
  it("from open_clip", async () => {
    const { tensors, layout, unknown, ignored, elsewhere } = toHuggingFace(openClipFile());
    expect({ layout, unknown, ignored, elsewhere }).toEqual({
      layout: { model: "clip", layout: "openclip", prefix: "" },
      ...{ unknown: [], ignored: [], elsewhere: [] },
    });
    const [image, text] = embed(openClip(), await readAll(tensors), golden.openclip.ids);
    expect(image!).toBeAllclose(golden.openclip.image, { rtol: 1e-5, atol: 2e-6 });
    expect(text!).toBeAllclose(golden.openclip.text, { rtol: 1e-5, atol: 2e-6 });
  });

  it("from OpenAI, in half precision and with sizes among the arrays", async () => {
    const { tensors, layout, ignored } = toHuggingFace(await openAiFile());
    expect(layout.layout).toBe("openai");
    expect(ignored).toEqual(["input_resolution", "context_length", "vocab_size"]);
    const [image, text] = embed(openClip({ quick_gelu: true }), await readAll(tensors), golden.openai.ids);
    expect(image!).toBeAllclose(golden.openai.image, { rtol: 1e-5, atol: 2e-6 });
    expect(text!).toBeAllclose(golden.openai.text, { rtol: 1e-5, atol: 2e-6 });
  });

  it.each(["student", "teacher"] as const)("from RSDiX: the %s", async (role) => {
    const file = await rsdixFile();
    const { tensors, layout, unknown, elsewhere } = toHuggingFace(file, { model: "clip", role });
    expect(layout).toEqual({ model: "clip", layout: "rsdix", prefix: `_forward_module._clip_encoder._${role}.`, role });
    expect(unknown).toEqual([]);
    expect(elsewhere.length + tensors.size).toBe(file.size);
    const [image, text] = embed(rsdixConfig, await readAll(tensors), golden.rsdix.ids);
    expect(image!).toBeAllclose(golden.rsdix[role].image, { rtol: 1e-5, atol: 2e-6 });
    expect(text!).toBeAllclose(golden.rsdix[role].text, { rtol: 1e-5, atol: 2e-6 });
  });
});

onEachBackend("A SigLIP of open_clip gives the reference's embeddings", () => {
  it("with its vision tower from timm", async () => {
    const { tensors, layout, unknown } = toHuggingFace(siglipFile());
    expect({ layout, unknown }).toEqual({ layout: { model: "siglip", layout: "openclip", prefix: "" }, unknown: [] });
    const checkpoint = await readAll(tensors);
    const tower = { width: 12, layers: 2, heads: 3 };
    const config: SiglipConfig = {
      image: { ...tower, size: 8, patch: 4, mlpWidth: 24 },
      text: { ...tower, vocabSize: 20, contextLength: 6 },
    };
    expectNoLeak(() => {
      const siglip = Siglip.fromCheckpoint(config, checkpoint);
      const tokens = { ids: Int32Array.from(golden.siglip.ids), shape: [2, 6] as [number, number] };
      const [image, text] = tf.tidy(() =>
        [siglip.encodeImage(tf.tensor4d(golden.pixels, [2, 3, 8, 8])), siglip.encodeText(tokens)].map((t) => t.dataSync().slice()),
      );
      siglip.dispose();
      expect(image!).toBeAllclose(golden.siglip.image, { rtol: 1e-5, atol: 2e-6 });
      expect(text!).toBeAllclose(golden.siglip.text, { rtol: 1e-5, atol: 2e-6 });
    });
  });
});

onEachBackend("A captioner of RSDiX", () => {
  it("loads without a configuration file", async () => {
    const file = await rsdixFile();
    const config = clipCapConfigOf(file, { heads: 2 });
    const { tensors, ignored } = toHuggingFace(file, { model: "clipcap" });
    expect(ignored).toEqual(["_forward_module._clipcap.gpt.lm_head.weight"]);
    const clip = clipConfigOf(file, { imageHeads: 2, textHeads: 2 });
    expect(config).toMatchObject({ prefixSize: clip.embedDim, prefixLength: 3, gpt2: { vocabSize: 17, contextLength: 16, mlpWidth: 24 } });
    const checkpoint = await readAll(tensors);
    expectNoLeak(() => {
      const captioner = ClipCap.fromCheckpoint(config, checkpoint);
      expect(tf.tidy(() => captioner.prefix(tf.ones([2, 6])).shape)).toEqual([2, 3, 16]);
      captioner.dispose();
    });
  });
});

onEachBackend("The tables", () => {
  it("have every name of the models", () => {
    const gpt2 = { width: 2, layers: 1, heads: 1, vocabSize: 9, contextLength: 64 };
    const towers = {
      image: { width: 2, layers: 1, heads: 1, size: 4, patch: 2 },
      text: { width: 2, layers: 1, heads: 1, vocabSize: 9, contextLength: 4 },
    };
    const models = [
      ["clip", "rsdix", Clip.fromConfig(rsdixConfig, 1)],
      ["clipcap", "rsdix", ClipCap.fromConfig({ prefixSize: 4, gpt2 }, 1)],
      ["clipcap", "huggingface", ClipCap.fromConfig({ prefixSize: 4, gpt2, mapper: { layers: 2, heads: 1 } }, 1)],
      ["siglip", "rsdix", Siglip.fromConfig(towers, 1)],
      ["gpt2", "bare", Gpt2.fromConfig(gpt2, 1)],
      ["bert", "gamma", SentenceBert.fromConfig(gpt2, 1)],
    ] as const;
    for (const [model, layout, { parameters }] of models) {
      const arrays = parameters.specs.map(({ name, shape, transposed }) => {
        return [name, { dtype: "F32", shape: transposed ? [...shape].reverse() : shape, read: () => Promise.reject() }] as const;
      });
      const { tensors, unknown } = fromHuggingFace(new Map(arrays), { model, layout });
      expect(unknown, model).toEqual([]);
      expect(detectLayout(tensors.keys()), model).toMatchObject([{ model, layout }]);
      parameters.dispose();
    }
  });
});
