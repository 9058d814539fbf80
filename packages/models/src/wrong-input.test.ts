import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { onEachBackend } from "../../../test/tensors";
import { withoutLeak } from "../test/leaks";
import { clipConfig, clipFolder, encoded, newFolder, tower } from "../test/model-folders";
import { BertTokenizer, Clip, ClipCap, ClipTokenizer, Gpt2, SentenceBert, Siglip } from "./index";

const siglipConfig = { image: { ...tower, size: 16, patch: 4 }, text: { ...tower, vocabSize: 20, contextLength: 6 } };
const bertConfig = { ...tower, vocabSize: 6, contextLength: 8 };
const noTexts = { ids: new Int32Array(0), shape: [0, 6] as const };

onEachBackend("A batch of nothing", () => {
  it("is refused, of images and of texts", () =>
    withoutLeak(async () => {
      using clip = Clip.fromConfig(clipConfig, 1);
      using siglip = Siglip.fromConfig(siglipConfig, 1);
      using bert = SentenceBert.fromConfig(bertConfig, 1);
      for (const model of [clip, siglip]) {
        const images = () => tf.tidy(() => model.encodeImage(tf.zeros([0, 3, 16, 16])));
        expect(images).toThrow(refusal("EMPTY_DATA", /at least one image, got \[0, 3, 16, 16\]/));
        expect(() => model.encodeText(noTexts)).toThrow(refusal("EMPTY_DATA", /at least one text, got tokens of shape \[0, 6\]/));
      }
      expect(() => bert.encode({ ...noTexts, lengths: new Int32Array(0) })).toThrow(refusal("EMPTY_DATA", /at least one text/));
    }));
});

onEachBackend("A tensor", () => {
  it("of another width or type is refused", () => {
    using clip = Clip.fromConfig(clipConfig, 1); // a joint space of 8
    using siglip = Siglip.fromConfig(siglipConfig, 1); // of 16
    tf.tidy(() => {
      for (const [model, width] of [
        [clip, 8],
        [siglip, 16],
      ] as const) {
        const [right, wrong, whole] = [tf.zeros([2, width]), tf.zeros([2, 5]), tf.zeros([2, width], "int32")] as tf.Tensor2D[];
        expect(model.logits(right!, right!).shape).toEqual([2, 2]);
        const other = refusal("SHAPE_MISMATCH", new RegExp(`must be embeddings of the model, \\[n, ${width}\\], got \\[2, 5\\]`));
        for (const [image, text] of [
          [wrong, right],
          [right, wrong],
          [wrong, wrong],
        ])
          expect(() => model.logits(image!, text!)).toThrow(other);
        expect(() => model.logits(whole!, right!)).toThrow(refusal("INVALID_ARGUMENT", /image must be float32, got int32/));
        const words = tf.tensor(new Array(768).fill("a"), [1, 3, 16, 16], "string") as tf.Tensor4D;
        expect(() => model.encodeImage(words)).toThrow(refusal("INVALID_ARGUMENT", /pixels must be float32, got string/));
      }
    });
  });
});

