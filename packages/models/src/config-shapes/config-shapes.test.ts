import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { fromHuggingFace } from "../checkpoint/keys/hugging-face";
import type { LayoutName, ModelType } from "../checkpoint/keys/key-table";
import type { LazyCheckpoint, LazyTensor } from "../checkpoint/lazy-checkpoint";
import { lazyOf } from "../checkpoint/lazy-checkpoint";
import { parseSafetensors } from "../checkpoint/safetensors";
import { CLIP_VIT_B_16, CLIP_VIT_B_32, CLIP_VIT_L_14, CLIP_VIT_L_14_336, type ClipConfig, resolveClipConfig } from "../clip-config";
import { clipParameters } from "../clip-parameters";
import { type ClipCapConfig, resolveClipCapConfig } from "../clipcap-config";
import { clipCapParameters } from "../clipcap-mapper";
import { openClipConfigFrom } from "../config-files/open-clip-file";
import keys from "../fixtures/keys.json";
import { GPT2, GPT2_LARGE, GPT2_MEDIUM, GPT2_XL, resolveGpt2Config } from "../gpt2-config";
import { gpt2Parameters } from "../gpt2-parameters";
import type { ParameterSpec } from "../initialize";
import { resolveSiglipConfig, SIGLIP_B_16 } from "../siglip-config";
import { siglipParameters } from "../siglip-parameters";
import { clipConfigOf, siglipConfigOf } from "./clip-shapes";
import { clipCapConfigOf, gpt2ConfigOf } from "./gpt2-shapes";

/** A model's arrays in a layout, of which only the shapes are there. */
function shapesOf(specs: readonly ParameterSpec[], model: ModelType, layout: LayoutName): LazyCheckpoint {
  const arrays = specs.map(({ name, shape, transposed }): [string, LazyTensor] => {
    return [name, { dtype: "F32", shape: transposed ? [...shape].reverse() : shape, read: () => Promise.reject(new Error("read")) }];
  });
  return fromHuggingFace(new Map(arrays), { model, layout }).tensors;
}

const clipShapes = (config: ClipConfig, layout: LayoutName) => shapesOf(clipParameters(resolveClipConfig(config)), "clip", layout);

describe("clipConfigOf", () => {
  const named = { CLIP_VIT_B_32, CLIP_VIT_B_16, CLIP_VIT_L_14, CLIP_VIT_L_14_336 };

  it.each(Object.entries(named))("tells %s from its shapes, in every layout", (_, config) => {
    const known = resolveClipConfig(config);
    expect(resolveClipConfig(clipConfigOf(clipShapes(config, "rsdix")))).toEqual(known);
    expect(resolveClipConfig(clipConfigOf(clipShapes(config, "huggingface"), { activation: "quickGelu" }))).toEqual(known);
    const largest = { ...known, text: { ...known.text, pooling: "largestId" } };
    expect(resolveClipConfig(clipConfigOf(clipShapes(config, "openai"), { layout: "openai" }))).toEqual(largest);
    expect(resolveClipConfig(clipConfigOf(clipShapes(config, "openclip"), { activation: "quickGelu" }))).toEqual(largest);
  });

  it("takes what shapes don't tell", () => {
    const file = lazyOf(parseSafetensors(readFileSync(new URL("../fixtures/keys-openclip.safetensors", import.meta.url))).tensors);
    const { config } = openClipConfigFrom({ model_cfg: keys.openclip.model_cfg });
    const told = clipConfigOf(file, { activation: "gelu", imageHeads: 3, textHeads: 2 });
    expect(resolveClipConfig(told)).toEqual(resolveClipConfig(config as ClipConfig));
    expect(() => clipConfigOf(file, { activation: "gelu", textHeads: 2 })).toThrow(
      /heads a width of 12 has can't be told.*Give imageHeads/,
    );
    expect(() => clipConfigOf(file, { imageHeads: 3, textHeads: 2 })).toThrow(/layout "openclip" doesn't tell its activation/);
    expect(() => clipConfigOf(file, { imageHeads: 3, textHeads: 2 })).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => clipConfigOf(file, { activation: "gelu", imageHeads: 5, textHeads: 2 })).toThrow(/multiple of image.heads/);
    expect(() => clipConfigOf(file, { activation: "gelu", imageHeads: 1.5, textHeads: 2 })).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => clipConfigOf(file, { heads: 3 } as never)).toThrow(refusal("UNKNOWN_OPTION"));
  });

  it("never guesses the heads of towers wider than ViT-L's", () => {
    const huge = { ...CLIP_VIT_L_14, image: { ...CLIP_VIT_L_14.image, width: 1280, heads: 16 } };
    expect(() => clipConfigOf(clipShapes(huge, "rsdix"))).toThrow(/heads a width of 1280 has/);
    expect(clipConfigOf(clipShapes(huge, "rsdix"), { imageHeads: 16 }).image.heads).toBe(16);
  });

  it("refuses checkpoints with a part missing or of impossible shapes", () => {
    const change = (name: string, shape?: number[]) => {
      const file = new Map(clipShapes(CLIP_VIT_B_32, "rsdix"));
      if (shape) file.set(`_student.${name}`, { ...file.get(`_student.${name}`)!, shape });
      else file.delete(`_student.${name}`);
      return () => clipConfigOf(file);
    };
    const table = "vision_model.embeddings.position_embedding.weight";
    expect(change(table)).toThrow(/has no "vision_model.embeddings.position_embedding.weight"/);
    expect(change(table, [51, 768])).toThrow(/has 50 patches, which are no square/);
    expect(change(table, [1, 768])).toThrow(refusal("CHECKPOINT_MISMATCH"));
    expect(change(table, [50])).toThrow(/should have 2 dimensions/);
    expect(change("visual_projection.weight", [0, 768])).toThrow(refusal("CHECKPOINT_MISMATCH"));
    expect(change("text_model.encoder.layers.0.mlp.fc1.weight")).toThrow(/no "text_model.encoder.layers.0.mlp.fc1.weight"/);
    expect(() => clipConfigOf(new Map())).toThrow(refusal("CHECKPOINT_MISMATCH"));
    expect(() => clipConfigOf(shapesOf(gpt2Parameters(resolveGpt2Config({})), "gpt2", "bare"))).toThrow(/as clip: it holds gpt2/);
  });
});

