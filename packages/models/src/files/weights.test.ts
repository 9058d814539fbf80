import { describe, expect, it } from "vitest";
import { type ByteSource, readExactly } from "../checkpoint/byte-source";
import { type LazyCheckpoint, lazyOf } from "../checkpoint/lazy-checkpoint";
import { parseSafetensors } from "../checkpoint/safetensors";
import { encodeSafetensors } from "../checkpoint/safetensors-write";
import { SIDE_FILES, WEIGHT_FILES } from "./known-files";
import { modelFiles } from "./load-files";
import { neededFiles, openWeights, weightsOf } from "./weights";

const refused = (code: string, message: RegExp) => expect.objectContaining({ code, message: expect.stringMatching(message) });

const array = (value: number) => ({ dtype: "float32" as const, shape: [1], data: Float32Array.of(value) });
const safetensors = (arrays: Record<string, number>) =>
  encodeSafetensors(new Map(Object.entries(arrays).map(([name, value]) => [name, array(value)]))) as Uint8Array<ArrayBuffer>;

/** Readers that note which of them was called: those of torch's files find the arrays in the file's text. */
function readers() {
  const called: string[] = [];
  return {
    called,
    async safetensors(source: ByteSource): Promise<LazyCheckpoint> {
      called.push("safetensors");
      return lazyOf(parseSafetensors(await readExactly(source, 0, source.size)).tensors);
    },
    async torch(source: ByteSource): Promise<LazyCheckpoint> {
      called.push("torch");
      return lazyOf(new Map([["bytes", array(source.size)]]));
    },
  };
}

const filesOf = (contents: Record<string, BlobPart>) =>
  modelFiles(
    Object.entries(contents).map(([path, content]) => {
      const file = new File([content], path.split("/").at(-1)!);
      return Object.defineProperty(file, "webkitRelativePath", { value: `model/${path}` });
    }),
  );

const empty = (names: readonly string[]) => filesOf(Object.fromEntries(names.map((name) => [name, ""])));

describe("weightsOf", () => {
  it("prefers safetensors to pickles, the whole to shards, and known names to others", async () => {
    const others = ["b.pt", "a.ckpt", "epoch.ckpt", "other.safetensors"];
    const none = [
      "optimizer.pt",
      "training_args.bin",
      "rng_state_0.pth",
      "onnx/model.bin",
      "model-00001-of-00002.safetensors",
      "config.json",
    ];
    const found = await weightsOf(await empty([...others, ...none, ...[...WEIGHT_FILES].reverse()]));
    expect(found.map(({ name }) => name)).toEqual([...WEIGHT_FILES, "other.safetensors", "a.ckpt", "epoch.ckpt", "b.pt"]);
    expect(found.map(({ format }) => format)).toEqual(found.map(({ name }) => (name.includes("safetensors") ? "safetensors" : "torch")));
    expect(found.filter(({ sharded }) => sharded).map(({ name }) => name)).toEqual([
      "model.safetensors.index.json",
      "pytorch_model.bin.index.json",
    ]);
    expect(await weightsOf(await empty(none))).toEqual([]);
  });
});

describe("openWeights", () => {
  it("opens the preferred weights, or those of a name", async () => {
    const files = await filesOf({
      "model.safetensors": safetensors({ a: 1 }),
      "pytorch_model.bin": "x".repeat(7),
      "extra/adapter.safetensors": safetensors({ b: 2 }),
    });
    const read = async (name?: string) => {
      const [array] = await openWeights(files, readers(), name);
      return [array![0], (await array![1].read()).data[0]];
    };
    expect(await read()).toEqual(["a", 1]);
    expect(await read("pytorch_model.bin")).toEqual(["bytes", 7]);
    expect(await read("extra/adapter.safetensors")).toEqual(["b", 2]);
    await expect(read("none.bin")).rejects.toEqual(refused("FILE_NOT_FOUND", /no weights "none.bin"/));
  });

  it("knows a file without a name by its first bytes", async () => {
    for (const [content, format] of [
      ["PK\x03\x04....", "torch"],
      [safetensors({ a: 1 }), "safetensors"],
    ] as const) {
      const { called, ...all } = readers();
      await openWeights(await modelFiles(new Blob([content])), all);
      expect(called).toEqual([format]);
    }
    await expect(openWeights(await modelFiles(new Blob(["PK"])), readers())).rejects.toEqual(refused("FILE_CORRUPT", /./));
  });

  it("puts shards together, in the order of the index", async () => {
    const index = { metadata: {}, weight_map: { c: "2.safetensors", a: "1.safetensors", b: "2.safetensors" } };
    const contents = { "1.safetensors": safetensors({ a: 1, unused: 9 }), "2.safetensors": safetensors({ b: 2, c: 3 }) };
    const files = await filesOf({ "model.safetensors.index.json": JSON.stringify(index), ...contents });
    const opened = await openWeights(files, readers());
    expect([...opened.keys()]).toEqual(["c", "a", "b"]);
    expect(await Promise.all([...opened.values()].map(async (tensor) => (await tensor.read()).data[0]))).toEqual([3, 1, 2]);
    expect(await neededFiles(files, true)).toEqual(["model.safetensors.index.json", "2.safetensors", "1.safetensors"]);
  });

  it.each([
    ["no JSON", "{", /isn't JSON/],
    ["null", "null", /no weight_map/],
    ["no map", '{"weight_map":[]}', /no weight_map/],
    ["an empty map", '{"weight_map":{}}', /names 0 files/],
    ["a file from outside", '{"weight_map":{"a":"../../x.safetensors"}}', /leads out/],
    ["a file that is no text", '{"weight_map":{"a":7}}', /isn't a text/],
    [
      "far too many files",
      JSON.stringify({ weight_map: Object.fromEntries(Array.from({ length: 2001 }, (_, i) => [i, `${i}`])) }),
      /names 2001 files/,
    ],
    ["an array that isn't in its file", '{"weight_map":{"b":"1.safetensors"}}', /"b" is in 1.safetensors, which lacks it/],
  ])("refuses an index of %s", async (_, index, message) => {
    const files = await filesOf({ "model.safetensors.index.json": index, "1.safetensors": safetensors({ a: 1 }) });
    await expect(openWeights(files, readers())).rejects.toEqual(refused("FILE_CORRUPT", message));
  });

  it("says what there is where there are none, several, or a shard is missing", async () => {
    await expect(openWeights(await empty(["config.json", "notes.txt"]), readers())).rejects.toEqual(
      refused("FILE_NOT_FOUND", /no weights in 2 files: expected model.safetensors.*It has: config.json, notes.txt/),
    );
    await expect(openWeights(await empty(["a.ckpt", "b.ckpt"]), readers())).rejects.toEqual(
      refused("INVALID_ARGUMENT", /several weights.*a.ckpt, b.ckpt/),
    );
    const files = await filesOf({ "model.safetensors.index.json": '{"weight_map":{"a":"1.safetensors"}}' });
    await expect(openWeights(files, readers())).rejects.toEqual(refused("FILE_NOT_FOUND", /no 1.safetensors/));
  });
});

it("a model needs its configurations and tokenizer, and one of its weights", async () => {
  const files = await empty([...SIDE_FILES, "model.safetensors", "pytorch_model.bin", "tf_model.h5", "onnx/model.onnx", "README.md"]);
  expect(await neededFiles(files, false)).toEqual([...SIDE_FILES]);
  expect(await neededFiles(files, true)).toEqual([...SIDE_FILES, "model.safetensors"]);
});
