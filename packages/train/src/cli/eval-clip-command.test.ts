import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { copyFile, cp, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { cli } from "../../test/run-cli";
import { type TinyWorld, tinyWorld } from "../../test/tiny-world";
import { parseEvaluation } from "../report/evaluation";

let folder: string;
let world: TinyWorld;

beforeAll(async () => {
  await startBackend("cpu");
  folder = scratchFolder("file");
  world = await tinyWorld(join(folder, "world"));
});

const run = (...args: string[]) => cli(["eval", "clip", "--accelerator", "cpu", "--scores_dir", join(folder, "scores"), ...args]);
const read = (name: string) => readFile(join(folder, "scores", name), "utf8");

const rows = async (name: string) => (await read(name)).split("\n").slice(0, -1);
const records = async (name: string) => (await rows(name)).map((line) => JSON.parse(line) as Record<string, unknown>);

describe("rsdix eval clip", () => {
  it("writes a row an image and a row a model, as the original does, and beside it what the row cannot say", async () => {
    const tensors = tf.memory().numTensors;
    const { code, out, err } = await run("--model_pth", world.clip, "--imgs_dir", world.images, "--model_basename", "tiny");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(tf.memory().numTensors).toBe(tensors);
    expect(out).toMatch(/^tiny on images, 32 images, zero-shot\ntop-1 {3}\d+\.\d\d %\ntop-2 {3}\d+\.\d\d %\ntop-3 {3}\d+\.\d\d %\n/);
    expect(await read("scores.tsv")).toMatch(/^tiny(\t[01]\.\d{3}){3}(\t1\.000){2}\n$/); // four classes: any is among five
    const found = { model: "tiny", dataset: "images", images: 32, row: (await rows("scores.tsv"))[0] };
    expect(await records("scores.jsonl")).toEqual([
      { ...found, scores: { "score@1": expect.any(Number), "score@2": expect.any(Number), "score@3": expect.any(Number) } },
    ]);
    const predictions = (await read("tiny.tsv")).split("\n");
    expect(await read("tiny.images.tsv")).toBe(predictions.join("\n"));
    expect(predictions).toHaveLength(33);
    expect(predictions[0]).toMatch(/^blue_test0\.png\tblue(\t(red|green|blue|white)\t[01]\.\d{5}){4}$/);
    const parsed = parseEvaluation(predictions.join("\n"), "x");
    if (parsed.kind !== "predictions") throw new Error("expected predictions");
    const top1 = parsed.images.filter(({ label, classes }) => classes[0]!.label === label).length / 32;
    expect(out).toContain(`top-1   ${(100 * top1).toFixed(2)} %`);
  });

  it.skipIf(process.platform === "win32")(
    "takes links that can't be followed, and pipes, for images that can't be read, and says which folders are links",
    async () => {
      const images = join(folder, "linked");
      const outside = join(folder, "outside");
      for (const path of [join(images, "red"), join(images, "blue"), outside]) mkdirSync(path, { recursive: true });
      await copyFile(join(world.images, "red_val0.png"), join(images, "red", "z.png"));
      await copyFile(join(world.images, "blue_test0.png"), join(images, "blue", "z.png"));
      await copyFile(join(world.images, "blue_test0.png"), join(outside, "z.png"));
      const args = ["--model-pth", world.clip, "--imgs-dir", images, "--scores-file", "linked.tsv"];
      await symlink(outside, join(images, "green"));
      const whole = await run(...args);
      expect(whole.code).toBe(0);
      expect(whole.err).toMatch(/^left out: the folder .*linked\/green is a link, and folders that are links are not entered\. [^\n]*\n$/);
      await symlink("nowhere.png", join(images, "red", "a.png"));
      await symlink(join(outside, "z.png"), join(images, "red", "b.png"));
      execFileSync("mkfifo", [join(images, "red", "c.png")]);
      const strict = await run(...args);
      expect(strict.code).toBeGreaterThan(0); // by which of them is read first
      expect(strict).toMatchObject({ out: "", err: expect.stringMatching(/error: .*"red\/[abc]\.png" .* cannot be used: /) });
      const skipping = await run(...args, "--skip-broken", "--json");
      expect(JSON.parse(skipping.out)).toMatchObject({ images: 2 });
      for (const said of [
        /left out: .*red\/a\.png.*leads nowhere/,
        /left out: .*red\/b\.png.*leads out of it/,
        /left out: .*red\/c\.png.*a pipe/,
      ])
        expect(skipping.err).toMatch(said);
    },
  );

  it("takes the images of the split by their folders too, where names in these are the same", async () => {
    const images = join(folder, "classes");
    for (const colour of ["red", "blue", "green", "white"]) {
      mkdirSync(join(images, colour), { recursive: true });
      await copyFile(join(world.images, `${colour}_test0.png`), join(images, colour, "test0.png"));
    }
    const annotations = join(folder, "split.csv");
    const noted = ["red/test0.png,test", "white/test0.png,test", "blue/test0.png,train", "green/test0.png,train"];
    await writeFile(annotations, ["filename,split,caption", ...noted.map((row) => `${row},a field .`)].join("\n"));
    const args = ["--model-pth", world.clip, "--imgs-dir", images, "--annotations-file", annotations, "--scores-file", "split.tsv"];
    const { code, err } = await run(...args, "--model-basename", "parted");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect((await rows("split.tsv")).length).toBe(1);
    expect((await rows("parted.classes.test.tsv")).map((row) => row.split("\t")[0])).toEqual(["red/test0.png", "white/test0.png"]);
  });

  it("adds a row for each set and split, and keeps the predictions of each", async () => {
    const args = ["--model-pth", world.clip, "--imgs-dir", world.images, "--model-basename", "tiny", "--json", "--scores-file", "more.tsv"];
    const noted = ["--annotations-file", world.annotations];
    const { code, out } = await run(...args, ...noted, "--split", "val");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ...{ model: "tiny", images: 8, accuracy: { 3: expect.any(Number) } },
      scores: join(folder, "scores", "more.tsv"),
      records: join(folder, "scores", "more.jsonl"),
      predictions: join(folder, "scores", "tiny.images.val.tsv"),
    });
    const val = await read("tiny.images.val.tsv");
    expect((await run(...args, ...noted)).code).toBe(0);
    expect((await run(...args)).code).toBe(0);
    expect((await rows("more.tsv")).map((row) => row.split("\t")[0])).toEqual(["tiny", "tiny", "tiny"]);
    expect((await records("more.jsonl")).map(({ splits, images }) => ({ splits, images }))).toEqual([
      { splits: ["val"], images: 8 },
      { splits: ["test"], images: 8 },
      { images: 32 },
    ]);
    expect(await read("tiny.images.val.tsv")).toBe(val);
    expect(val).not.toBe(await read("tiny.images.test.tsv"));
    expect(await read("tiny.tsv")).toBe(await read("tiny.images.tsv"));
  });

  it("names classes as the files do, and adds to the original's table as it is", async () => {
    const set = join(folder, "set");
    for (const [i, name] of ["AnnualCrop", "HerbaceousVegetation"].entries()) {
      await mkdir(join(set, name), { recursive: true });
      await copyFile(join(world.images, `${["red", "blue"][i]}_test0.png`), join(set, name, "1.png"));
    }
    await writeFile(join(folder, "scores", "theirs.tsv"), "clip-b32\t0.960\t0.990\t0.995\t1.000\t1.000"); // without its last line's end
    const { code } = await run("--model-pth", world.clip, "--imgs-dir", set, "--model-basename", "a model", "--scores-file", "theirs.tsv");
    expect(code).toBe(0);
    expect(await read("theirs.tsv")).toMatch(/^clip-b32\t0\.960\t0\.990\t0\.995\t1\.000\t1\.000\na model\t[01]\.\d{3}(\t1\.000){4}\n$/);
    expect(await read("a model.tsv")).toMatch(/^AnnualCrop\/1\.png\tannualcrop\t(annualcrop|herbaceousvegetation)\t0\.\d{5}\t/);
  });

  it.each([
    [["--imgs-dir", "images"], 2, "error: INVALID_ARGUMENT: Either --model-pth or --checkpoint must name the model, got neither."],
    [["--model-pth", "clip"], 2, "Say where the images are: --imgs-dir names a folder or a zip file, --shards"],
    [["--model-pth", "clip", "--imgs-dir", "/nowhere"], 1, "error: FILE_NOT_FOUND:"],
    [["--model-pth", "clip", "--imgs-dir", "images", "--dataset", "eurosat"], 2, 'There is no class set "eurosat". Known are rsicd,'],
    [["--model-pth", "clip", "--imgs-dir", "images", "--dataset", "aid"], 2, 'is named "class_number"; --skip-broken leaves these out.'],
    // Before the model is looked for.
    [
      ["--model-pth", "/nowhere", "--imgs-dir", "/nowhere", "--template", "a photo"],
      2,
      '--template needs "{class}" where the class\'s name',
    ],
    [
      ["--model-pth", "/nowhere", "--shards", "/no.tar", "--parts-path", "p", "--template", "a {Class}"],
      2,
      '--template needs "{class}" where',
    ],
    [
      ["--model-pth", "clip", "--imgs-dir", "images", "--template", "a {class}", "--templates", "clip"],
      2,
      "error: INVALID_ARGUMENT: --templates would do nothing with --template.",
    ],
    [["--model-pth", "clip", "--imgs-dir", "images", "--runs", "x"], 2, "--runs would do nothing without --checkpoint."],
    [["--model-pth", "/nowhere", "--imgs-dir", "images"], 1, 'error: FILE_NOT_FOUND: "/nowhere" is no file or folder.'],
    [
      ["--model-pth", "gpt2", "--imgs-dir", "images"],
      1,
      "gpt2 holds a GPT-2, not a CLIP or SigLIP: rsdix fit clipcap takes it, as --model.gpt_model.",
    ],
    [["--checkpoint", "last", "--runs", "/nowhere", "--imgs-dir", "images"], 1, "error: FILE_NOT_FOUND: There is no last run in /nowhere"],
    [["--model-pth", "clip", "--imgs-dir", "images", "--split", "val"], 2, "--split is a split of --annotations-file, which is not given."],
    [
      ["--model-pth", "clip", "--imgs-dir", "images", "--annotations-file", "/nowhere"],
      2,
      "/nowhere must end in .json, .csv, .tsv, .jsonl, .ndjson or .xml.\n",
    ],
    [["--model-pth", "clip", "--imgs-dir", "images", "--batch-size", "0"], 2, "It must be at least 1."],
    [
      ["--model-pth", "clip", "--imgs-dir", "images", "--model-basename", "Scores"],
      2,
      "Scores.tsv would hold both scores and predictions: give another --scores-file or --model-basename.",
    ],
  ])("refuses %j", async (args, code, message) => {
    const known: Record<string, string> = { clip: world.clip, images: world.images, gpt2: world.gpt2 };
    const result = await run(...args.map((arg) => (arg === "clip" && args.at(-1) === "clip" ? arg : (known[arg] ?? arg))));
    expect({ code: result.code, err: result.err }).toEqual({ code, err: expect.stringContaining(message) });
  });

  it("leaves alone the predictions of another model or set whose files would have the same names", async () => {
    const scores = join(folder, "dots");
    const other = join(folder, "b.images");
    await cp(world.images, other, { recursive: true });
    const evaluate = (model: string, images: string) =>
      run("--model-pth", world.clip, "--imgs-dir", images, "--model-basename", model, "--scores-dir", scores);
    expect((await evaluate("m", other)).code).toBe(0); // m.tsv, m.b.images.tsv
    const before = await readFile(join(scores, "m.b.images.tsv"), "utf8");
    for (const [model, file] of [
      ["m.b", "m.b.images.tsv"],
      ["m.b.images", "m.b.images.tsv"],
      ["M", "M.tsv"],
    ] as const) {
      expect(await evaluate(model, world.images)).toEqual({
        ...{ code: 2, out: "" },
        err: `error: INVALID_ARGUMENT: ${file} would replace the predictions of m on b.images: give another --model-basename or --scores-dir.\n`,
      });
    }
    expect(await readFile(join(scores, "m.b.images.tsv"), "utf8")).toBe(before);
    expect((await readdir(scores)).sort()).toEqual(["m.b.images.tsv", "m.tsv", "scores.jsonl", "scores.tsv"]);
    expect((await evaluate("m", other)).code).toBe(0); // its own again
    expect((await evaluate("m", world.images)).code).toBe(0);
  });

  it("says by which flag a tokenizer is given", async () => {
    const bare = join(folder, "bare");
    await cp(world.clip, bare, { recursive: true });
    for (const name of await readdir(bare)) if (/token|vocab|merges/.test(name)) await rm(join(bare, name));
    expect(await run("--model-pth", bare, "--imgs-dir", world.images)).toEqual({
      ...{ code: 2, out: "" },
      err: `error: INVALID_ARGUMENT: ${bare} brings no tokenizer: say whose it is, for example --processor openai/clip-vit-base-patch32.\n`,
    });
  });

  it("looks at where its files go before it opens the model", async () => {
    await writeFile(join(folder, "scores", "other.tsv"), "model\tBLEU-1\nx\t0.5\n");
    await writeFile(join(folder, "file"), "");
    await mkdir(join(folder, "scores", "nothing.images.tsv"));
    const given = ["--model-pth", "/nowhere", "--imgs-dir", world.images];
    for (const [args, message] of [
      [
        ["--scores-file", "other.tsv"],
        "other.tsv is another table: its rows should be a model and its accuracy at 1, 2, 3, 5 and 10, but one is",
      ],
      [["--scores-dir", join(folder, "file")], "cannot be made: a file is in its place."],
      [["--scores-dir", "/proc/none"], "error: WRITE_FAILED: The folder /proc/none cannot be made: "],
      [["--model-basename", "nothing"], "nothing.images.tsv cannot be written: it is a folder."],
    ] as const) {
      const { code, err } = await run(...given, ...args);
      expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(message) });
    }
    expect((await run(...given, "--scores-dir", join(folder, "new", "folder"))).code).toBe(1);
    expect(existsSync(join(folder, "new"))).toBe(false);
    expect(await read("other.tsv")).toBe("model\tBLEU-1\nx\t0.5\n");
  });

  it("writes nothing when it is stopped, and sets its tensors free", async () => {
    const tensors = tf.memory().numTensors;
    for (const wanted of [1, 2, 3]) {
      const stop = new AbortController();
      let seen = 0;
      const onErr = () => void (++seen === wanted && stop.abort(new Error("interrupted")));
      const given = ["--model-pth", world.clip, "--imgs-dir", world.images, "--scores-dir", join(folder, "stopped"), "--batch-size", "4"];
      const { code, err } = await cli(["eval", "clip", "--accelerator", "cpu", ...given], { signal: stop.signal, isTTY: true, onErr });
      expect({ code, err }).toEqual({ code: 130, err: expect.stringContaining("Stopped: ") });
      expect(existsSync(join(folder, "stopped"))).toBe(false);
      expect(tf.memory().numTensors).toBe(tensors);
    }
  });

  it("says what it found where a file cannot be written after all", async () => {
    const args = ["--model-pth", world.clip, "--imgs-dir", world.images, "--scores-dir", join(folder, "late"), "--model-basename", "tiny"];
    const controller = { made: false };
    const result = await cli(["eval", "clip", "--accelerator", "cpu", ...args], {
      isTTY: true,
      onErr: () => {
        if (!controller.made) mkdirSync(join(folder, "late", "scores.jsonl"), { recursive: true }); // while it classifies
        controller.made = true;
      },
    });
    expect(result).toMatchObject({ code: 1, out: expect.stringMatching(/^tiny on images, 32 images, zero-shot\ntop-1/) });
    expect(result.err).toContain("error: WRITE_FAILED: Nothing could be added to ");
  });
});
