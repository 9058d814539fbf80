import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { Clip, ClipCap } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { fitFlags } from "../../test/fit-flags";
import { cli } from "../../test/run-cli";
import { type TinyWorld, tinyWorld } from "../../test/tiny-world";

let folder: string;
let world: TinyWorld;

beforeAll(async () => {
  await startBackend("wasm");
  folder = scratchFolder("file");
  world = await tinyWorld(join(folder, "world"));
});

const flags = (runs: string) => fitFlags(world, join(folder, runs));
const logOf = async (run: string) =>
  (await readFile(join(folder, run, "log.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
const ofType = (log: { type: string }[], type: string) =>
  log.filter((record) => record.type === type) as unknown as Record<string, never>[];

describe("rsdix fit clip", () => {
  it("trains what flags say into a run's folder, from which the model is loaded", async () => {
    const args = ["fit", "clip", ...flags("a"), "--model.model", world.clip, "--model.lr", "3e-3", "--trainer.max_epochs", "3"];
    const tensors = tf.memory().numTensors;
    const { code, out, err } = await cli(args);
    expect({ code, err }).toEqual({
      code: 0,
      err: expect.stringContaining("16 images for training, 8 for validation; 6 steps at up to 0.003"),
    });
    expect(tf.memory().numTensors).toBe(tensors);
    expect(out).toBe(`The model is in ${join(folder, "a", "clip-1", "model")}.\n`);
    const log = await logOf("a/clip-1");
    expect(ofType(log, "step").map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(ofType(log, "validation")).toHaveLength(3);
    expect(log.at(-1)).toMatchObject({ type: "end", reason: "finished" });
    expect(await readFile(join(folder, "a", "last"), "utf8")).toBe("clip-1\n");
    const trained = await Clip.fromPretrained(join(folder, "a", "clip-1", "model"));
    expect(trained.tokenizer).toBeDefined();
    trained.dispose();
  });

  it("goes on with a run to the same numbers as without a break", async () => {
    const args = [
      "fit",
      "clip",
      ...flags("b"),
      "--model.model",
      world.clip,
      "--model.lr",
      "3e-3",
      "--trainer.max_epochs",
      "3",
      "--trainer.save_every_n_steps",
      "1",
    ];
    expect((await cli(args)).code).toBe(0);
    const stop = new AbortController();
    const broken = await cli([...args, "--json"], {
      signal: stop.signal,
      onOut: (text) => {
        if (text.includes('"type":"step"') && text.includes('"step":3,')) stop.abort(new Error("interrupted"));
      },
    });
    expect(broken).toMatchObject({ code: 130, err: expect.stringContaining("Stopped: clip-distillation: stopped after step 3 of 6.") });
    const resumed = await cli(["fit", "clip", "--resume", "last", "--trainer.default_root_dir", join(folder, "b")]);
    expect(resumed).toMatchObject({ code: 0 });
    const losses = async (run: string) => ofType(await logOf(run), "step").map(({ step, loss }) => ({ step, loss }));
    expect(await losses("b/clip-2")).toEqual(await losses("b/clip-1"));
  });

  it("goes on with a copy of a run, and leaves alone what is called last beside it", async () => {
    const args = [
      "fit",
      "clip",
      ...flags("copied"),
      "--model.model",
      world.clip,
      "--trainer.max_steps",
      "1",
      "--trainer.limit_val_batches",
      "0",
    ];
    expect((await cli(args)).code).toBe(0);
    const [copy, notes] = [join(folder, "elsewhere", "best"), join(folder, "elsewhere", "last")];
    await cp(join(folder, "copied", "clip-1"), copy, { recursive: true });
    await writeFile(notes, "my own notes\n");
    await rm(join(folder, "copied", "last"));
    const resume = (run: string) => cli(["fit", "clip", "--resume", run]);
    expect(await resume(copy)).toMatchObject({ code: 0 });
    expect(await readFile(notes, "utf8")).toBe("my own notes\n");
    await rm(notes);
    await mkdir(notes);
    expect(await resume(copy)).toMatchObject({ code: 0 });
    expect(await resume(join(folder, "copied", "clip-1"))).toMatchObject({ code: 0 });
    expect(await readFile(join(folder, "copied", "last"), "utf8")).toBe("clip-1\n");
  });

  it.each(["similarity", "projected", "reference"])("is taught by a Sentence-BERT (%s)", async (mode) => {
    const taught = [
      "--model.use_sentence_bert_as_teacher",
      "--model.sentence_bert_model",
      world.sentenceBert,
      "--model.sentence_bert_mode",
      mode,
    ];
    const tensors = tf.memory().numTensors;
    const args = ["fit", "clip", ...flags(mode), "--model.model", world.clip, "--trainer.max_steps", "2", ...taught];
    expect(await cli([...args, "--data.unique_captions", "--trainer.limit_val_batches", "0"])).toMatchObject({ code: 0 });
    expect(tf.memory().numTensors).toBe(tensors);
    const [step] = ofType(await logOf(`${mode}/clip-1`), "step");
    expect(step).toMatchObject({
      logs: { sbsMse: expect.any(Number) },
      loss: { contrastive: expect.any(Number), distillation: expect.any(Number) },
    });
  });

  it("prints the whole configuration, which is one, and its schema", async () => {
    const printed = await cli(["fit", "clip", ...flags("c"), "--model.useWarmup", "linear", "--print-config"]);
    expect(printed.code).toBe(0);
    expect(printed.out).toMatch(/^seed_everything: 42\nmodel:\n {2}model: openai\/clip-vit-base-patch32\n/);
    expect(printed.out).toContain("  use_warmup: linear\n");
    const schema = await cli(["fit", "clip", "--print-schema"]);
    expect(JSON.parse(schema.out).properties.model.properties.alpha).toMatchObject({ default: 0.5, maximum: 1 });
  });

  it.each([
    [["--model.aplha", "1"], 2, "error: unknown option '--model.aplha'\n(Did you mean --model.alpha?)"],
    [["--model.alpha", "2"], 2, "error: INVALID_ARGUMENT: fit clip: model.alpha is 2"],
    [["--config", "/tmp"], 1, "error: FILE_NOT_FOUND: /tmp cannot be read: it is a folder; name the YAML file."],
    [["--config", "nowhere.yaml"], 1, "error: FILE_NOT_FOUND: nowhere.yaml cannot be read: there is no such file."],
    [["--resume", "last"], 1, ": give a run's folder, or --trainer.default_root_dir with the folder that runs lie in.\n"],
    [["--model.model", "/nowhere"], 1, 'error: FILE_NOT_FOUND: "/nowhere" is no file or folder.'],
    [["--data.img_dirs", "/nowhere"], 1, "error: FILE_NOT_FOUND:"],
    [
      ["--data.img_dirs", "[a, b]"],
      2,
      "error: INVALID_ARGUMENT: Each annotation file needs its image folder: got 1 annotations_files, 2 img_dirs.",
    ],
    [["--trainer.accelerator", "abacus"], 1, "error: BACKEND_UNAVAILABLE:"],
  ])("refuses %j", async (wrong, code, message) => {
    const run = await cli(["fit", "clip", ...flags("wrong"), "--model.model", world.clip, ...wrong]);
    expect({ code: run.code, err: run.err }).toEqual({ code, err: expect.stringContaining(message) });
  });
});

describe("rsdix fit clipcap", () => {
  it("trains the encoder too, at a rate of its own, on images that change", async () => {
    const args = [
      "fit",
      "clipcap",
      ...flags("free"),
      "--model.model",
      world.clip,
      "--model.gpt_model",
      world.gpt2,
      "--model.prefix_length",
      "2",
    ];
    const scored = [
      "--model.metrics",
      "bleu",
      "--model.every_n_batches",
      "2",
      "--model.use_beam_search",
      "--model.freeze",
      "[patch_embedding]",
    ];
    const free = [
      ...scored,
      "--model.freeze_clip_encoder",
      "false",
      "--model.lr",
      "1e-3",
      "--data.augment_image_data",
      "--trainer.max_steps",
      "2",
    ];
    const { code, err } = await cli([
      ...args,
      ...free,
      "--model.mapping_type",
      "transformer",
      "--model.num_layers",
      "1",
      "--model.dropout_gpt2",
      "0.1",
      "--model.dropout_transformer",
      "0.1",
    ]);
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining("2 steps at up to 0.001") });
    const [step] = ofType(await logOf("free/clipcap-1"), "step");
    expect(step).toMatchObject({ learningRates: { encoder: expect.any(Number), default: expect.any(Number) } });
    const before = await Clip.fromPretrained(world.clip);
    const after = await Clip.fromPretrained(join(folder, "free", "clipcap-1", "model", "encoder"));
    const same = async (name: string) => expect(await after.parameters.get(name).data());
    const was = (name: string) => before.parameters.get(name).data();
    (await same("visual_projection.weight")).not.toEqual(await was("visual_projection.weight"));
    const frozen = "vision_model.embeddings.patch_embedding.weight";
    (await same(frozen)).toEqual(await was(frozen));
    before.dispose();
    after.dispose();
  });

  it("trains a captioner that captions", async () => {
    const args = [
      "fit",
      "clipcap",
      ...flags("cap"),
      "--model.model",
      world.clip,
      "--model.gpt_model",
      world.gpt2,
      "--model.prefix_length",
      "2",
    ];
    const { code, err } = await cli([
      ...args,
      "--model.clipcap_lr",
      "1e-2",
      "--model.clipcap_warmup_steps",
      "0",
      "--trainer.max_epochs",
      "20",
      "--trainer.check_val_every_n_steps",
      "40",
    ]);
    expect({ code, err }).toEqual({
      code: 0,
      err: expect.stringContaining("16 images for training, 8 for validation; 40 steps at up to 0.01"),
    });
    const captioner = await ClipCap.fromPretrained(join(folder, "cap", "clipcap-1", "model"));
    expect(captioner.config.prefixLength).toBe(2);
    captioner.dispose();
    // The last validation captioned as the model that was saved does.
    const last = ofType(await logOf("cap/clipcap-1"), "validation").at(-1) as unknown as { metrics: Record<string, number> };
    const saved = ["--model-pth", join(folder, "cap", "clipcap-1", "model"), "--annotations-files", world.annotations];
    const scored = await cli([
      ...[
        "eval",
        "clipcap",
        ...saved,
        "--img-dirs",
        world.images,
        "--splits",
        "val",
        "--max-tokens",
        "46",
        "--metrics",
        "meteor,rougeL,bleu",
      ],
      ...["--accelerator", "wasm", "--scores-dir", folder, "--json"],
    ]);
    const { scores } = JSON.parse(scored.out);
    expect(last.metrics).toMatchObject({ loss: expect.any(Number), spice: expect.any(Number), ciderD: expect.any(Number) });
    const { meteor, rougeL, bleu1 } = last.metrics;
    expect([meteor, rougeL, bleu1]).toEqual([scores.METEOR, scores["ROUGE-L"], scores["BLEU-1"]]);
    expect(bleu1).toBeGreaterThan(0);
    const losses = ofType(await logOf("cap/clipcap-1"), "step").map(({ loss }) => (loss as unknown as { total: number }).total);
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
  });
});
