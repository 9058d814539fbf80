import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { onEachBackend } from "../../../test/tensors";
import { withoutLeak } from "../test/leaks";
import { newFolder, tower } from "../test/model-folders";
import * as models from "./index";
import { writeSafetensors, writeShardedSafetensors } from "./node";

const { Clip, encodeSafetensors, Gpt2, LayerNorm, MultiHeadAttention, Parameters, TransformerBlock, Vocabulary } = models;
const stream = { seed: 1, step: 0, place: "here" };
/** Has entries and can be asked what it has, as a Map. */
const set = new Set(["a"]) as never;

describe("A set in place of a checkpoint is refused", () => {
  const clip = { embedDim: 8, image: { ...tower, size: 16, patch: 4 }, text: { ...tower, vocabSize: 9, contextLength: 4 } };
  const target = { model: "clip", layout: "openai" } as const;
  it.each<[string, () => unknown]>([
    ["Clip.fromCheckpoint", () => Clip.fromCheckpoint(clip, set)],
    ["Clip.load", () => Clip.load(clip, set)],
    ["Parameters.load", () => Parameters.load([], set)],
    ["encodeSafetensors", () => encodeSafetensors(set)],
    ["writeSafetensors", () => writeSafetensors("none/x.safetensors", set)],
    ["writeShardedSafetensors", () => writeShardedSafetensors("none", set)],
    ["toHuggingFace", () => models.toHuggingFace(set)],
    ["fromHuggingFace", () => models.fromHuggingFace(set, target)],
    ["lazyOf", () => models.lazyOf(set)],
    ["readAll", () => models.readAll(set)],
    ["belowPrefix", () => models.belowPrefix(set, "a")],
    ["clipConfigOf", () => models.clipConfigOf(set)],
    ["gpt2ConfigOf", () => models.gpt2ConfigOf(set)],
  ])("%s", async (_, call) => {
    await expect((async () => call())()).rejects.toThrow(refusal("INVALID_ARGUMENT", /must be a Map/));
  });
});

