import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { decodeImage } from "@rsdix/image/node";
import { Clip, ClipTokenizer } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { cli } from "../../test/run-cli";
import { type TinyWorld, tinyWorld } from "../../test/tiny-world";

let folder: string;
let world: TinyWorld;
let other: string;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  await startBackend("cpu");
  folder = scratchFolder("file");
  world = await tinyWorld(at("world"));
  other = at("other");
  const tower = { width: 16, layers: 1, heads: 2 };
  const tokenizer = ClipTokenizer.fromBpe({ merges: [] });
  const text = { ...tower, vocabSize: tokenizer.vocabSize, contextLength: 40 };
  const clip = Clip.fromConfig({ embedDim: 8, image: { ...tower, size: 16, patch: 8 }, text }, 9);
  clip.tokenizer = tokenizer;
  await clip.save(other).finally(() => clip.dispose());
  await writeFile(at("captions.json"), await withFields());
  await mkdir(at("halves"));
  const config = JSON.parse(await readFile(join(world.clip, "preprocessor_config.json"), "utf8")) as object;
  await writeFile(at("halves", "preprocessor_config.json"), JSON.stringify({ ...config, image_mean: [0.5, 0.5, 0.5] }));
  const embed = ["embed", "--accelerator", "cpu", "--model-pth", world.clip, "--img-dir", world.images, "--parts", "3"];
  expect(await cli([...embed, "--out-path", at("run")])).toMatchObject({ code: 0 });
  expect(await cli(["merge", at("run"), "--out-path", at("all.parquet")])).toMatchObject({ code: 0 });
  expect(await build("index", "--annotations-file", at("captions.json"))).toMatchObject({ code: 0, err: "" });
});

/** The world's annotations, with fields of which some hold one kind of value and others don't. */
async function withFields(): Promise<string> {
  const annotations = JSON.parse(await readFile(world.annotations, "utf8")) as { images: Record<string, unknown>[] };
  for (const [i, image] of annotations.images.entries()) Object.assign(image, { lat: i / 2, mixed: i % 2 ? i : "text", list: [i] });
  return JSON.stringify(annotations);
}

const build = (out: string, ...args: string[]) => cli(["index", "build", at("all.parquet"), "--out", at(out), ...args]);
const ask = (...args: string[]) => cli(["index", "query", at("index"), "--accelerator", "cpu", "--model-pth", world.clip, ...args]);
interface Found {
  readonly results: readonly { id: string; file: string; score: number; values: Record<string, unknown> }[];
  readonly matching: number;
  readonly recall?: number;
}
const found = async (...args: string[]) => JSON.parse((await ask(...args, "--json")).out) as Found;

