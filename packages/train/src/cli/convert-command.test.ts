import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { Clip, ClipCap, type ClipConfig, fromHuggingFace, Gpt2, lazyOf, readAll, SentenceBert, Siglip } from "@rsdix/models";
import { writeSafetensors } from "@rsdix/models/node";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { cli } from "../../test/run-cli";
import { saveTinyCaptioner } from "../../test/tiny-captioner";
import { type TinyWorld, tinyWorld } from "../../test/tiny-world";

// Widths whose heads shapes tell: 64 each.
const tower = { width: 64, layers: 1, heads: 1 };
const config: ClipConfig = {
  embedDim: 8,
  image: { ...tower, size: 16, patch: 8 },
  text: { ...tower, vocabSize: 20, contextLength: 6 },
};

let folder: string;
let world: TinyWorld;

beforeAll(async () => {
  await startBackend("cpu");
  folder = scratchFolder("file");
  world = await tinyWorld(join(folder, "world"));
  const [student, teacher] = await Promise.all([1, 2].map(weightsOf));
  const named = (tensors: typeof student, layout: "rsdix" | "openclip", role?: "student" | "teacher") =>
    readAll(fromHuggingFace(lazyOf(tensors!), { model: "clip", layout, ...(role && { role }) }).tensors);
  const both = new Map([...(await named(student, "rsdix", "student")), ...(await named(teacher, "rsdix", "teacher"))]);
  await writeSafetensors(at("rsdix.safetensors"), both);
  const other = await named(student, "openclip");
  await writeSafetensors(at("openclip.safetensors"), other);
  const [first] = [...other.keys()].filter((name) => name.endsWith("attn.in_proj_bias"));
  other.delete(first!);
  other.set("head.weight", { dtype: "float32", shape: [1], data: Float32Array.of(1) });
  await writeSafetensors(at("partial.safetensors"), other);
});

const at = (...names: string[]) => join(folder, ...names);
const run = (...args: string[]) => cli(["convert", ...args]);
const scale = (seed: number) => [0, 2.5, 3.5][seed]!;

/** The weights of a CLIP whose temperature tells its seed. */
async function weightsOf(seed: number) {
  const clip = Clip.fromConfig(config, seed);
  clip.logitScale.assign(tf.scalar(scale(seed)));
  return clip.parameters.toCheckpoint().finally(() => clip.dispose());
}

const temperature = async (path: string) => {
  const clip = await Clip.fromPretrained(path);
  try {
    return [clip.logitScale.dataSync()[0], clip.tokenizer !== undefined] as const;
  } finally {
    clip.dispose();
  }
};