describe("Nothing where something must be is refused", () => {
  it.each<[string, () => unknown, RegExp]>([
    ["fromHuggingFace", () => models.fromHuggingFace(new Map(), undefined as never), /needs \{ model, layout \}/],
    ["LayerNorm.fromConfig", () => LayerNorm.fromConfig(undefined as never), /width must be/],
    ["MultiHeadAttention.fromConfig", () => MultiHeadAttention.fromConfig(undefined as never, 1), /width must be/],
    ["TransformerBlock.fromConfig", () => TransformerBlock.fromConfig(undefined as never, 1), /width must be/],
    ["sentenceBertConfigFrom", () => models.sentenceBertConfigFrom(undefined as never), /needs \{ config \}/],
    [
      "zeroShotProbabilities",
      () => models.zeroShotProbabilities(new Float32Array(2), new Float32Array(2), undefined as never),
      /dim must be/,
    ],
    [
      "metadata",
      () => encodeSafetensors(new Map(), new Map([["format", "pt"]]) as never),
      /metadata must be text by name, got \[object Map\]/,
    ],
    ["rowsOf", () => Vocabulary.full(9).rowsOf({ length: -1 }), /ids must be an array/],
    ["rowsOf, a length", () => Vocabulary.full(9).rowsOf({ length: 1e12 }), /array of whole numbers, at most 268435456/],
    ["dropout", () => models.dropout(undefined as never, 0.5, stream), /x must be a tensor that isn't disposed, got undefined/],
    ["dropout, a number", () => models.dropout(3 as never, 0, stream), /x must be a tensor/],
    ["dropout, a list", () => models.dropout(new Float32Array(3) as never, 0.5, stream), /x must be a tensor/],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(refusal("INVALID_ARGUMENT", message));
  });
});

it.each<[string, unknown, RegExp]>([
  ["bytes", Buffer.alloc(100_000_000), /new File\(\[bytes\], "model.safetensors"\)/],
  ["a buffer", new ArrayBuffer(8), /new File/],
  ["a length", { length: 1e9 }, /a list of files/],
])("A model is not loaded from %s", async (_, source, message) => {
  await expect(models.modelFiles(source as never)).rejects.toThrow(refusal("INVALID_ARGUMENT", message));
});

it("Options of loading are left out where they aren't wanted, not null", async () => {
  const image = ["config", "role", "imageSize", "towers"];
  for (const [Class, names] of [
    [models.Clip, image],
    [models.Siglip, image],
    [models.Gpt2, ["config"]],
    [models.SentenceBert, []],
    [models.ClipCap, ["config", "encoderConfig", "role", "encoder", "tokenizer"]],
  ] as const) {
    for (const name of ["strict", "seed", "weights", ...names]) {
      const loading = Class.fromPretrained("./nowhere", { [name]: null } as never);
      await expect(loading, `${Class.name} ${name}`).rejects.toThrow(refusal("INVALID_ARGUMENT", /null/));
    }
  }
  for (const [read, names] of [
    [models.clipConfigOf, ["activation", "imageHeads", "textHeads", "layout"]],
    [models.siglipConfigOf, ["activation", "imageHeads", "textHeads"]],
    [models.gpt2ConfigOf, ["heads"]],
    [models.clipCapConfigOf, ["heads", "mapperHeads"]],
  ] as const) {
    for (const name of names)
      expect(() => read(new Map(), { [name]: null } as never), name).toThrow(refusal("INVALID_ARGUMENT", /must not be null/));
  }
});

describe("A fetch that gives no response is refused", () => {
  const read = new Response("{}");
  read.body?.getReader();
  it.each<[string, unknown, string]>([
    ["a number", 1, "1"],
    ["a promise of one", Promise.resolve(1), "1"],
    ["nothing", undefined, "undefined"],
    ["a stream of another kind", { status: 200, ok: true, headers: new Headers(), body: { pipe() {} } }, "[object Object]"],
    ["one that is being read", read, "[object Response]"],
  ])("%s", async (_, answer, shown) => {
    const options = { fetch: (() => answer) as never };
    const refused = refusal("INVALID_ARGUMENT", expect.stringContaining(`web stream as body, got ${shown}.`));
    await expect(models.modelFiles("https://x.org/m/config.json", options).then((files) => files.text("config.json"))).rejects.toThrow(
      refused,
    );
    await expect(models.urlSource("https://x.org/m/model.safetensors", options)).rejects.toThrow(refused);
  });
});

onEachBackend("A block", () => {
  it("refuses a memory, a mask or an order that is none, and names that are no text", () =>
    withoutLeak(async () => {
      using attention = MultiHeadAttention.fromConfig({ width: 8, heads: 2 }, 1);
      const x = tf.zeros([1, 2, 8]) as tf.Tensor3D;
      for (const nothing of [null, 0, Number.NaN, ""] as never[]) {
        expect(() => attention.forward(x, { memory: nothing })).toThrow(/memory must/);
        expect(() => attention.forward(x, { keyMask: nothing })).toThrow(/keyMask must/);
      }
      using block = TransformerBlock.fromConfig({ width: 8, heads: 2 }, 1);
      for (const causal of [null, 0, "", {}] as never[]) {
        for (const layer of [attention, block])
          expect(() => layer.forward(x, { causal })).toThrow(refusal("INVALID_ARGUMENT", /causal must be true or false/));
      }
      expect(() => attention.parameters.get(Symbol("a") as never)).toThrow(refusal("INVALID_ARGUMENT", /no weight "Symbol\(a\)"/));
      expect(() => attention.parameters.trainableBelow(/x/ as never)).toThrow(refusal("INVALID_ARGUMENT", /prefix must be text/));
      x.dispose();
    }));
});

onEachBackend("A GPT-2 of which only weights are there", () => {
  it("says what to give, and takes it", () =>
    withoutLeak(async () => {
      const config = { vocabSize: 9, contextLength: 8, width: 16, layers: 1, heads: 2 };
      using gpt2 = Gpt2.fromConfig(config, 1);
      const path = `${await newFolder()}/alone.safetensors`;
      await writeSafetensors(path, await gpt2.parameters.toCheckpoint());
      await expect(Gpt2.fromPretrained(path)).rejects.toThrow(refusal("INVALID_ARGUMENT", /Give all sizes as the option config/));
      using loaded = await Gpt2.fromPretrained(path, { config });
      expect(loaded.config).toEqual(gpt2.config);
    }));
});
