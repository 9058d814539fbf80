import { execFileSync } from "node:child_process";
import { copyFile, cp, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { decodeImage } from "@rsdix/image/node";
import { Clip, ClipTokenizer } from "@rsdix/models";
import { readSafetensors } from "@rsdix/models/node";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { cli } from "../../test/run-cli";
import { type TinyWorld, tinyWorld } from "../../test/tiny-world";

let folder: string;
let world: TinyWorld;
let other: string;

beforeAll(async () => {
  await startBackend("cpu");
  folder = scratchFolder("file");
  world = await tinyWorld(join(folder, "world"));
  other = join(folder, "other");
  const tower = { width: 16, layers: 1, heads: 2 };
  const text = { ...tower, vocabSize: 10, contextLength: 4 };
  const clip = Clip.fromConfig({ embedDim: 8, image: { ...tower, size: 16, patch: 8 }, text }, 9);
  clip.tokenizer = ClipTokenizer.fromBpe({ merges: [] });
  await clip.save(other).finally(() => clip.dispose());
});

const at = (...names: string[]) => join(folder, ...names);
const run = (out: string, ...args: string[]) =>
  cli(["embed", "--accelerator", "cpu", "--model-pth", world.clip, "--img_dir", world.images, "--out_path", at(out), ...args]);
const npy = async (path: string) => {
  const bytes = await readFile(path);
  const start = 10 + bytes.readUInt16LE(8);
  return Array.from({ length: (bytes.length - start) / 4 }, (_, i) => bytes.readFloatLE(start + 4 * i));
};
const close = (values: Iterable<number>) => [...values].map((value) => expect.closeTo(value, 5));
const expected = async (name: string) => {
  const clip = await Clip.fromPretrained(world.clip);
  return [...(await clip.embedImages([await decodeImage(join(world.images, name))]).finally(() => clip.dispose()))];
};

describe("rsdix embed", () => {
  it("writes a file an image, which NumPy reads, with what the model gives", async () => {
    const tensors = tf.memory().numTensors;
    const { code, out, err } = await run("a", "--batch-size", "7");
    expect({ code, out, err }).toEqual({ code: 0, out: `32 images embedded, 0 were there: ${at("a")}\n`, err: "" });
    expect(tf.memory().numTensors).toBe(tensors);
    expect((await readdir(at("a"))).filter((name) => name.endsWith(".png.npy"))).toHaveLength(32);
    const bytes = await readFile(at("a", "red_val1.png.npy"));
    expect(bytes.subarray(0, 8).toString("latin1")).toBe("\x93NUMPY\x01\x00");
    expect(bytes.subarray(10, 128).toString("latin1")).toBe(`${"{'descr': '<f4', 'fortran_order': False, 'shape': (8,), }".padEnd(117)}\n`);
    expect(await npy(at("a", "red_val1.png.npy"))).toEqual(close(await expected("red_val1.png")));
    expect(await npy(at("a", "red_val1.png.npy"))).not.toEqual(close(await expected("blue_val1.png")));
  });

  it("keeps what is there of the same image, and makes anew what is changed, missing or torn", async () => {
    const images = at("changing");
    await mkdir(join(images, "deep"), { recursive: true });
    for (const name of ["red_val0.png", "red_val1.png", "blue_val0.png"])
      await copyFile(join(world.images, name), join(images, "deep", name));
    const again = () => run("b", "--img-dir", images, "--json");
    expect(JSON.parse((await again()).out)).toEqual({ kept: 0, embedded: 3, skipped: 0, dim: 8, out: at("b") });
    const before = await stat(at("b", "deep", "blue_val0.png.npy"));
    await copyFile(join(world.images, "white_val0.png"), join(images, "deep", "red_val0.png")); // another image of the name
    await rm(at("b", "deep", "red_val1.png.npy"));
    expect(JSON.parse((await again()).out)).toMatchObject({ kept: 1, embedded: 2 });
    expect((await stat(at("b", "deep", "blue_val0.png.npy"))).mtimeMs).toBe(before.mtimeMs);
    expect(await npy(at("b", "deep", "red_val0.png.npy"))).toEqual(close(await expected("white_val0.png")));
    const index = await readFile(at("b", "embeddings.jsonl"), "utf8");
    const lines = index.trimEnd().split("\n");
    await writeFile(at("b", "embeddings.jsonl"), lines.slice(0, -1).join("\n").slice(0, -9)); // the process was killed while it wrote
    expect(JSON.parse((await again()).out)).toMatchObject({ kept: 2, embedded: 1 });
    expect(JSON.parse((await again()).out)).toMatchObject({ kept: 3, embedded: 0 });
    await writeFile(at("b", "embeddings.jsonl"), "mine\n");
    expect(await again()).toMatchObject({ code: 1, err: expect.stringMatching(/^error: FILE_CORRUPT: .*embeddings\.jsonl is no JSON/) });
  });

  it("does not mix models: it refuses another one's folder unless told to replace them", async () => {
    const args = ["--annotations-file", world.annotations, "--split", "val"];
    expect((await run("c", ...args)).out).toBe(`8 images embedded, 0 were there: ${at("c")}\n`);
    const wrong = await run("c", ...args, "--model-pth", other);
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining("is of embeddings of another model (model): give --force") });
    expect((await run("c", ...args, "--normalize")).err).toContain("is of embeddings of another preprocessing (normalized)");
    expect((await run("c", ...args, "--model-pth", other, "--force")).out).toContain("8 images embedded, 0 were there");
    expect((await run("c", ...args, "--model-pth", other)).out).toContain("0 images embedded, 8 were there");
  });

  it("writes one file of safetensors with the names beside it, of length 1 when told to, and goes on with it", async () => {
    const args = ["--format", "safetensors", "--normalize", "--json"];
    const some = await run("d", ...args, "--annotations-file", world.annotations, "--split", "val");
    expect(JSON.parse(some.out)).toMatchObject({ embedded: 8, kept: 0, out: at("d", "embeddings.safetensors") });
    expect(JSON.parse((await run("d", ...args)).out)).toMatchObject({ embedded: 24, kept: 8 });
    expect(JSON.parse((await run("d", ...args)).out)).toMatchObject({ embedded: 0, kept: 32 });
    const { tensors } = await readSafetensors(at("d", "embeddings.safetensors"));
    const { shape, data } = tensors.get("embeddings")!;
    expect(shape).toEqual([32, 8]);
    const names = (JSON.parse(await readFile(at("d", "embeddings.json"), "utf8")).images as { image: string }[]).map(({ image }) => image);
    expect(names).toEqual((await readdir(world.images)).sort());
    const row = names.indexOf("green_test1.png");
    const raw = await expected("green_test1.png");
    const norm = Math.hypot(...raw);
    expect([...data.slice(8 * row, 8 * row + 8)]).toEqual(close(raw.map((value) => value / norm)));
  });

  it.each(["npy", "safetensors"])("keeps embeddings of other images, of another command at the same time, too (%s)", async (format) => {
    const noted = (split: string) => ["--format", format, "--annotations-file", world.annotations, "--split", split];
    const counts = async (out: string, split: string) =>
      JSON.parse((await run(out, ...noted(split), "--json")).out) as Record<string, number>;
    await run(`k-${format}`, ...noted("train"));
    await run(`k-${format}`, ...noted("val"));
    expect(await counts(`k-${format}`, "train")).toMatchObject({ kept: 16, embedded: 0 });
    await Promise.all([run(`l-${format}`, ...noted("train")), run(`l-${format}`, ...noted("val")), run(`l-${format}`, ...noted("test"))]);
    for (const [split, kept] of Object.entries({ train: 16, val: 8, test: 8 }))
      expect(await counts(`l-${format}`, split)).toMatchObject({ kept, embedded: 0 });
    expect((await readdir(at(`l-${format}`))).filter((name) => name.includes("lock"))).toEqual([]);
    await run(`k-${format}`, ...noted("val"), "--force");
    expect(await counts(`k-${format}`, "train")).toMatchObject({ kept: 0, embedded: 16 });
  });

  it("writes into a folder in the model's own", async () => {
    const model = at("model");
    await cp(world.clip, model, { recursive: true });
    for (const embedded of [32, 0]) {
      const { code, out } = await run(join("model", "out"), "--model-pth", model, "--format", "safetensors", "--json");
      expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, embedded });
    }
    const beside = await run("model", "--model-pth", model, "--format", "safetensors");
    expect(beside).toMatchObject({ code: 2, err: expect.stringMatching(/embeddings\.safetensors is read as a part of the model/) });
  });

  it("keeps what it has when it is stopped, and goes on from there", async () => {
    for (const format of ["npy", "safetensors"]) {
      const stop = new AbortController();
      const args = ["embed", "--accelerator", "cpu", "--model-pth", world.clip, "--img-dir", world.images, "--out-path", at(`e-${format}`)];
      const all = [...args, "--format", format, "--batch-size", "4"];
      let seen = "";
      const onErr = () => {
        seen += ".";
        if (seen.length === 5) stop.abort(new Error("interrupted"));
      };
      const broken = await cli(all, { signal: stop.signal, isTTY: true, onErr });
      expect(broken).toMatchObject({ code: 130, err: expect.stringContaining("Stopped: ") });
      const { kept, embedded } = JSON.parse((await cli([...all, "--json"])).out) as { kept: number; embedded: number };
      expect(kept).toBeGreaterThan(0);
      expect(kept + embedded).toBe(32);
      expect(embedded).toBeGreaterThan(0);
    }
  });

  it("leaves out what cannot be read when told to, and names it", async () => {
    const images = at("broken");
    await mkdir(images);
    await copyFile(join(world.images, "red_val0.png"), join(images, "a.png"));
    await writeFile(join(images, "b.png"), "no image");
    await writeFile(join(images, "notes.txt"), "no image either");
    const strict = await run("f", "--img-dir", images);
    expect(strict).toMatchObject({ code: 1, err: expect.stringMatching(/^error: FILE_CORRUPT: .*b\.png/) });
    for (const [embedded, kept] of [
      [1, 0],
      [0, 1],
    ]) {
      const skipping = await run("g", "--img-dir", images, "--skip-broken", "--json");
      expect(skipping).toMatchObject({ code: 0, err: expect.stringMatching(/^left out: .*b\.png/) });
      expect(JSON.parse(skipping.out)).toMatchObject({ embedded, kept, skipped: 1 });
    }
  });

  it.skipIf(process.platform === "win32")("says of links that lead nowhere, and of pipes, that they are no images", async () => {
    const images = at("linked");
    await mkdir(images);
    await copyFile(join(world.images, "red_val0.png"), join(images, "b.png"));
    await symlink(world.images, join(images, "more"));
    const whole = await run("i", "--img-dir", images);
    expect(whole).toMatchObject({ code: 0, err: expect.stringMatching(/^left out: the folder .*linked\/more is a link, [^\n]*\n$/) });
    await rm(join(images, "more"));
    await symlink("nowhere.png", join(images, "a.png"));
    const strict = await run("h", "--img-dir", images);
    expect(strict).toMatchObject({ code: 1, out: "", err: expect.stringMatching(/a\.png.*: it is a link that leads nowhere/) });
    execFileSync("mkfifo", [join(images, "c.png")]);
    const skipping = await run("h", "--img-dir", images, "--skip-broken", "--json");
    expect(JSON.parse(skipping.out)).toMatchObject({ embedded: 1, kept: 0, skipped: 2 });
    expect(skipping.err).toMatch(/^left out: .*a\.png.*leads nowhere.*\nleft out: .*c\.png.*: it is a device or a pipe/);
  });

  it.each([
    [["--img-dir", "/nowhere"], 1, "error: FILE_NOT_FOUND:"],
    [["--img-dir", "EMPTY"], 1, "has no image: no name in it ends in .jpg"],
    [["--model-pth", "/nowhere"], 1, 'error: FILE_NOT_FOUND: "/nowhere" is no file or folder.'],
    [["--model-pth", "GPT2"], 1, "gpt2 holds a GPT-2, not a CLIP or SigLIP: rsdix fit clipcap takes it, as --model.gpt_model.\n"],
    [["--checkpoint", "last"], 2, "Either --model-pth or --checkpoint must name the model, got both."],
    [["--split", "val"], 2, "--split is a split of --annotations-file, which is not given."],
    [["--format", "csv"], 2, "argument 'csv' is invalid. Allowed choices are npy, safetensors."],
    [["--out-path", "FILE"], 1, "error: WRITE_FAILED: The folder"],
    [["--processor", "GPT2"], 1, "has no preprocessor_config.json, which says how images are prepared."],
    [["--role", "teacher"], 1, "error: CHECKPOINT_MISMATCH:"],
    [["--accelerator", "abacus"], 1, "error: BACKEND_UNAVAILABLE:"],
  ])("refuses %j", async (args, code, message) => {
    await mkdir(at("empty"), { recursive: true });
    const known: Record<string, string> = { EMPTY: at("empty"), GPT2: world.gpt2, FILE: world.annotations };
    const result = await run("wrong", ...args.map((arg) => known[arg] ?? arg));
    expect({ code: result.code, out: result.out, err: result.err }).toEqual({ code, out: "", err: expect.stringContaining(message) });
  });
});
