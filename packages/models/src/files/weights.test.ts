import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { encodeSafetensors } from "../checkpoint/safetensors-write";
import torch1 from "../fixtures/torch-checkpoints-1.json";
import torch2 from "../fixtures/torch-checkpoints-2.json";
import { SIDE_FILES, WEIGHT_FILES } from "./known-files";
import { modelFiles } from "./load-files";
import { neededFiles, openWeights, weightsOf } from "./weights";

const array = (value: number) => ({ dtype: "float32" as const, shape: [1], data: Float32Array.of(value) });
const safetensors = (arrays: Record<string, number>) =>
  encodeSafetensors(new Map(Object.entries(arrays).map(([name, value]) => [name, array(value)]))) as Uint8Array<ArrayBuffer>;

const cases: Record<string, { file: string }> = { ...torch1.cases, ...torch2.cases };
/** Checkpoints as torch wrote them. */
const torchFile = (name: "plain" | "lightning") => Buffer.from(cases[name]!.file, "base64");

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
    expect(found.filter(({ sharded }) => sharded).map(({ name }) => name)).toEqual(["model.safetensors.index.json"]);
    expect(await weightsOf(await empty(none))).toEqual([]);
  });
});

describe("openWeights", () => {
  it("opens the preferred weights, or those of a name, with what else they say", async () => {
    const adapter = encodeSafetensors(new Map([["b", array(2)]]), { base: "a model" }) as Uint8Array<ArrayBuffer>;
    const files = await filesOf({
      "model.safetensors": safetensors({ a: 1 }),
      "pytorch_model.bin": torchFile("plain"),
      "last.ckpt": torchFile("lightning"),
      "extra/adapter.safetensors": adapter,
    });
    const first = await openWeights(files);
    expect([first.name, [...first.tensors.keys()], first.metadata, first.hyperParameters()]).toEqual(["model.safetensors", ["a"], {}, {}]);
    expect((await first.tensors.get("a")!.read()).data).toEqual(Float32Array.of(1));
    const plain = await openWeights(files, "pytorch_model.bin");
    expect((await plain.tensors.get("visual.weight")!.read()).shape).toEqual([3, 2]);
    expect((await openWeights(files, "last.ckpt")).hyperParameters()).toHaveProperty("lr", 1e-5);
    expect((await openWeights(files, "extra/adapter.safetensors")).metadata).toEqual({ base: "a model" });
    await expect(openWeights(files, "none.bin")).rejects.toEqual(refusal("FILE_NOT_FOUND", /no weights "none.bin"/));
  });

  it("knows a file without a name by its first bytes", async () => {
    for (const [content, array] of [
      [torchFile("plain"), "visual.weight"],
      [safetensors({ a: 1 }), "a"],
    ] as const) {
      expect((await openWeights(await modelFiles(new Blob([content])))).tensors.has(array)).toBe(true);
    }
    await expect(openWeights(await modelFiles(new Blob(["PK"])))).rejects.toEqual(refusal("FILE_CORRUPT", /./));
  });

  it.each(["", "text/"])("puts the shards of %sthe index together", async (folder) => {
    const index = { metadata: {}, weight_map: { c: "2.safetensors", a: "1.safetensors", b: "2.safetensors" } };
    const name = `${folder}model.safetensors.index.json`;
    const files = await filesOf({
      [name]: JSON.stringify(index),
      [`${folder}1.safetensors`]: safetensors({ a: 1 }),
      [`${folder}2.safetensors`]: safetensors({ b: 2, c: 3 }),
      "config.json": "{}",
    });
    const { tensors } = await openWeights(files, name);
    expect((await Promise.all(["a", "b", "c"].map((each) => tensors.get(each)!.read()))).map(({ data }) => data[0])).toEqual([1, 2, 3]);
    if (folder === "") expect(await neededFiles(files, true)).toEqual(["config.json", name, "2.safetensors", "1.safetensors"]);
  });

  it("names the file that is damaged, of several the one that is", async () => {
    const long = new Uint8Array(16).fill(1); // a header that claims more than any has
    const odd = safetensors({ b: 2 });
    odd.set(new TextEncoder().encode("F99"), Buffer.from(odd).indexOf("F32"));
    const opened = async (contents: Record<string, BlobPart>) => openWeights(await filesOf(contents));
    await expect(opened({ "model.safetensors": long, "config.json": "{}" })).rejects.toEqual(
      refusal("FILE_TOO_LARGE", /^model\.safetensors: The header claims \d+ bytes/),
    );
    await expect(opened({ "pytorch_model.bin": "no zip", "config.json": "{}" })).rejects.toEqual(
      refusal("FILE_CORRUPT", /^pytorch_model\.bin: /),
    );
    const { tensors } = await opened({ "model.safetensors": odd, "config.json": "{}" });
    await expect(tensors.get("b")!.read()).rejects.toEqual(refusal("FILE_CORRUPT", /^model\.safetensors: .*has dtype "F99"/));
    const index = JSON.stringify({ weight_map: { a: "1.safetensors", b: "2.safetensors" } });
    const shards = (second: BlobPart) => ({
      "model.safetensors.index.json": index,
      "1.safetensors": safetensors({ a: 1 }),
      "2.safetensors": second,
    });
    await expect(opened(shards(long))).rejects.toEqual(refusal("FILE_TOO_LARGE", /^2\.safetensors: The header claims/));
    const both = await opened(shards(odd));
    await expect(both.tensors.get("b")!.read()).rejects.toEqual(refusal("FILE_CORRUPT", /^2\.safetensors: .*has dtype "F99"/));
    expect((await both.tensors.get("a")!.read()).data).toEqual(Float32Array.of(1));
  });

  it("refuses an index that leads elsewhere, or is none", async () => {
    for (const index of ["{", '{"weight_map":{"a":"../../x.safetensors"}}', '{"weight_map":{"b":"1.safetensors"}}']) {
      const files = await filesOf({ "model.safetensors.index.json": index, "1.safetensors": safetensors({ a: 1 }) });
      await expect(openWeights(files)).rejects.toEqual(refusal("FILE_CORRUPT", /./));
    }
    const huge = new File([], "model.safetensors.index.json");
    const files = await modelFiles([Object.defineProperty(huge, "size", { value: 1e12 }), new File([], "config.json")]);
    await expect(openWeights(files)).rejects.toEqual(refusal("FILE_TOO_LARGE", /which no index has/));
  });

  it("says what there is where there are none, several, or a shard is missing", async () => {
    await expect(openWeights(await empty(["config.json", "notes.txt"]))).rejects.toEqual(
      refusal("FILE_NOT_FOUND", /no weights in 2 files: expected model.safetensors.*It has: config.json, notes.txt/),
    );
    await expect(openWeights(await empty(["a.ckpt", "b.ckpt"]))).rejects.toEqual(
      refusal("INVALID_ARGUMENT", /several weights.*a.ckpt, b.ckpt/),
    );
    const files = await filesOf({ "model.safetensors.index.json": '{"weight_map":{"a":"1.safetensors"}}' });
    await expect(openWeights(files)).rejects.toEqual(refusal("FILE_NOT_FOUND", /no 1.safetensors/));
  });
});

it("a model needs its configurations and tokenizer, and one of its weights", async () => {
  const files = await empty([...SIDE_FILES, "model.safetensors", "pytorch_model.bin", "tf_model.h5", "onnx/model.onnx", "README.md"]);
  expect(await neededFiles(files, false)).toEqual([...SIDE_FILES]);
  expect(await neededFiles(files, true)).toEqual([...SIDE_FILES, "model.safetensors"]);
});
