import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { l2Normalize, startBackend } from "@rsdix/backend";
import { Clip } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { cli } from "../../test/run-cli";
import golden from "../fixtures/convert.json" with { type: "json" };

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const source = fileURLToPath(new URL("../../../models/src/fixtures/keys-rsdix.ckpt", import.meta.url));
const keys = fileURLToPath(new URL("../../../models/src/fixtures/keys.json", import.meta.url));
const TOLERANCE = 1e-5;

let folder: string;
const at = (...names: string[]) => join(folder, ...names);
beforeAll(async () => {
  await startBackend("cpu");
  folder = scratchFolder("file");
  const { rsdix } = JSON.parse(await readFile(keys, "utf8")) as { rsdix: { config: object } };
  await writeFile(at("config.json"), JSON.stringify(rsdix.config));
});

interface Outputs {
  readonly image: readonly number[];
  readonly text: readonly number[];
  readonly logits: readonly number[];
}

/** What the golden script computed of its images and texts. */
async function outputsOf(path: string): Promise<Outputs> {
  const before = tf.memory().numTensors;
  const clip = await Clip.fromPretrained(path);
  try {
    return tf.tidy(() => {
      const image = l2Normalize(clip.encodeImage(tf.tensor4d(golden.pixels, [3, 3, 8, 8])));
      const text = l2Normalize(clip.encodeText({ ids: Int32Array.from(golden.ids), shape: [3, 7] }));
      const logits = tf.mul(tf.exp(clip.logitScale), tf.matMul(image, text, false, true));
      return { image: [...image.dataSync()], text: [...text.dataSync()], logits: [...logits.dataSync()] };
    });
  } finally {
    clip.dispose();
    expect(tf.memory().numTensors).toBe(before);
  }
}

function expectNear(found: Outputs, wanted: Outputs): void {
  for (const name of ["image", "text", "logits"] as const) {
    // Logits are scaled by up to a hundred: what counts of them is their share.
    const scale = name === "logits" ? Math.max(...wanted.logits.map(Math.abs)) : 1;
    expect(found[name]).toHaveLength(wanted[name].length);
    expect(Math.max(...found[name].map((value, i) => Math.abs(value - wanted[name][i]!) / scale))).toBeLessThanOrEqual(TOLERANCE);
  }
}

async function hashesOf(path: string): Promise<Record<string, string>> {
  const names = (await readdir(path)).sort();
  const hash = async (name: string) =>
    createHash("sha256")
      .update(await readFile(join(path, name)))
      .digest("hex");
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await hash(name)] as const)));
}

const LIBRARIES = [
  { library: "transformers", layout: "huggingface", of: golden.transformers },
  { library: "open_clip", layout: "openclip", of: golden.open_clip },
] as const;

describe("rsdix convert, up to PyTorch", () => {
  it.each(LIBRARIES)("writes to the byte what $library has read, and computes what it computes of it", async ({ layout, of }) => {
    const args = ["--model", "clip", "--role", "teacher", "--config", at("config.json"), "--layout", layout, "--json"];
    const { code, out } = await cli(["convert", source, at(layout), ...args]);
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, model: "clip", layout: "rsdix", role: "teacher", missing: [] });
    expect(await hashesOf(at(layout))).toEqual(of.files);
    expectNear(await outputsOf(at(layout)), of.outputs);
  });

  it.each(LIBRARIES)("has images prepared as by $library", async ({ layout, of }) => {
    const clip = await Clip.fromPretrained(at(layout));
    const { width, height, data } = golden.image;
    const found = [...clip.processor.process([{ width, height, data: Uint8Array.from(data) }])];
    clip.dispose();
    expect(found).toHaveLength(of.processed.length);
    expect(Math.max(...found.map((value, i) => Math.abs(value - of.processed[i]!)))).toBeLessThanOrEqual(TOLERANCE);
  });
});

describe("rsdix convert, back from PyTorch", () => {
  it("computes what transformers computes of the weights that it trained and saved", async () => {
    await writeFile(at("trained.json"), JSON.stringify(golden.transformers.config));
    const args = ["--config", at("trained.json"), "--json"];
    const { code, out } = await cli(["convert", fixture("convert-transformers.safetensors"), at("from-transformers"), ...args]);
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, layout: "huggingface", missing: [], unused: [], misshaped: [] });
    expectNear(await outputsOf(at("from-transformers")), golden.transformers.trained);
  });

  it.each(["huggingface", "openclip"])("computes what open_clip computes of a training's epoch that it saved, as %s", async (layout) => {
    await writeFile(at("epoch.json"), JSON.stringify(golden.open_clip.config));
    const args = ["--config", at("epoch.json"), "--layout", layout, "--json"];
    const { code, out } = await cli(["convert", fixture("convert-open-clip.pt"), at(`from-open-clip-${layout}`), ...args]);
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, layout: "openclip", missing: [], unused: [], misshaped: [] });
    expectNear(await outputsOf(at(`from-open-clip-${layout}`)), golden.open_clip.trained);
  });

  it("tells trained weights from those before: the comparison is one", async () => {
    const apart = golden.transformers.trained.image.map((value, i) => Math.abs(value - golden.transformers.outputs.image[i]!));
    expect(Math.max(...apart)).toBeGreaterThan(0.01);
  });
});
