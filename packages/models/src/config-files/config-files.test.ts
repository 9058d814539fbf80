import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { resolveSentenceBertConfig, type SentenceBertConfig } from "../bert-config";
import {
  CLIP_VIT_B_16,
  CLIP_VIT_B_32,
  CLIP_VIT_L_14,
  CLIP_VIT_L_14_336,
  type ClipConfig,
  resolveClipConfig,
  toHuggingFaceClipConfig,
} from "../clip-config";
import { clipParameters } from "../clip-parameters";
import golden from "../fixtures/configs.json";
import { GPT2, GPT2_LARGE, GPT2_MEDIUM, GPT2_XL, type Gpt2Config, resolveGpt2Config, toHuggingFaceGpt2Config } from "../gpt2-config";
import { gpt2Parameters } from "../gpt2-parameters";
import type { ParameterSpec } from "../initialize";
import { bertParameters } from "../sentence-bert";
import { resolveSiglipConfig, SIGLIP_B_16, type SiglipConfig } from "../siglip-config";
import { siglipParameters } from "../siglip-parameters";
import { clipConfigFrom } from "./clip-file";
import { gpt2ConfigFrom } from "./gpt2-file";
import { modelConfigFrom } from "./model-config";
import { openClipConfigFrom } from "./open-clip-file";
import { sentenceBertConfigFrom, sentenceModules } from "./sentence-bert-files";
import { siglipConfigFrom } from "./siglip-file";

/** How many numbers a model has, without taking memory for one of them. */
const count = (specs: readonly ParameterSpec[]) =>
  specs.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
const clipCount = (config: ClipConfig) => count(clipParameters(resolveClipConfig(config)));
const siglipCount = (config: SiglipConfig) => count(siglipParameters(resolveSiglipConfig(config)));
const gpt2Count = (config: Gpt2Config) => count(gpt2Parameters(resolveGpt2Config(config)));

describe("A config.json gives what transformers builds from it", () => {
  it.each(golden.clip.map(({ file, expected, count: total }) => [JSON.stringify(file).slice(0, 60), file, expected, total] as const))(
    "of CLIP: %s",
    (_, file, expected, total) => {
      const config = clipConfigFrom(file);
      expect(config).toEqual(expected);
      expect(clipCount(config)).toBe(total);
      expect(modelConfigFrom(file)).toEqual({ model: "clip", config });
      expect(resolveClipConfig(clipConfigFrom(toHuggingFaceClipConfig(config)))).toEqual(resolveClipConfig(config));
    },
  );

  it.each(golden.siglip)("of SigLIP: $expected.image.width $expected.text.width", ({ file, expected, count: total }) => {
    const config = siglipConfigFrom(file);
    expect(config).toEqual(expected);
    expect(siglipCount(config)).toBe(total);
    expect(modelConfigFrom(file)).toEqual({ model: "siglip", config });
  });

  it.each(golden.gpt2)("of GPT-2: $expected.width", ({ file, expected, count: total }) => {
    const config = gpt2ConfigFrom(file);
    expect(config).toEqual(expected);
    expect(gpt2Count(config)).toBe(total);
    expect(gpt2ConfigFrom(toHuggingFaceGpt2Config(config))).toEqual(config);
  });

  it.each(golden.bert)("of BERT: $expected.width", ({ file, expected, count: total }) => {
    expect(sentenceBertConfigFrom({ config: file }).config).toEqual({ ...expected, normalize: false });
    expect(count(bertParameters(resolveSentenceBertConfig(expected as SentenceBertConfig)))).toBe(total);
    expect(modelConfigFrom(file)).toMatchObject({ model: "bert", maxTokens: expected.contextLength });
  });
});