describe("Texts for a Sentence-BERT", () => {
  it("must be a batch, with whole types", () => {
    using bert = SentenceBert.fromConfig(bertConfig, 1);
    const ids = Int32Array.of(1, 2);
    for (const tokens of [null, undefined, 5, {}, { ids }, { shape: [1, 2] }] as never[]) {
      expect(() => bert.encode(tokens)).toThrow(refusal("INVALID_ARGUMENT", /tokens must be \{ ids: Int32Array/));
    }
    for (const tokenTypes of [[0.5, 0.5], [Number.NaN], [0, 1], Float32Array.of(0, 1), "01", null, 5] as never[]) {
      const wrong = refusal("INVALID_ARGUMENT", /tokenTypes must be an Int32Array/);
      expect(() => bert.encode({ ids, shape: [1, 2] }, { tokenTypes })).toThrow(wrong);
    }
  });
});

describe("A model that was disposed", () => {
  it("can't be copied", () => {
    const gpt2 = { ...tower, vocabSize: 20, contextLength: 8 };
    for (const model of [
      Clip.fromConfig(clipConfig, 1),
      SentenceBert.fromConfig(bertConfig, 1),
      Gpt2.fromConfig(gpt2, 1),
      ClipCap.fromConfig({ prefixSize: 4, prefixLength: 2, gpt2 }, 1),
    ]) {
      model.dispose();
      expect(() => model.clone()).toThrow(refusal("INVALID_ARGUMENT", /weights were disposed/));
    }
  });
});

describe("A configuration", () => {
  it.each([
    ["CLIP", (config: unknown) => Clip.fromConfig(config as never, 1), { ...clipConfig }],
    ["SigLIP", (config: unknown) => Siglip.fromConfig(config as never, 1), { ...siglipConfig }],
  ])("of %s without a tower is refused by name", (kind, make, whole) => {
    for (const part of ["image", "text"]) {
      const missing = refusal(
        "INVALID_ARGUMENT",
        new RegExp(`A ${kind} configuration's ${part} part must be an object of width,.*undefined`),
      );
      expect(() => make({ ...whole, [part]: undefined })).toThrow(missing);
      expect(() => make({ ...whole, [part]: null })).toThrow(refusal("INVALID_ARGUMENT", new RegExp(`${part} part must be an object`)));
      expect(() => make({ ...whole, [part]: {} })).toThrow(
        refusal("INVALID_ARGUMENT", new RegExp(`${part}\\.width must be a whole number`)),
      );
    }
    for (const nothing of [undefined, {}]) expect(() => make(nothing)).toThrow(refusal("INVALID_ARGUMENT", /image part must be an object/));
    expect(() => make(null)).toThrow(refusal("INVALID_ARGUMENT", /must be an object of/));
  });

  it("of a Sentence-BERT must be an object", () => {
    for (const wrong of [null, 5, []]) {
      expect(() => SentenceBert.fromConfig(wrong as never, 1)).toThrow(refusal("INVALID_ARGUMENT", /must be an object of vocabSize/));
    }
    expect(() => SentenceBert.fromConfig(undefined as never, undefined as never)).toThrow(refusal("INVALID_ARGUMENT", /seed/));
  });

  it("whose width can't be multiplied is refused as one that is no number", () => {
    for (const width of [Symbol("w"), 8n, null] as never[]) {
      const wrong = refusal("INVALID_ARGUMENT", /width must be a whole number/);
      expect(() => SentenceBert.fromConfig({ ...bertConfig, width }, 1)).toThrow(wrong);
      expect(() => Clip.fromConfig({ ...clipConfig, image: { ...clipConfig.image, width } }, 1)).toThrow(wrong);
      expect(() => Siglip.fromConfig({ ...siglipConfig, text: { ...siglipConfig.text, width } }, 1)).toThrow(wrong);
    }
  });

  it("given to fromPretrained is checked before a file is looked for", async () => {
    for (const Class of [Clip, Siglip]) {
      for (const config of [{}, { image: undefined }]) {
        const loading = Class.fromPretrained("./nowhere", { config: config as never });
        await expect(loading).rejects.toThrow(refusal("INVALID_ARGUMENT", /image part must be an object/));
      }
      await expect(Class.fromPretrained("./nowhere", { config: null as never })).rejects.toThrow(
        refusal("INVALID_ARGUMENT", /must be an object/),
      );
    }
  });
});

describe("Options of loading", () => {
  it("must be an object", async () => {
    const { folder } = await clipFolder();
    for (const Class of [Clip, Siglip, SentenceBert]) {
      for (const options of [null, 5, "main"]) {
        const loading = Class.fromPretrained(folder, options as never);
        await expect(loading).rejects.toThrow(refusal("INVALID_ARGUMENT", /fromPretrained's options must be an object of revision/));
      }
      await expect(Class.fromPretrained(null as never)).rejects.toThrow(refusal("INVALID_ARGUMENT", /loaded from an id of the hub/));
    }
  });

  it("have types, also where a folder needs none of them", async () => {
    const { folder } = await clipFolder();
    const types = {
      offline: "boolean",
      onProgress: "function",
      fetch: "function",
      cacheDir: "string",
      revision: "string",
      token: "string",
    };
    for (const [name, type] of Object.entries(types)) {
      for (const value of [5, null, type === "string" ? true : "yes"]) {
        const wrong = refusal("INVALID_ARGUMENT", new RegExp(`^${name} must be a ${type}, got ${value}`));
        for (const source of [folder, "org/name"]) await expect(Clip.fromPretrained(source, { [name]: value })).rejects.toThrow(wrong);
      }
    }
  });

  it("must have a signal that can stop, also where texts are embedded, and a vocabulary that is one", async () => {
    const { folder } = await clipFolder();
    for (const signal of [5, null, {}, new AbortController()]) {
      const wrong = refusal("INVALID_ARGUMENT", /signal must be an AbortSignal, got/);
      await expect(Clip.fromPretrained(folder, { signal: signal as never })).rejects.toThrow(wrong);
      using clip = Clip.fromConfig(clipConfig, 1);
      await expect(clip.embedImages([], { signal: signal as never })).rejects.toThrow(wrong);
    }
    for (const vocabulary of [[1, 2], null, 7]) {
      const wrong = refusal("INVALID_ARGUMENT", /vocabulary must be a Vocabulary, like Vocabulary\.compact\(516, ids\), got/);
      await expect(Clip.fromPretrained(folder, { vocabulary: vocabulary as never })).rejects.toThrow(wrong);
    }
  });
});

describe("What is frozen and copied", () => {
  it("is said in full", () => {
    using clip = Clip.fromConfig(clipConfig, 1);
    using siglip = Siglip.fromConfig(siglipConfig, 1);
    using bert = SentenceBert.fromConfig(bertConfig, 1);
    for (const model of [clip, siglip, bert]) {
      expect(() => model.clone({ foo: 1 } as never)).toThrow(refusal("UNKNOWN_OPTION", /clone has no option "foo"/));
      expect(() => model.clone({ trainable: 1 } as never)).toThrow(
        refusal("INVALID_ARGUMENT", /clone: trainable must be true or false, got 1/),
      );
      expect(() => model.clone(null as never)).toThrow(refusal("INVALID_ARGUMENT", /clone's options must be an object/));
      expect(() => model.parameters.setTrainable(/./, undefined as never)).toThrow(
        refusal("INVALID_ARGUMENT", /true or false, got undefined/),
      );
      expect(() => model.parameters.setTrainable("bias" as never, false)).toThrow(refusal("INVALID_ARGUMENT", /a pattern of names/));
    }
    const unsaid = refusal("INVALID_ARGUMENT", /trainable must be true or false, got undefined/);
    for (const model of [clip, siglip]) expect(() => model.setTrainable("image", undefined as never)).toThrow(unsaid);
    expect(clip.parameters.trainable()).toHaveLength(clip.parameters.specs.length);
  });
});

describe("A tokenizer of another model", () => {
  it("is refused before the first text", async () => {
    using clip = Clip.fromConfig(clipConfig, 1); // of 516 tokens
    clip.tokenizer = ClipTokenizer.fromBpe({ merges: [] });
    const smaller = refusal(
      "INVALID_ARGUMENT",
      /another model's: of 514 tokens it ends texts with id 513, and config.text.endTokenId is 515/,
    );
    await expect(clip.embedTexts([])).rejects.toThrow(smaller);
    const words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"].join("\n");
    clip.tokenizer = BertTokenizer.fromVocab(words);
    await expect(clip.embedTexts(["a"])).rejects.toThrow(refusal("INVALID_ARGUMENT", /it has no <\|endoftext\|>/));
    using largest = Clip.fromConfig({ ...clipConfig, text: { ...clipConfig.text, pooling: "largestId" } }, 1);
    largest.tokenizer = ClipTokenizer.fromBpe({ merges: [] });
    expect(await largest.embedTexts(["a"])).toHaveLength(8);
  });
});

describe("A path to one of a model's files", () => {
  it("brings what lies beside weights and their index", async () => {
    const { folder, embeddings } = await clipFolder();
    const { folder: split } = await clipFolder({ maxShardBytes: 20_000 });
    for (const path of [join(folder, "model.safetensors"), join(split, "model.safetensors.index.json")]) {
      using clip = await Clip.fromPretrained(path);
      expect(clip.origin!.source).toBe(path);
      expect([...encoded(clip, 16)]).toEqual([...embeddings]);
      expect(await clip.embedTexts(["sea"])).toHaveLength(8);
    }
  });

  it("says that the folder must be given, of others", async () => {
    const { folder } = await clipFolder();
    for (const name of ["config.json", "tokenizer.json"]) {
      const loading = Clip.fromPretrained(join(folder, name));
      await expect(loading).rejects.toThrow(
        refusal("FILE_NOT_FOUND", /There are no weights in .*\.json: .* Give the folder that it is in\./),
      );
    }
    const elsewhere = await newFolder();
    await writeFile(join(elsewhere, "model.safetensors.index.json"), indexOf("gone.safetensors"));
    const loading = Clip.fromPretrained(join(elsewhere, "model.safetensors.index.json"));
    await expect(loading).rejects.toThrow(refusal("FILE_NOT_FOUND", /gone\.safetensors/));
  });

  it("names the options that there are, where weights alone don't tell all sizes", async () => {
    const alone = await newFolder();
    const { folder } = await clipFolder();
    await rename(join(folder, "model.safetensors"), join(alone, "hf_sd.safetensors"));
    const loading = Clip.fromPretrained(join(alone, "hf_sd.safetensors"));
    const advice =
      /doesn't tell its activation\. Give all sizes as the option config, or load the folder that the model's config\.json is in\.$/;
    await expect(loading).rejects.toThrow(refusal("INVALID_ARGUMENT", advice));
    using siglip = Siglip.fromConfig(siglipConfig, 1);
    const narrow = await newFolder();
    await siglip.save(narrow);
    await rm(join(narrow, "config.json"));
    const heads = /heads a width of 16 has can't be told from the checkpoint\. Give all sizes as the option config, or/;
    await expect(Siglip.fromPretrained(narrow)).rejects.toThrow(refusal("INVALID_ARGUMENT", heads));
    using loaded = await Siglip.fromPretrained(narrow, { config: siglipConfig });
    expect(loaded.config).toEqual(siglip.config);
  });
});

/** The index of weights that are in one file. */
function indexOf(file: string): string {
  return JSON.stringify({ metadata: { total_size: 4 }, weight_map: { logit_scale: file } });
}
