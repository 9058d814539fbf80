import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { expectNoLeak, onEachBackend } from "../../../../../test/tensors";
import golden from "../../fixtures/keys.json";
import {
  Clip,
  ClipCap,
  type ClipConfig,
  clipConfigFrom,
  Gpt2,
  openClipConfigFrom,
  parseSafetensors,
  readTorchCheckpoint,
  SentenceBert,
  Siglip,
  type SiglipConfig,
} from "../../index";
import type { CheckpointTensor } from "../checkpoint";
import { type LazyCheckpoint, lazyOf, readAll } from "../lazy-checkpoint";
import { fromHuggingFace, toHuggingFace } from "./hugging-face";
import { detectLayout } from "./layouts";

const code = (value: string) => expect.objectContaining({ code: value });
const fixture = (name: string) => readFileSync(new URL(`../../fixtures/${name}`, import.meta.url));
const openClipFile = () => lazyOf(parseSafetensors(fixture("keys-openclip.safetensors")).tensors);
const siglipFile = () => lazyOf(parseSafetensors(fixture("keys-siglip.safetensors")).tensors);

async function torchFile(name: string): Promise<LazyCheckpoint> {
  return (await readTorchCheckpoint(new Blob([fixture(name)]))).tensors;
}

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
    const { tensors, layout, ignored } = toHuggingFace(await torchFile("keys-openai.pt"));
    expect(layout.layout).toBe("openai");
    expect(ignored).toEqual(["input_resolution", "context_length", "vocab_size"]);
    const [image, text] = embed(openClip({ quick_gelu: true }), await readAll(tensors), golden.openai.ids);
    expect(image!).toBeAllclose(golden.openai.image, { rtol: 1e-5, atol: 2e-6 });
    expect(text!).toBeAllclose(golden.openai.text, { rtol: 1e-5, atol: 2e-6 });
  });

  it.each(["student", "teacher"] as const)("from RSDiX: the %s", async (role) => {
    const file = await torchFile("keys-rsdix.ckpt");
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

describe("toHuggingFace", () => {
  it("finds every model of a file, and the one that is meant", async () => {
    const file = await torchFile("keys-rsdix.ckpt");
    const models = detectLayout(file.keys()).map(({ model, layout, prefix }) => `${model} ${layout} ${prefix}`);
    expect(models.sort()).toEqual([
      "clip rsdix _forward_module._clip_encoder._student.",
      "clip rsdix _forward_module._clip_encoder._teacher.",
      "clipcap rsdix _forward_module._clipcap.",
    ]);
    expect(() => toHuggingFace(file)).toThrow(/several models: clip.*student.*clipcap.*Choose by model, layout, role or prefix/);
    expect(() => toHuggingFace(file)).toThrow(code("INVALID_ARGUMENT"));
    expect(toHuggingFace(file, { model: "clip" }).layout.role).toBe("student");
    expect(toHuggingFace(file, { prefix: "_forward_module._clip_encoder._teacher.", role: "teacher" }).layout.role).toBe("teacher");
    const gpt2 = toHuggingFace(file, { model: "gpt2" });
    expect(gpt2.layout).toEqual({ model: "gpt2", layout: "huggingface", prefix: "_forward_module._clipcap.gpt." });
    expect(gpt2.ignored).toEqual(["_forward_module._clipcap.gpt.lm_head.weight"]);
    expect(() => toHuggingFace(file, { model: "bert" })).toThrow(/no model that is known as bert: it holds .*clipcap/);
    expect(() => toHuggingFace(file, { model: "siglip" })).toThrow(code("CHECKPOINT_MISMATCH"));
  });

  it("loads a captioner", async () => {
    const { tensors, ignored } = toHuggingFace(await torchFile("keys-rsdix.ckpt"), { model: "clipcap" });
    const gpt2 = { vocabSize: 17, contextLength: 16, width: 16, layers: 1, heads: 2, mlpWidth: 24 };
    ClipCap.fromCheckpoint({ prefixSize: 6, prefixLength: 3, gpt2 }, await readAll(tensors)).dispose();
    expect(ignored).toEqual(["_forward_module._clipcap.gpt.lm_head.weight"]);
  });

  it("splits an array in one reading, and gives memory of the caller's own", async () => {
    let reads = 0;
    const values = Float32Array.from({ length: 24 }, (_, i) => i);
    const weight = {
      dtype: "F16",
      shape: [12, 2],
      async read() {
        reads++;
        return { dtype: "float32" as const, shape: [12, 2], data: values.slice() };
      },
    };
    const file = new Map([...openClipFile()]);
    file.set("visual.transformer.resblocks.0.attn.in_proj_weight", weight);
    const { tensors } = toHuggingFace(file);
    const part = (name: string) => tensors.get(`vision_model.encoder.layers.0.self_attn.${name}_proj.weight`)!;
    expect({ ...part("q"), read: undefined }).toEqual({ dtype: "F16", shape: [4, 2], read: undefined });
    const [q, k, v] = [await part("q").read(), await part("k").read(), await part("v").read()];
    expect(reads).toBe(1);
    expect([...q.data, ...k.data, ...v.data]).toEqual([...values]);
    q.data.fill(99);
    expect((await part("q").read()).data[0]).toBe(0);
  });

  it("keeps what it doesn't know, and says so", () => {
    const file = new Map(openClipFile());
    const extra = { dtype: "F32", shape: [1], read: async () => ({ dtype: "float32" as const, shape: [1], data: new Float32Array(1) }) };
    file.set("visual.transformer.resblocks.0.ls_1.gamma", extra);
    file.set("visual.head.weight", extra);
    const { tensors, unknown } = toHuggingFace(file);
    expect(unknown).toEqual(["visual.transformer.resblocks.0.ls_1.gamma", "visual.head.weight"]);
    expect(tensors.get("visual.head.weight")).toBe(extra);
  });

  it("tells OpenAI's layout from open_clip's only by its sizes, and takes a choice", () => {
    expect(detectLayout(openClipFile().keys())).toEqual([{ model: "clip", layout: "openclip", prefix: "" }]);
    expect(toHuggingFace(openClipFile(), { layout: "openai" }).layout.layout).toBe("openai");
    expect(() => toHuggingFace(openClipFile(), { layout: "huggingface" })).toThrow(code("CHECKPOINT_MISMATCH"));
  });

  it("refuses shapes that don't fit, repeated names and wrong choices", async () => {
    const change = (name: string, shape: number[]) => {
      const file = new Map(openClipFile());
      return file.set(name, { ...file.get(name)!, shape });
    };
    expect(() => toHuggingFace(change("visual.transformer.resblocks.1.attn.in_proj_bias", [35]))).toThrow(
      /multiple of 3 rows, got .*\[35\]/,
    );
    expect(() => toHuggingFace(change("text_projection", [8]))).toThrow(/"text_projection" should be a matrix/);
    expect(() => toHuggingFace(change("text_projection", [8]))).toThrow(code("CHECKPOINT_MISMATCH"));
    const twice = new Map(openClipFile());
    for (const [name, tensor] of toHuggingFace(openClipFile()).tensors) twice.set(name, tensor);
    expect(() => toHuggingFace(twice, { layout: "openclip" })).toThrow(/in two layouts at once/);
    expect(() => toHuggingFace(twice, { layout: "openclip" })).toThrow(code("CHECKPOINT_MISMATCH"));
    expect(() => toHuggingFace(new Map())).toThrow(code("CHECKPOINT_MISMATCH"));
    expect(() => toHuggingFace(openClipFile(), { model: "vit" as never })).toThrow(/model must be one of clipcap, clip/);
    expect(() => toHuggingFace(openClipFile(), { role: "both" as never })).toThrow(code("INVALID_ARGUMENT"));
    expect(() => toHuggingFace(openClipFile(), { name: "clip" } as never)).toThrow(code("UNKNOWN_OPTION"));
  });

  it("refuses an output matrix that isn't the token table, when it is read", async () => {
    const file = new Map(await torchFile("keys-rsdix.ckpt"));
    const name = "_forward_module._clipcap.gpt.lm_head.weight";
    const other = {
      dtype: "float16",
      shape: [17, 16],
      read: async () => ({ dtype: "float32" as const, shape: [17, 16], data: new Float32Array(272) }),
    };
    const { tensors } = toHuggingFace(file.set(name, other), { model: "clipcap" });
    await expect(tensors.get("gpt.transformer.wte.weight")!.read()).rejects.toThrow(code("CHECKPOINT_MISMATCH"));
    await expect(tensors.get("gpt.transformer.wte.weight")!.read()).rejects.toThrow(
      /lm_head.weight" differs from the token table \("gpt.transformer.wte/,
    );
    expect(() => toHuggingFace(file.set(name, { ...other, shape: [18, 16] }), { model: "clipcap" })).toThrow(code("CHECKPOINT_MISMATCH"));
  });

  it("refuses files of absurdly many arrays or prefixes at once", () => {
    const array = openClipFile().get("logit_scale")!;
    const many = (count: number, name: (i: number) => string) =>
      new Map(Array.from({ length: count }, (_, i) => [name(i), array] as const));
    expect(() => toHuggingFace(many(20_001, (i) => `a.${i}`))).toThrow(/20001 arrays, more than the 20000/);
    expect(() => toHuggingFace(many(20_000, (i) => `${"a.".repeat(i % 20)}visual.class_embedding`))).toThrow(/More than 16 prefixes/);
  });
});

describe("fromHuggingFace", () => {
  it("writes a SigLIP that open_clip reads", async () => {
    const back = fromHuggingFace(toHuggingFace(siglipFile()).tensors, { model: "siglip", layout: "openclip" });
    expect(await readAll(back.tensors)).toEqual(await readAll(siglipFile()));
    expect([back.unknown, back.ignored]).toEqual([[], []]);
  });

  it.each(["openclip", "openai"] as const)("writes what %s reads", async (layout) => {
    const { tensors } = toHuggingFace(openClipFile());
    const back = fromHuggingFace(tensors, { model: "clip", layout });
    expect(new Map(await readAll(back.tensors))).toEqual(new Map(await readAll(openClipFile())));
    expect([back.unknown, back.ignored]).toEqual([[], []]);
  });

  it("writes RSDiX's layout, whose output matrix is there twice", async () => {
    const file = await torchFile("keys-rsdix.ckpt");
    const whole = new Map<string, unknown>();
    for (const target of [{ model: "clip", role: "student" }, { model: "clip", role: "teacher" }, { model: "clipcap" }] as const) {
      const { tensors } = fromHuggingFace(toHuggingFace(file, target).tensors, { ...target, layout: "rsdix" });
      for (const [name, tensor] of await readAll(tensors)) whole.set(name.replace(/^_(student|teacher)/, "_clip_encoder._$1"), tensor);
    }
    const expected = [...(await readAll(file))].map(([name, tensor]) => [name.replace("_forward_module.", ""), tensor] as const);
    expect(whole).toEqual(new Map(expected.filter(([name]) => name !== "_dist_loss.T_s")));
  });

  it("has every name of the models, and keeps others", () => {
    const gpt2 = { width: 2, layers: 1, heads: 1, vocabSize: 9, contextLength: 64 };
    const towers = {
      image: { width: 2, layers: 1, heads: 1, size: 4, patch: 2 },
      text: { width: 2, layers: 1, heads: 1, vocabSize: 9, contextLength: 4 },
    };
    const models = [
      ["clip", "rsdix", Clip.fromConfig(rsdixConfig, 1)],
      ["clipcap", "rsdix", ClipCap.fromConfig({ prefixSize: 4, gpt2 }, 1)],
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
    const extra = openClipFile().get("logit_scale")!;
    const { tensors, unknown } = fromHuggingFace(new Map([["extra", extra]]), { model: "clip", layout: "openclip", prefix: "module." });
    expect([[...tensors.keys()], unknown]).toEqual([["module.extra"], ["extra"]]);
  });

  it("refuses targets that there aren't", () => {
    const write = (target: object) => () => fromHuggingFace(new Map(), target as never);
    expect(write({ model: "clip", layout: "openclip", role: "teacher" })).toThrow(/Only RSDiX's layout/);
    expect(write({ model: "gpt2", layout: "openclip" })).toThrow(/layouts of "gpt2" are huggingface, bare/);
    expect(write({ model: "gpt2", layout: "tensorflow" })).toThrow(code("INVALID_ARGUMENT"));
    expect(write({ model: "gpt2", layout: "bare", to: 1 })).toThrow(code("UNKNOWN_OPTION"));
  });
});