describe("rsdix index", () => {
  it("builds an index of what was merged, and says what can be filtered by and how good it is", async () => {
    expect(await build("plain")).toEqual({
      code: 0,
      out: `32 embeddings of 8: ${at("plain")}. Columns: id, file. Recall@10 against exact search: 100.0 %, of 32 embeddings.\n`,
      err: "",
    });
    const again = await build("plain", "--json");
    expect(again).toMatchObject({
      code: 2,
      err: expect.stringMatching(/holds an index already: --force replaces it, or name another folder\.\n$/),
    });
    const forced = await build("plain", "--force", "--json", "--annotations-file", at("captions.json"));
    expect(JSON.parse(forced.out)).toEqual({
      rows: 32,
      dim: 8,
      columns: { id: "string", file: "string", split: "string", label: "string", lat: "number" },
      recall: { k: 10, samples: 32, recall: 1 },
      out: at("plain"),
    });
  });

  it("finds an image itself first, and what its colour is in, with what is known of it", async () => {
    const tensors = tf.memory().numTensors;
    const image = join(world.images, "blue_val1.png");
    const { code, out, err } = await ask("--image", image, "--k", "3", "--exact");
    expect(tf.memory().numTensors).toBe(tensors);
    expect(code).toBe(0);
    const [first, ...rest] = out.trimEnd().split("\n");
    expect(first).toMatch(/^1\.0000 {2}blue_(train|val|test)1\.png {2}lat=\d+(\.5)? {2}split=\w+ {2}label=blue$/); // of the same pixels
    expect(rest).toHaveLength(2);
    expect(err).toBe(
      "3 of 32 images. Of these exact results the index finds 100.0 %. Recall@10 against exact search: 100.0 %, of 32 embeddings.\n",
    );
    const { results, recall } = await found("--image", image, "--k", "8", "--exact");
    expect(results.every(({ values }) => values.label === "blue")).toBe(true);
    expect(recall).toBe(1);
  });

  it("takes a text, with the cosines that the model gives", async () => {
    const tensors = tf.memory().numTensors;
    const { results, matching } = await found("--text", "all is red .", "--where", "split=test", "--where", "lat<10", "--k", "2");
    expect(tf.memory().numTensors).toBe(tensors);
    expect(results).toHaveLength(2);
    expect(results.every(({ values }) => values.split === "test" && (values.lat as number) < 10)).toBe(true);
    expect(matching).toBe(4);
    const clip = await Clip.fromPretrained(world.clip);
    const [text, image] = [
      await clip.embedTexts(["all is red ."]),
      await clip.embedImages([await decodeImage(join(world.images, results[0]!.file))]),
    ];
    clip.dispose();
    expect(results[0]!.score).toBeCloseTo(
      text.reduce((sum, value, i) => sum + value * image[i]!, 0),
      5,
    );
    const none = await ask("--text", "red", "--where", "label=sea");
    expect(none).toEqual({ code: 0, out: "", err: expect.stringMatching(/^0 of 0 of 32 images that meet the conditions\./) });
  });

  it("stops when it is told to, and leaves nothing", async () => {
    const args = ["index", "build", at("all.parquet"), "--out", at("stopped")];
    const stopped = await cli(args, { signal: AbortSignal.abort(new Error("interrupted")) });
    expect(stopped).toMatchObject({ code: 130, err: expect.stringMatching(/^Stopped: The building of the index was stopped/) });
    expect((await readdir(folder)).filter((name) => name.startsWith("stopped"))).toEqual([]);
  });

  it.each([
    [["--text", "red", "--model-pth", "OTHER"], 1, /^error: CHECKPOINT_MISMATCH: .*embeddings of another model: /],
    [["--image", "IMAGE", "--processor", "HALVES"], 1, /^error: CHECKPOINT_MISMATCH: .*embeddings of another preprocessing: /],
    [[], 2, /Either --text or --image says what is looked for, got neither\./],
    [["--text", "red", "--image", "IMAGE"], 2, /Either --text or --image says what is looked for, got both\./],
    [["--text", " "], 2, /--text is empty/],
    [["--text", "red", "--k", "0"], 2, /It must be at least 1\./],
    [["--text", "red", "--where", "place=sea"], 2, /the index has no column "place"/],
    [["--image", "/nowhere.png"], 1, /^error: FILE_NOT_FOUND/],
    [["--image", "CAPTIONS"], 1, /^error: FILE_CORRUPT/],
    [["--text", "red", "--checkpoint", "last"], 2, /Either --model-pth or --checkpoint must name the model, got both\./],
  ])("refuses %j", async (args, code, message) => {
    const known: Record<string, string> = {
      OTHER: other,
      HALVES: at("halves"),
      CAPTIONS: at("captions.json"),
      IMAGE: join(world.images, "red_val0.png"),
    };
    const result = await ask(...args.map((arg) => known[arg] ?? arg));
    expect({ code: result.code, out: result.out, err: result.err }).toEqual({ code, out: "", err: expect.stringMatching(message) });
  });

  it("refuses what is no index, and no embeddings", async () => {
    const query = ["--text", "red", "--model-pth", world.clip];
    expect(await cli(["index", "query", at("run"), ...query])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error: FILE_NOT_FOUND: .*is no index/),
    });
    expect(await cli(["index", "build", at("captions.json"), "--out", at("never")])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error: FILE_CORRUPT: .*is no Parquet file/),
    });
    expect(await cli(["index", "build", at("none.parquet"), "--out", at("never")])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error: FILE_NOT_FOUND/),
    });
  });

  it("verifies the index's vectors with --verify", async () => {
    const verify = (index: string) =>
      cli(["index", "query", at(index), "--accelerator", "cpu", "--model-pth", world.clip, "--text", "a red tile", "--verify"]);
    await build("verified");
    expect(await verify("verified")).toMatchObject({ code: 0 });
    const bytes = await readFile(at("verified", "vectors.f32"));
    bytes[0]! ^= 1;
    await writeFile(at("verified", "vectors.f32"), bytes);
    expect(await verify("verified")).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringMatching(/FILE_CORRUPT: .*vectors\.f32 is damaged/),
    });
  });
});
