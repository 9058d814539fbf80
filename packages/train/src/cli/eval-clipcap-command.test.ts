import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { evalClipCap, SHORT as short } from "../../test/eval-clipcap";

const { folder, world, captioner, images, run, caption } = await evalClipCap();

const scores = (name = "clip_cap_scores.tsv") => readFile(join(folder, "scores", name), "utf8");

describe("rsdix eval clipcap", () => {
  it("captions the test images, exports and scores the captions", async () => {
    const exported = join(folder, "captions.json");
    const tensors = tf.memory().numTensors;
    const { code, out, err } = await caption(...short, "--export_captions_file", exported);
    expect({ code, err: err.replaceAll(/\r.*\n?/g, "") }).toEqual({ code: 0, err: "" });
    expect(tf.memory().numTensors).toBe(tensors);
    expect(out).toMatch(/^tiny-captioner, 8 images\nROUGE-L {2}0\.\d{3}\nBLEU-1 {3}0\.\d{3}\n/);
    const row = `tiny-captioner${["bleu_1", "bleu_2", "bleu_3", "bleu_4", "rouge_l"].map((name) => `\\t${name}\\t0\\.\\d{3}`).join("")}\\t`;
    expect(await scores()).toMatch(new RegExp(`^${row}\n$`));
    expect(JSON.parse(await scores("clip_cap_scores.jsonl"))).toEqual({
      ...{ model: "tiny-captioner", dataset: "colours", splits: ["test"], images: 8, row: (await scores()).slice(0, -1) },
      scores: expect.objectContaining({ "ROUGE-L": expect.any(Number), "BLEU-4": expect.any(Number) }),
    });
    const file = JSON.parse(await readFile(exported, "utf8"));
    expect(file).toHaveLength(9);
    expect(file.at(-1)).toEqual({ model_basename: "tiny-captioner" });
    expect(file[0]).toEqual({
      filename: "red_test0.png",
      preds: [expect.any(String)],
      reference_captions: [["a red field .", "all is red ."]],
    });

    const again = join(folder, "again.json");
    const back = await run("--import-captions-file", exported, "--metrics", "bleu,rougeL", "--export-captions-file", again);
    expect({ code: back.code, out: back.out }).toEqual({ code: 0, out });
    expect(await readFile(again, "utf8")).toBe(await readFile(exported, "utf8"));
    const byName = await run(
      "--import-captions-file",
      exported,
      "--no-evaluation",
      "--export-captions-file",
      again,
      "--export-layout",
      "inference",
    );
    expect(byName.code).toBe(0);
    expect(JSON.parse(await readFile(again, "utf8"))).toMatchObject({ "red_test0.png": file[0].preds });
    const args = ["--annotations-files", world.annotations, "--model-basename", "tiny-captioner", "--metrics", "bleu,rougeL"];
    expect((await run("--import-captions-file", again, ...args)).out).toBe(out);
    expect((await scores()).split("\n")).toEqual([...Array(3).fill((await scores()).split("\n")[0]), ""]);
  });

  it("scores what the original exported, whose paths are whole, and adds to the original's table", async () => {
    const theirs = join(folder, "theirs.json");
    const entry = (colour: string) => ({
      filename: `./data/x/${colour}_test0.png`,
      preds: [`a ${colour} field .`],
      reference_captions: [["a hill ."]],
    });
    await writeFile(theirs, JSON.stringify([entry("red"), entry("blue"), { model_basename: "theirs" }]));
    const table = join(folder, "scores", "theirs.tsv");
    await writeFile(table, "clipcap-b32\tmeteor\t0.598\tsbert_sim\t0.817\t\n");
    const given = ["--import_captions_file", theirs, "--scores_file", "theirs.tsv", "--metrics", "rouge_l", "bleu_4", "bleu_1"];
    expect((await run(...given)).code).toBe(0);
    expect((await run(...given, "--annotations_files", world.annotations, "--model_basename", "ours")).code).toBe(0);
    expect(await readFile(table, "utf8")).toMatch(
      /^clipcap-b32\tmeteor\t0\.598\tsbert_sim\t0\.817\t\ntheirs\trouge_l\t0\.\d{3}\tbleu_1\t0\.\d{3}\tbleu_4\t0\.000\t\nours\trouge_l\t1\.000\tbleu_1\t1\.000\tbleu_4\t1\.000\t\n$/,
    );
    await writeFile(theirs, JSON.stringify({ "x/red_test9.png": ["a red field ."] }));
    expect(await run(...given, "--annotations_files", world.annotations, "--model_basename", "ours")).toMatchObject({
      code: 1,
      err: expect.stringContaining('has a caption of "x/red_test9.png", which no annotation file has.'),
    });
    await writeFile(theirs, JSON.stringify({ "x/red_test0.png": ["a red field ."] }));
    const twice = ["--annotations_files", world.annotations, world.annotations, "--model_basename", "ours"];
    expect((await run(...given, ...twice)).err).toContain("which may be any of colours/red_test0.png, colours-2/red_test0.png.");
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
    const { code, out } = await caption(
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
    [
      ["--model-pth", "captioner"],
      2,
      "error: INVALID_ARGUMENT: --annotations-files and --img-dirs must say which images are captioned, or --shards archives.",
    ],
    [["--model-pth", "captioner", "IMAGES", "--splits", "tset"], 2, '--splits takes train, val and test, got "tset".'],
    [["--model-pth", "captioner", "IMAGES", "--no-evaluation"], 2, "--no-evaluation needs --export-captions-file"],
    [["--model-pth", "captioner", "IMAGES", "--metrics", "blue"], 2, 'There is no metric "blue" here. Known are meteor,'],
    [
      ["--model-pth", "clip", "IMAGES", "--metrics", "bleu", "--accelerator", "cpu"],
      1,
      "clip holds a CLIP, not a captioner: rsdix eval clip, rsdix embed and rsdix fit clip take it.\n",
    ],
    [
      ["--model-pth", "captioner", "IMAGES", "--metrics", "rougel", "rogueL"],
      2,
      "Known are meteor, sbertSim, rougeL, bleu, spice, ciderD, spider, vocab. Did you mean rougel?",
    ],
    [
      ["--model-pth", "captioner", "IMAGES", "--beams", "3"],
      2,
      "error: INVALID_ARGUMENT: --beams would do nothing without --use-beam-search.",
    ],
    [
      ["--model-pth", "captioner", "IMAGES", "--runs", "x", "--metrics", "bleu", "--sentence-bert", "y", "--paraphrases", "z"],
      2,
      "--runs would do nothing without --checkpoint. --sentence-bert would do nothing without sbertSim among the metrics. --paraphrases would do nothing without meteor among the metrics.",
    ],
    [["--model-pth", "captioner", "IMAGES", "--no-splits", "--seed", "1"], 2, "--seed would do nothing with --no-splits."],
    [
      ["--model-pth", "captioner", "IMAGES", "--export-layout", "inference"],
      2,
      "--export-layout would do nothing without --export-captions-file.",
    ],
    [
      ["--model-pth", "captioner", "IMAGES", "--no-evaluation", "--export-captions-file", "x", "--metrics", "bleu"],
      2,
      "--metrics would do nothing with --no-evaluation.",
    ],
    [
      [
        "--import-captions-file",
        "x",
        "--splits",
        "test",
        "--encoder",
        "y",
        "--max-tokens",
        "2",
        "--metrics",
        "bleu",
        "--accelerator",
        "abacus",
      ],
      2,
      "error: INVALID_ARGUMENT: --encoder, --splits, --max-tokens would do nothing with --import-captions-file, whose captions are there already. --accelerator would do nothing with --import-captions-file and without sbertSim.",
    ],
    [
      ["--import-captions-file", "x", "--no-splits", "--skip-broken"],
      2,
      "--no-splits would do nothing with --import-captions-file, whose captions are there already. --skip-broken would",
    ],
    [
      ["--import-captions-file", "ONE", "--metrics", "spider,ciderD,vocab"],
      2,
      "error: INVALID_ARGUMENT: spider, ciderD of a single image is nothing",
    ],
    [
      ["--import-captions-file", "NONE"],
      1,
      'error: EMPTY_DATA: There is no reference for "1.png": give --annotations-files that have one.',
    ],
    [["--import-captions-file", "/nowhere.json"], 1, "error: FILE_NOT_FOUND: /nowhere.json cannot be read"],
    [["--import-captions-file", "annotations"], 1, "error: FILE_CORRUPT:"],
    [["--import-captions-file", "/x.json", "--model-pth", "captioner"], 2, "--model-pth would do nothing with --import-captions-file"],
    [
      [
        "--model-pth",
        "captioner",
        "IMAGES",
        "--metrics",
        "sbertSim",
        "--sentence-bert",
        "/nowhere",
        "--max-tokens",
        "2",
        "--accelerator",
        "cpu",
      ],
      1,
      'error: FILE_NOT_FOUND: "/nowhere" is no file or folder. It is for sbertSim: name another with --sentence-bert, or give --metrics without it.',
    ],
  ])("refuses %j", async (args, code, message) => {
    const known: Record<string, string[]> = {
      captioner: [captioner],
      clip: [world.clip],
      annotations: [world.annotations],
      IMAGES: images,
      ONE: [join(folder, "one.json")],
      NONE: [join(folder, "none.json")],
    };
    const one = { filename: "1.png", preds: ["a"], reference_captions: [["a"]] };
    await writeFile(known.ONE![0]!, JSON.stringify([one, { model_basename: "m" }]));
    await writeFile(known.NONE![0]!, JSON.stringify([{ filename: "1.png", preds: ["a"] }, { model_basename: "m" }]));
    const result = await run(...args.flatMap((arg) => known[arg] ?? [arg]));
    expect({ code: result.code, err: result.err }).toEqual({ code, err: expect.stringContaining(message) });
  });

  it("looks at where its files go before it opens the model", async () => {
    await writeFile(join(folder, "scores", "other.tsv"), "clip-b32\t0.960\t0.990\t0.995\t1.000\t1.000\n");
    await writeFile(join(folder, "file"), "");
    const given = ["--model-pth", "/nowhere", "--metrics", "bleu"];
    for (const [args, message] of [
      [
        ["--scores-file", "other.tsv", ...images],
        "other.tsv is another table: its rows should be a model, and a name and a value of each metric",
      ],
      [["--export-captions-file", join(folder, "file", "x.json"), ...images], "cannot be made: a file is in its place."],
      [["--export-captions-file", folder, ...images], "cannot be written: it is a folder."],
    ] as const) {
      const { code, err } = await run(...given, ...args);
      expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(message) });
    }
    const same = ["--scores-file", "new.tsv", "--export-captions-file", join(folder, "scores", "new.jsonl")];
    expect(await run(...given, ...same, ...images)).toMatchObject({
      code: 2,
      err: expect.stringContaining("would hold both scores and captions"),
    });
  });

  it("says which metric a lone image, the other being broken, has not", async () => {
    const set = join(folder, "broken");
    await mkdir(set);
    await copyFile(join(world.images, "red_test0.png"), join(set, "red_test0.png"));
    await writeFile(join(set, "red_test1.png"), "no image");
    const sentences = [{ raw: "a red field ." }];
    const records = [0, 1].map((imgid) => ({ filename: `red_test${imgid}.png`, imgid, split: "test", sentences }));
    await writeFile(join(folder, "broken.json"), JSON.stringify({ dataset: "broken", images: records }));
    const given = ["--model-pth", captioner, "--annotations-files", join(folder, "broken.json"), "--img-dirs", set, "--accelerator", "cpu"];
    const { code, out, err } = await run(...given, "--skip-broken", "--max-tokens", "2", "--metrics", "ciderD", "vocab");
    expect(code).toBe(0);
    expect(err).toContain("left out: ciderD: CIDEr-D needs two images or more");
    expect(out).toMatch(/^tiny-captioner, 1 image\nvocab {12}\d\.000\nvocabReferences {2}\d\.000\n/);
  });
});
