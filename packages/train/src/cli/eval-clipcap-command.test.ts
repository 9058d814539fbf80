import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { Clip, ClipCap, Gpt2Tokenizer } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cli } from "../../test/run-cli";
import { type TinyWorld, tinyWorld } from "../../test/tiny-world";

let folder: string;
let world: TinyWorld;
let captioner: string;

beforeAll(async () => {
  await startBackend("cpu");
  folder = await mkdtemp(join(tmpdir(), "rsdix-eval-"));
  world = await tinyWorld(join(folder, "world"));
  captioner = join(folder, "tiny-captioner");
  const tokenizer = Gpt2Tokenizer.fromBpe({ merges: [] });
  const gpt2 = { vocabSize: tokenizer.vocabSize, contextLength: 32, width: 16, layers: 1, heads: 2 };
  const model = ClipCap.fromConfig({ prefixSize: 8, prefixLength: 2, gpt2 }, 3);
  model.tokenizer = tokenizer;
  await model.save(captioner).finally(() => model.dispose());
  const encoder = await Clip.fromPretrained(world.clip);
  await encoder.save(join(captioner, "encoder")).finally(() => encoder.dispose());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]) => cli(["eval", "clipcap", "--accelerator", "cpu", "--scores-dir", join(folder, "scores"), ...args]);
const images = () => ["--annotations-files", world.annotations, "--img-dirs", world.images];
const short = ["--max-tokens", "6", "--metrics", "bleu,rougeL"];
const scores = () => readFile(join(folder, "scores", "clip_cap_scores.tsv"), "utf8");

describe("rsdix eval clipcap", () => {
  it("captions the test images, exports and scores the captions", async () => {
    const exported = join(folder, "captions.json");
    const tensors = tf.memory().numTensors;
    const { code, out, err } = await run("--model_pth", captioner, ...images(), ...short, "--export_captions_file", exported);
    expect({ code, err: err.replaceAll(/\r.*\n?/g, "") }).toEqual({ code: 0, err: "" });
    expect(tf.memory().numTensors).toBe(tensors);
    expect(out).toMatch(/^tiny-captioner, 8 images\nROUGE-L +0\.\d{3}\nBLEU-1 +0\.\d{3}\n/);
    expect(await scores()).toMatch(/^model\tROUGE-L\tBLEU-1\tBLEU-2\tBLEU-3\tBLEU-4\ntiny-captioner(\t0\.\d{3}){5}\n$/);
    const file = JSON.parse(await readFile(exported, "utf8"));
    expect(file).toHaveLength(9);
    expect(file.at(-1)).toBe("tiny-captioner");
    expect(file[0]).toEqual({
      filename: "red_test0.png",
      preds: expect.any(String),
      reference_captions: ["a red field .", "all is red ."],
    });
  });

  it("scores imported captions: its own, the original's and those by file name", async () => {
    const imported = join(folder, "imported.json");
    const perfect = ["red", "green", "blue"].map((colour) => ({
      filename: `${colour}_test0.png`,
      preds: `a ${colour} field .`,
      reference_captions: [`a ${colour} field .`],
    }));
    await writeFile(imported, JSON.stringify([...perfect, "theirs"]));
    const theirs = await run("--import-captions-file", imported, "--metrics", "bleu,rougeL", "--json");
    expect(theirs.code).toBe(0);
    expect(JSON.parse(theirs.out)).toMatchObject({ model: "theirs", images: 3, scores: { "BLEU-4": expect.closeTo(1, 6), "ROUGE-L": 1 } });
    await writeFile(imported, JSON.stringify({ "white_test1.png": ["all is white ."] }));
    const named = await run(
      "--import-captions-file",
      imported,
      "--annotations-files",
      world.annotations,
      "--model-basename",
      "named",
      "--metrics",
      "rougeL",
      "--json",
      "--scores-file",
      "named.tsv",
    );
    expect(JSON.parse(named.out)).toMatchObject({ model: "named", images: 1, scores: { "ROUGE-L": 1 } });
  });

  it("captions all images without splits, by beams, without scoring", async () => {
    const exported = join(folder, "all.json");
    const { code, out } = await run(
      "--model-pth",
      captioner,
      ...images(),
      "--no_splits",
      "--use_beam_search",
      "--beams",
      "2",
      "--max-tokens",
      "3",
      "--no-evaluation",
      "--export-captions-file",
      exported,
    );
    expect({ code, out }).toEqual({ code: 0, out: `32 captions: ${exported}\n` });
  });

  it.each([
    [["--model-pth", "captioner"], 2, "error: INVALID_ARGUMENT: --annotations-files and --img-dirs must say which images are captioned."],
    [["--model-pth", "captioner", "IMAGES", "--splits", "tset"], 2, '--splits takes train, val and test, got "tset".'],
    [["--model-pth", "captioner", "IMAGES", "--no-evaluation"], 2, "--no-evaluation needs --export-captions-file"],
    [["--model-pth", "captioner", "IMAGES", "--metrics", "blue"], 2, 'There is no metric "blue" here. Known are meteor,'],
    [["--model-pth", "clip", "IMAGES", "--metrics", "bleu"], 1, "error: CHECKPOINT_MISMATCH:"],
    [["--import-captions-file", "/nowhere.json"], 1, "error: FILE_NOT_FOUND: /nowhere.json cannot be read"],
    [["--import-captions-file", "annotations"], 1, "error: FILE_CORRUPT:"],
    [["--import-captions-file", "/x.json", "--model-pth", "captioner"], 2, "--model-pth would do nothing with --import-captions-file"],
    [
      ["--model-pth", "captioner", "IMAGES", "--metrics", "sbertSim", "--sentence-bert", "/nowhere", "--max-tokens", "2"],
      1,
      "error: FILE_NOT_FOUND:",
    ],
  ])("refuses %j", async (args, code, message) => {
    const known: Record<string, string[]> = {
      captioner: [captioner],
      clip: [world.clip],
      annotations: [world.annotations],
      IMAGES: images(),
    };
    const result = await run(...args.flatMap((arg) => known[arg] ?? [arg]));
    expect({ code: result.code, err: result.err }).toEqual({ code, err: expect.stringContaining(message) });
  });
});
