import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { GivenFile } from "../src/protocol";
import { findModels } from "../src/worker/find-models";
import { makeWorld } from "./world";

describe("the models among files", () => {
  let folder: string;
  let files: GivenFile[];
  beforeAll(async () => {
    await startBackend("cpu");
    folder = await mkdtemp(join(tmpdir(), "studio-models-"));
    const { model } = await makeWorld(folder);
    const names = (await readdir(model, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    files = await Promise.all(
      names.map(async ({ parentPath, name }) => ({
        path: join(parentPath, name).slice(model.length + 1),
        file: new File([await readFile(join(parentPath, name))], name),
      })),
    );
  });
  afterAll(() => rm(folder, { recursive: true }));

  const cut = (path: string) =>
    files.map((given) => (given.path === path ? { path, file: new File([given.file.slice(0, 100)], given.file.name) } : given));

  it("are a captioner at the top and its image-text model", async () => {
    expect(await findModels(files)).toEqual([
      { path: "", kind: "captioner" },
      { path: "encoder", kind: "image-text" },
    ]);
  });

  it.each(["encoder/model.safetensors", "model.safetensors"])(
    "aren't loaded by halves where %s is damaged, which is named",
    async (path) => {
      const error = await findModels(cut(path)).catch((thrown: Error & { code?: string }) => thrown);
      expect(error).toMatchObject({ code: "FILE_CORRUPT" });
      expect((error as Error).message).toContain(`A model's files are damaged (${path}): `);
    },
  );

  it("are told by the file that is damaged, where that isn't the weights", async () => {
    const config = { path: "badcfg/config.json", file: new File(["{not"], "config.json") };
    const weights = files.find(({ path }) => path === "encoder/model.safetensors")!;
    await expect(findModels([...files, config, { ...weights, path: "badcfg/model.safetensors" }])).rejects.toThrowError(
      /^A model's files are damaged \(badcfg\/config\.json\): config\.json isn't valid JSON \(.+\)\. It may be truncated: fetch or write it again\. Mend them, or pick the others without them\.$/,
    );
  });

  it("are found beside what is no model", async () => {
    const state = { path: "checkpoint/optimizer.pt", file: new File(["no weights"], "optimizer.pt") };
    expect(await findModels([...files, state])).toHaveLength(2);
  });

  it("are loaded without a captioner where none was chosen", async () => {
    vi.stubGlobal("self", { location: { href: "http://localhost/" } }); // as a worker has it
    const { load } = await import("../src/worker/load-model");
    const before = tf.memory().numTensors;
    const choice = { from: "files", files, imageText: "encoder" } as const;
    const models = await load(choice, false, () => undefined, new AbortController().signal);
    expect(models.captioner).toBeUndefined();
    models.imageText!.dispose();
    expect(tf.memory().numTensors).toBe(before);
    vi.unstubAllGlobals();
  });
});