describe("Named configurations have the published numbers of weights", () => {
  const [b32, , l14x336, l14, b16] = golden.clip.map((one) => one.count);
  it.each([
    ["CLIP_VIT_B_32", clipCount(CLIP_VIT_B_32), b32],
    ["CLIP_VIT_B_16", clipCount(CLIP_VIT_B_16), b16],
    ["CLIP_VIT_L_14", clipCount(CLIP_VIT_L_14), l14],
    ["CLIP_VIT_L_14_336", clipCount(CLIP_VIT_L_14_336), l14x336],
    ["SIGLIP_B_16", siglipCount(SIGLIP_B_16), golden.siglip[0]!.count],
    ...[GPT2, GPT2_MEDIUM, GPT2_LARGE, GPT2_XL].map((config, i) => [`GPT-2 ${i}`, gpt2Count(config), golden.gpt2[i]!.count] as const),
  ] as const)("%s", (_, ours, theirs) => {
    expect(ours).toBe(theirs);
  });
});

describe("openClipConfigFrom", () => {
  interface Case {
    file: unknown;
    expected?: object;
    count?: number;
  }
  const cases = Object.entries(golden.openclip as Record<string, Case>);

  it.each(cases.filter(([, { expected }]) => expected))("gives what open_clip builds: %s", (_, { file, expected, count: total }) => {
    const read = openClipConfigFrom({ model_cfg: file, preprocess_cfg: { mean: [0, 0, 0] } });
    expect(read.config).toEqual(expected);
    expect(read.model === "clip" ? clipCount(read.config) : siglipCount(read.config)).toBe(total);
    expect(modelConfigFrom({ model_cfg: file })).toEqual(read);
  });

  it.each(cases.filter(([, { expected }]) => !expected))("refuses towers that aren't here: %s", (_, { file }) => {
    expect(() => openClipConfigFrom(file)).toThrow(/^open_clip_config.json/);
    expect(() => openClipConfigFrom(file)).toThrow(refusal(expect.stringMatching(/CHECKPOINT_MISMATCH|FILE_CORRUPT/)));
  });

  it("refuses fields that it doesn't know, and architectures that the models here don't have", () => {
    const { file } = golden.openclip["ViT-B-32"];
    const changed = (part: "vision_cfg" | "text_cfg", fields: object) => () =>
      openClipConfigFrom({ ...file, [part]: { ...file[part], ...fields } });
    expect(changed("vision_cfg", { registers: 4 })).toThrow(/"vision_cfg" has "registers", which isn't known here/);
    expect(changed("vision_cfg", { registers: 4 })).toThrow(refusal("FILE_CORRUPT"));
    expect(changed("vision_cfg", { attentional_pool: true })).toThrow(/"attentional_pool": true. Only false is supported/);
    expect(changed("text_cfg", { pool_type: "last" })).toThrow(/pools texts by "last"/);
    expect(changed("text_cfg", { act_kwargs: { approximate: "erf" } })).toThrow(refusal("CHECKPOINT_MISMATCH"));
    expect(changed("text_cfg", { norm_kwargs: { eps: "small" } })).toThrow(refusal("FILE_CORRUPT"));
    expect(changed("vision_cfg", { layers: [3, 4, 6, 3] })).toThrow(/"vision_cfg.layers"/);
    expect(changed("vision_cfg", { timm_model_name: "vit_base_patch8_224" })).toThrow(
      /timm's tower "vit_base_patch8_224". Those known are: vit_base/,
    );
    expect(changed("vision_cfg", { head_width: 7 })).toThrow(refusal("FILE_CORRUPT"));
    expect(changed("text_cfg", { pool_type: "eos", eos_id: 49407 })()).toMatchObject({ config: { text: { endTokenId: 49407 } } });
  });
});

describe("The files of sentence-transformers", () => {
  const step = (type: string, path: string) => ({ idx: 0, name: "0", path, type: `sentence_transformers.models.${type}` });
  const files = {
    config: { model_type: "bert", hidden_size: 384, num_hidden_layers: 6, intermediate_size: 1536 },
    modules: [step("Transformer", ""), step("Pooling", "1_Pooling"), step("Normalize", "2_Normalize")],
    pooling: {
      word_embedding_dimension: 384,
      ...{
        pooling_mode_cls_token: false,
        pooling_mode_mean_tokens: true,
        pooling_mode_max_tokens: false,
        pooling_mode_mean_sqrt_len_tokens: false,
      },
    },
    sentenceBert: { max_seq_length: 256, do_lower_case: false },
  };

  it("give all-MiniLM-L6-v2", () => {
    const { config, maxTokens } = sentenceBertConfigFrom(files);
    expect(resolveSentenceBertConfig(config)).toEqual(resolveSentenceBertConfig({}));
    expect(maxTokens).toBe(256);
    expect(modelConfigFrom(files.config, { modules: files.modules, pooling: { pooling_mode: "mean" } })).toMatchObject({
      model: "bert",
      maxTokens: 512,
    });
    expect(sentenceBertConfigFrom({ ...files, modules: files.modules.slice(0, 2) }).config.normalize).toBe(false);
    expect(sentenceModules(files.modules).map(({ path }) => path)).toEqual(["", "1_Pooling", "2_Normalize"]);
  });

  it("are refused where they ask for what there isn't", () => {
    const read = (change: object) => () => sentenceBertConfigFrom({ ...files, ...change });
    expect(read({ modules: [...files.modules, step("Dense", "3_Dense")] })).toThrow(/has Transformer, Pooling, Normalize, Dense. Only/);
    expect(read({ modules: [] })).toThrow(refusal("CHECKPOINT_MISMATCH"));
    for (const path of ["../secrets", "/etc", "a/b", ".", "C:\\x", "a".repeat(200)]) {
      expect(read({ modules: [step("Transformer", path), step("Pooling", "1_Pooling")] }), path).toThrow(refusal("FILE_CORRUPT"));
    }
    expect(read({ modules: { 0: 1 } })).toThrow(refusal("FILE_CORRUPT"));
    expect(read({ pooling: undefined })).toThrow(/its folder wasn't given/);
    expect(read({ pooling: { ...files.pooling, pooling_mode_cls_token: true } })).toThrow(/pools by cls_token, mean. Only "mean"/);
    expect(read({ pooling: { word_embedding_dimension: 768, pooling_mode_mean_tokens: true } })).toThrow(refusal("CHECKPOINT_MISMATCH"));
    expect(read({ sentenceBert: { max_seq_length: 513 } })).toThrow(/allows 513 tokens, but the model has 512/);
    expect(read({ sentenceBert: { do_lower_case: true } })).toThrow(refusal("CHECKPOINT_MISMATCH"));
    expect(read({ config: { ...files.config, position_embedding_type: "relative_key" } })).toThrow(
      /"position_embedding_type": "relative_key"/,
    );
    expect(read({ config: { ...files.config, model_type: "mpnet" } })).toThrow(/of type "mpnet", where "bert" was expected/);
  });
});

describe("Configuration files are hostile until they are read", () => {
  it("an unknown type is refused with those that are known", () => {
    expect(() => modelConfigFrom({ model_type: "llama" })).toThrow(/type "llama". Those known are: clip, siglip, gpt2, bert/);
    expect(() => modelConfigFrom({ model_type: "llama" })).toThrow(refusal("CHECKPOINT_MISMATCH"));
    expect(() => modelConfigFrom({ model_type: "toString" })).toThrow(refusal("CHECKPOINT_MISMATCH"));
    expect(() => modelConfigFrom({})).toThrow(/neither a model_type nor a model_cfg/);
    for (const file of [null, undefined, "{}", 3, [], { model_type: 1 }])
      expect(() => modelConfigFrom(file)).toThrow(refusal("FILE_CORRUPT"));
  });

  const wrong: readonly (readonly [string, object, string, RegExp])[] = [
    [
      "text for a number",
      { projection_dim: "512" },
      "FILE_CORRUPT",
      /can't be used: "projection_dim" must be a number, got "512"\. Mend it, or get the model's files again\.$/,
    ],
    ["a part", { projection_dim: 1.5 }, "FILE_CORRUPT", /: "projection_dim" must be a whole number, got 1\.5\. Mend/],
    [
      "nothing",
      { vision_config: { num_hidden_layers: 0 } },
      "FILE_CORRUPT",
      /"vision_config", can't be used: "num_hidden_layers" must be at least 1, got 0\./,
    ],
    ["much", { text_config: { vocab_size: 2 ** 40 } }, "FILE_CORRUPT", /"vocab_size" must be at most 16777216, got 1099511627776\./],
    [
      "a list of towers",
      { text_config: [1] },
      "FILE_CORRUPT",
      /"text_config", can't be used: its content must be an object with fields, got \[1\]\./,
    ],
    [
      "oblong images",
      { vision_config: { image_size: [224, 256] } },
      "FILE_CORRUPT",
      /"image_size" must be a whole number from 1 to 16384, or that of a square twice in a list, got \[224,256\]\./,
    ],
    ["words for a size", { vision_config: { image_size: "224" } }, "FILE_CORRUPT", /"image_size" must be a whole .*, got "224"\./],
    ["no file", { model_type: undefined }, "FILE_CORRUPT", /: "model_type" is missing; it must be a text\./],
    ["heads that don't fit", { vision_config: { num_attention_heads: 7 } }, "FILE_CORRUPT", /multiple of image.heads, got 768 and 7/],
    ["an end token that isn't there", { text_config: { vocab_size: 100 } }, "FILE_CORRUPT", /endTokenId/],
    [
      "another activation",
      { vision_config: { hidden_act: "swish" } },
      "CHECKPOINT_MISMATCH",
      /activation "swish". Those known are: quick_gelu/,
    ],
    ["an inherited activation", { vision_config: { hidden_act: "constructor" } }, "CHECKPOINT_MISMATCH", /activation "constructor"/],
    ["depth images", { vision_config: { num_channels: 4 } }, "CHECKPOINT_MISMATCH", /"num_channels": 4. Only 3/],
  ];
  it.each(wrong)("%s is refused", (_, change, expected, message) => {
    expect(() => clipConfigFrom({ model_type: "clip", ...change })).toThrow(message);
    expect(() => clipConfigFrom({ model_type: "clip", ...change })).toThrow(refusal(expected));
  });

  it("square images may be written as two numbers", () => {
    expect(clipConfigFrom({ model_type: "clip", vision_config: { image_size: [64, 64] } }).image.size).toBe(64);
  });

  it("what GPT-2 and SigLIP here don't have is refused", () => {
    for (const change of [
      { scale_attn_by_inverse_layer_idx: true },
      { tie_word_embeddings: false },
      { add_cross_attention: true },
      { activation_function: "relu" },
      { activation_function: "gelu" },
    ]) {
      expect(() => gpt2ConfigFrom({ model_type: "gpt2", ...change }), JSON.stringify(change)).toThrow(refusal("CHECKPOINT_MISMATCH"));
    }
    expect(() => gpt2ConfigFrom({ model_type: "gpt2", scale_attn_weights: 1 })).toThrow(refusal("FILE_CORRUPT"));
    expect(() => siglipConfigFrom({ model_type: "siglip", vision_config: { vision_use_head: false } })).toThrow(
      refusal("CHECKPOINT_MISMATCH"),
    );
    expect(() => siglipConfigFrom({ model_type: "siglip", text_config: { projection_size: 512 } })).toThrow(
      /"projection_size": 512. Only 768/,
    );
    expect(() => siglipConfigFrom({ model_type: "siglip2" })).toThrow(refusal("CHECKPOINT_MISMATCH"));
  });
});