describe("siglipConfigOf", () => {
  it("tells SIGLIP_B_16 from its shapes", () => {
    const shapes = (layout: LayoutName) => shapesOf(siglipParameters(resolveSiglipConfig(SIGLIP_B_16)), "siglip", layout);
    for (const layout of ["rsdix", "huggingface"] as const) {
      expect(resolveSiglipConfig(siglipConfigOf(shapes(layout)))).toEqual(resolveSiglipConfig(SIGLIP_B_16));
    }
    expect(() => siglipConfigOf(shapes("openclip"))).toThrow(refusal("INVALID_ARGUMENT"));
    expect(siglipConfigOf(shapes("openclip"), { activation: "gelu" }).image).toMatchObject({ heads: 12, size: 224, activation: "gelu" });
  });
});

describe("gpt2ConfigOf", () => {
  it.each(Object.entries({ GPT2, GPT2_MEDIUM, GPT2_LARGE, GPT2_XL }))("tells %s from its shapes", (_, config) => {
    for (const layout of ["huggingface", "bare"] as const) {
      const shapes = shapesOf(gpt2Parameters(resolveGpt2Config(config)), "gpt2", layout);
      expect(resolveGpt2Config(gpt2ConfigOf(shapes))).toEqual(resolveGpt2Config(config));
    }
  });

  it("takes heads where the width isn't GPT-2's", () => {
    const shapes = shapesOf(gpt2Parameters(resolveGpt2Config({ width: 48, heads: 4, layers: 3, mlpWidth: 50 })), "gpt2", "huggingface");
    expect(() => gpt2ConfigOf(shapes)).toThrow(/Give heads/);
    expect(gpt2ConfigOf(shapes, { heads: 4 })).toMatchObject({ width: 48, heads: 4, layers: 3, mlpWidth: 50 });
    expect(() => gpt2ConfigOf(shapes, { role: "student" } as never)).toThrow(refusal("UNKNOWN_OPTION"));
  });
});

describe("clipCapConfigOf", () => {
  const gpt2 = { vocabSize: 9, contextLength: 32, width: 64, layers: 2, heads: 1 };
  const configs: ClipCapConfig[] = [
    { prefixSize: 12, prefixLength: 5, gpt2 },
    { prefixSize: 12, prefixLength: 5, gpt2, mapper: { clipLength: 3, layers: 2, heads: 8 } },
  ];

  const captionerShapes = (config: ClipCapConfig, layout: LayoutName) => {
    const resolved = resolveClipCapConfig(config);
    return shapesOf(clipCapParameters(resolved), "clipcap", layout);
  };

  it.each(configs)("tells a captioner from its shapes: $mapper", (config) => {
    const shapes = captionerShapes(config, "rsdix");
    expect(resolveClipCapConfig(clipCapConfigOf(shapes))).toEqual(resolveClipCapConfig(config));
    expect(gpt2ConfigOf(shapes)).toEqual(clipCapConfigOf(shapes).gpt2);
  });

  it("takes the mapper's heads, of a transformer only", () => {
    const [mlp, transformer] = configs.map((config) => captionerShapes(config, "huggingface"));
    expect(clipCapConfigOf(transformer!, { mapperHeads: 4 }).mapper).toEqual({ clipLength: 3, layers: 2, heads: 4 });
    expect(() => clipCapConfigOf(mlp!, { mapperHeads: 4 })).toThrow(/mapperHeads is given, but/);
    const odd = new Map(mlp!);
    odd.set("clip_project.model.2.weight", { ...odd.get("clip_project.model.2.weight")!, shape: [65, 7] });
    expect(() => clipCapConfigOf(odd)).toThrow(/has 65 rows, no multiple of GPT-2's width 64/);
    expect(() => clipCapConfigOf(odd)).toThrow(refusal("CHECKPOINT_MISMATCH"));
  });
});
