import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { onEachBackend } from "../../../test/tensors";
import { withoutLeak } from "../test/leaks";
import { clipConfig, clipFolder, tower } from "../test/model-folders";
import { Clip, SentenceBert, Siglip } from "./index";

const error = (code: string, message: RegExp) => expect.objectContaining({ code, message: expect.stringMatching(message) });
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
        expect(images).toThrow(error("EMPTY_DATA", /at least one image, got \[0, 3, 16, 16\]/));
        expect(() => model.encodeText(noTexts)).toThrow(error("EMPTY_DATA", /at least one text, got tokens of shape \[0, 6\]/));
      }
      expect(() => bert.encode({ ...noTexts, lengths: new Int32Array(0) })).toThrow(error("EMPTY_DATA", /at least one text/));
    }));
});

describe("A configuration", () => {
  it.each([
    ["CLIP", (config: unknown) => Clip.fromConfig(config as never, 1), { ...clipConfig }],
    ["SigLIP", (config: unknown) => Siglip.fromConfig(config as never, 1), { ...siglipConfig }],
  ])("of %s without a tower is refused by name", (kind, make, whole) => {
    for (const part of ["image", "text"]) {
      const missing = error(
        "INVALID_ARGUMENT",
        new RegExp(`A ${kind} configuration's ${part} part must be an object of width,.*undefined`),
      );
      expect(() => make({ ...whole, [part]: undefined })).toThrow(missing);
      expect(() => make({ ...whole, [part]: null })).toThrow(error("INVALID_ARGUMENT", new RegExp(`${part} part must be an object`)));
      expect(() => make({ ...whole, [part]: {} })).toThrow(error("INVALID_ARGUMENT", new RegExp(`${part}\\.width must be a whole number`)));
    }
    for (const nothing of [undefined, {}]) expect(() => make(nothing)).toThrow(error("INVALID_ARGUMENT", /image part must be an object/));
    expect(() => make(null)).toThrow(error("INVALID_ARGUMENT", /must be an object of/));
  });

  it("of a Sentence-BERT must be an object", () => {
    for (const wrong of [null, 5, []]) {
      expect(() => SentenceBert.fromConfig(wrong as never, 1)).toThrow(error("INVALID_ARGUMENT", /must be an object of vocabSize/));
    }
    expect(() => SentenceBert.fromConfig(undefined as never, undefined as never)).toThrow(error("INVALID_ARGUMENT", /seed/));
  });

  it("given to fromPretrained is checked before a file is looked for", async () => {
    for (const Class of [Clip, Siglip]) {
      for (const config of [{}, { image: undefined }]) {
        const loading = Class.fromPretrained("./nowhere", { config: config as never });
        await expect(loading).rejects.toThrow(error("INVALID_ARGUMENT", /image part must be an object/));
      }
      await expect(Class.fromPretrained("./nowhere", { config: null as never })).rejects.toThrow(
        error("INVALID_ARGUMENT", /must be an object/),
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
        await expect(loading).rejects.toThrow(error("INVALID_ARGUMENT", /fromPretrained's options must be an object of revision/));
      }
      await expect(Class.fromPretrained(null as never)).rejects.toThrow(error("INVALID_ARGUMENT", /loaded from an id of the hub/));
    }
  });
});