describe("rsdix convert", () => {
  it("reads a captioner of the demo's kind, with its heads and the tokens that it says", async () => {
    const source = at("demo-captioner");
    await saveTinyCaptioner(source, world.clip);
    const path = join(source, "config.json");
    const written = JSON.parse(await readFile(path, "utf8"));
    await writeFile(path, JSON.stringify({ ...written, model_type: "clipcap", vocabulary: [65, 66] }));
    expect(await run(source, at("demo-converted"))).toMatchObject({ code: 0, out: expect.stringContaining(": clipcap, layout ") });
    const encoder = await Clip.fromPretrained(at("demo-converted", "encoder")); // from the folder in it
    expect(encoder.tokenizer).toBeDefined();
    encoder.dispose();
    const captioner = await ClipCap.fromPretrained(at("demo-converted"));
    expect([captioner.config.gpt2.heads, [...captioner.parameters.vocabulary!.ids!]]).toEqual([written.gpt2.heads, [65, 66]]);
    captioner.dispose();
  });

  it("writes RSDiX's student or teacher as a folder of Hugging Face's, with the tokenizer that is named", async () => {
    const tensors = tf.memory().numTensors;
    const { code, out, err } = await run(at("rsdix.safetensors"), at("student"));
    expect({ code, out, err }).toEqual({
      code: 0,
      out: `${at("rsdix.safetensors")}: clip, layout rsdix, student\n${at("student")}: config.json, preprocessor_config.json, model.safetensors\n`,
      err: expect.stringContaining("There is no tokenizer beside"),
    });
    expect(await temperature(at("student"))).toEqual([scale(1), false]);
    expect(JSON.parse(await readFile(at("student", "config.json"), "utf8"))).toMatchObject({ model_type: "clip", projection_dim: 8 });
    const args = ["--role", "teacher", "--processor", world.clip, "--json"];
    const teacher = await run(at("rsdix.safetensors"), at("teacher"), ...args);
    expect(JSON.parse(teacher.out)).toMatchObject({
      model: "clip",
      layout: "rsdix",
      role: "teacher",
      missing: [],
      unused: [],
      tokenizer: true,
    });
    expect(await temperature(at("teacher"))).toEqual([scale(2), true]);
    const alone = await run(at("openclip.safetensors"), at("open"));
    expect(alone).toMatchObject({
      code: 2,
      err: expect.stringContaining("doesn't tell its activation. Give all sizes as the option config"),
    });
    expect((await run(at("openclip.safetensors"), at("open"), "--config", at("student", "config.json"))).out).toContain(
      "clip, layout openclip\n",
    );
    expect((await temperature(at("open")))[0]).toBe(scale(1));
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it("refuses for open_clip what it has no model or file for, and leaves nothing", async () => {
    const gpt2 = Gpt2.fromConfig({ ...tower, vocabSize: 20, contextLength: 6 }, 3);
    await gpt2.save(at("no-clip"));
    gpt2.dispose();
    const cases: [string[], RegExp][] = [
      [[at("no-clip")], /--layout openclip is for CLIP; .*no-clip is a model of type "gpt2"/],
      [[at("rsdix.safetensors"), "--dtype", "int8"], /--dtype int8 is read by rsdix alone: give --layout openclip float32 or float16/],
      [[at("rsdix.safetensors"), "--max-shard-size", "1MB"], /--max-shard-size would do nothing with --layout openclip/],
    ];
    for (const [[from, ...flags], message] of cases) {
      const result = await run(from!, at("for-open-clip"), "--layout", "openclip", ...flags);
      expect(result).toEqual({ code: 2, out: "", err: expect.stringMatching(message) });
      await expect(stat(at("for-open-clip"))).rejects.toMatchObject({ code: "ENOENT" });
    }
    expect(await run(at("no-clip"), at("for-other"), "--layout", "flax")).toMatchObject({
      code: 2,
      err: expect.stringContaining("huggingface, openclip"),
    });
  });

  it("converts each kind of model, and keeps what it computes", async () => {
    const text = { ...tower, vocabSize: 20, contextLength: 6 };
    const made = {
      siglip: Siglip.fromConfig({ image: { ...tower, size: 16, patch: 8 }, text }, 3),
      gpt2: Gpt2.fromConfig(text, 3),
      bert: SentenceBert.fromConfig(text, 3),
    };
    const classes = { siglip: Siglip, gpt2: Gpt2, bert: SentenceBert };
    for (const [kind, model] of Object.entries(made)) {
      await model.save(at(`own-${kind}`));
      const { code, out } = await run(at(`own-${kind}`), at(`new-${kind}`), "--json");
      expect({ code, out: JSON.parse(out) }).toMatchObject({ code: 0, out: { model: kind, layout: "huggingface", missing: [] } });
      const again = await classes[kind as keyof typeof classes].fromPretrained(at(`new-${kind}`));
      expect(await again.parameters.toCheckpoint()).toEqual(await model.parameters.toCheckpoint());
      model.dispose();
      again.dispose();
    }
  });

  it("writes a captioner's encoder beside it", async () => {
    await saveTinyCaptioner(at("captioner"), world.clip);
    expect((await run(at("captioner"), at("captioner2"), "--dtype", "float16")).out).toContain("clipcap, layout huggingface\n");
    const captioner = await ClipCap.fromPretrained(at("captioner2"));
    expect([captioner.config.prefixLength, captioner.tokenizer !== undefined]).toEqual([2, true]);
    captioner.dispose();
  });

  it("takes RSDiX's captioner and the encoder in the same file apart, and what it writes captions images", async () => {
    const gpt2 = { ...tower, vocabSize: 257, contextLength: 32 };
    const captioner = ClipCap.fromConfig({ prefixSize: 8, prefixLength: 2, gpt2 }, 5);
    const renamed = async (tensors: Awaited<ReturnType<typeof weightsOf>>, model: "clip" | "clipcap", prefix: string) =>
      readAll(fromHuggingFace(lazyOf(tensors), { model, layout: "rsdix", prefix }).tensors);
    const parts = [
      await renamed(await captioner.parameters.toCheckpoint(), "clipcap", "_clipcap."),
      await renamed(await weightsOf(1), "clip", "_clip_encoder._student."),
      await renamed(await weightsOf(2), "clip", "_clip_encoder._teacher."),
    ];
    await writeSafetensors(at("captioner.safetensors"), new Map(parts.flatMap((part) => [...part])));
    const args = ["--processor", world.gpt2, "--role", "teacher", "--json"];
    const { code, out, err } = await run(at("captioner.safetensors"), at("apart"), ...args);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(JSON.parse(out)).toMatchObject({ model: "clipcap", layout: "rsdix", missing: [], unused: [] });
    expect(JSON.parse(out).files).toContain("encoder/model.safetensors");
    expect(await temperature(at("apart", "encoder"))).toEqual([scale(2), false]);
    const again = await ClipCap.fromPretrained(at("apart"));
    expect(await again.parameters.toCheckpoint()).toEqual(await captioner.parameters.toCheckpoint());
    captioner.dispose();
    again.dispose();
    const captions = ["caption", "--accelerator", "cpu", "--model-pth", at("apart"), "--img-dir", world.images, "--out-path", at("c.json")];
    expect(await cli([...captions, "--max-tokens", "3"])).toMatchObject({ code: 0, out: expect.stringMatching(/^32 images captioned/) });
    // The encoder alone, of a file that holds both.
    expect((await run(at("captioner.safetensors"), at("alone"), "--model", "clip")).code).toBe(0);
    expect((await temperature(at("alone")))[0]).toBe(scale(1));
  });

  it("keeps weights in fewer bits, and in several files", async () => {
    const sizes: number[] = [];
    for (const dtype of ["float32", "float16", "int8"]) {
      const { code, err } = await run(at("rsdix.safetensors"), at(dtype), "--dtype", dtype);
      expect([code, err.includes("transformers would take the whole numbers")]).toEqual([0, dtype === "int8"]);
      sizes.push((await stat(at(dtype, "model.safetensors"))).size);
    }
    expect(sizes[1]! / sizes[0]!).toBeLessThan(0.6);
    expect(sizes[2]! / sizes[1]!).toBeLessThan(0.75);
    await run(at("rsdix.safetensors"), at("shards"), "--max-shard-size", "200KB");
    const shards = (await readdir(at("shards"))).filter((name) => /^model-\d+-of-\d+\.safetensors$/.test(name));
    expect(shards.length).toBeGreaterThan(1);
    expect((await temperature(at("shards")))[0]).toBe(scale(1));
  });

  it("reports what does not fit, and takes the rest only when told to", async () => {
    const sizes = ["--config", at("student", "config.json")];
    const strict = await run(at("partial.safetensors"), at("part"), ...sizes);
    expect(strict).toMatchObject({ code: 1, out: "", err: expect.stringMatching(/^error: CHECKPOINT_MISMATCH: .*q_proj\.bias.*/) });
    expect(await readdir(folder)).not.toContain("part");
    const { code, out } = await run(at("partial.safetensors"), at("part"), "--no-strict", ...sizes);
    expect(code).toBe(0);
    expect(out).toMatch(
      /\nmissing, and new \(3\): [\w.]+\.q_proj\.bias, [\w.]+\.k_proj\.bias, [\w.]+\.v_proj\.bias\nunused \(1\): head\.weight\n/,
    );
  });

  it("writes nothing when it is stopped before the weights are there, or as soon as they are", async () => {
    const tensors = tf.memory().numTensors;
    const args = ["convert", at("rsdix.safetensors"), at("stopped")];
    const before = new AbortController();
    before.abort(new Error("interrupted"));
    expect(await cli(args, { signal: before.signal })).toMatchObject({ code: 130, err: expect.stringContaining("Stopped: ") });
    const after = new AbortController();
    const load = Clip.fromPretrained.bind(Clip);
    const loading = vi.spyOn(Clip, "fromPretrained").mockImplementation(async (...given) => {
      const clip = await load(...given);
      after.abort(new Error("interrupted"));
      return clip;
    });
    const { code, err } = await cli(args, { signal: after.signal }).finally(() => loading.mockRestore());
    expect({ code, err }).toEqual({ code: 130, err: expect.stringContaining("Stopped: ") });
    expect(await readdir(folder)).not.toContain("stopped");
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it("leaves a folder with files alone, unless told to replace the model in it", async () => {
    await mkdir(at("mine"));
    await writeFile(at("mine", "config.json"), "mine");
    const refused = await run(at("rsdix.safetensors"), at("mine"));
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining("has files already (config.json): give --force") });
    expect(await readdir(at("mine"))).toEqual(["config.json"]);
    expect((await run(at("rsdix.safetensors"), at("mine"), "--force")).code).toBe(0);
    expect((await temperature(at("mine")))[0]).toBe(scale(1));
  });

  it("does not put what comes of a checkpoint in the place of it, also through links", async () => {
    expect((await run(at("rsdix.safetensors"), at("whole"))).code).toBe(0);
    const before = await readFile(at("whole", "model.safetensors"));
    await symlink(at("whole"), at("linked"));
    for (const [source, target] of [
      [at("whole"), at("whole")],
      [at("whole"), at("linked")],
      [at("whole", "model.safetensors"), at("linked")],
    ] as const) {
      const refused = await run(source, target, "--force", "--dtype", "int8");
      expect(refused).toMatchObject({ code: 2, err: expect.stringMatching(/INVALID_ARGUMENT: .* is read, and would be replaced/) });
    }
    expect(Buffer.compare(await readFile(at("whole", "model.safetensors")), before)).toBe(0);
  });

  it.each([
    [["/nowhere", "new"], 1, 'error: FILE_NOT_FOUND: "/nowhere" is no file or folder.'],
    [["ANNOTATIONS", "new"], 1, "error: "],
    [["RSDIX", "ANNOTATIONS"], 1, "error: WRITE_FAILED: "],
    [["GPT2", "new", "--role", "teacher"], 2, "--role is whose weights of a CLIP or SigLIP; "],
    [["RSDIX", "new", "--dtype", "float64"], 2, "argument 'float64' is invalid. Allowed choices are float32, float16, int8."],
    [["RSDIX", "new", "--max-shard-size", "5 apples"], 2, "It must be a size such as 500MB or 5GB."],
    [["RSDIX", "new", "--model", "gpt2"], 1, "error: CHECKPOINT_MISMATCH: The checkpoint holds no model that is known as gpt2"],
    [["RSDIX", "new", "--weights", "x.bin"], 1, 'error: FILE_NOT_FOUND: There are no weights "x.bin"'],
    [["RSDIX", "new", "--config", "/nowhere"], 1, "error: FILE_NOT_FOUND: /nowhere cannot be read"],
    [["RSDIX", "new", "--config", "GPT2/config.json"], 1, 'is of a model of type "gpt2", and the checkpoint of one of type "clip".'],
    [["RSDIX", "new", "--seed", "1"], 2, "--seed would do nothing without --no-strict"],
    [["RSDIX"], 2, "error: missing required argument 'folder'"],
  ])("refuses %j", async (args, code, message) => {
    const known: Record<string, string> = {
      ANNOTATIONS: world.annotations,
      RSDIX: at("rsdix.safetensors"),
      GPT2: world.gpt2,
      new: at("new"),
    };
    const result = await run(...args.map((arg) => known[arg] ?? arg.replace("GPT2/", `${world.gpt2}/`)));
    expect({ code: result.code, out: result.out, err: result.err }).toEqual({ code, out: "", err: expect.stringContaining(message) });
    expect(await readdir(folder)).not.toContain("new");
  });
});
