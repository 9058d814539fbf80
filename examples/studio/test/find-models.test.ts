import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { encodeSafetensors } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";
import type { GivenFile } from "../src/protocol";
import { findModels } from "../src/worker/find-models";
import { makeWorld } from "./world";

describe("the models among files", () => {
  let folder: string;
  let files: GivenFile[];
  beforeAll(async () => {
    await startBackend("cpu");
    folder = scratchFolder("file");
    const { model } = await makeWorld(folder);
    const names = (await readdir(model, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    files = await Promise.all(
      names.map(async ({ parentPath, name }) => ({
        path: join(parentPath, name).slice(model.length + 1),
        file: new File([await readFile(join(parentPath, name))], name),
      })),
    );
  });

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

  it.each(["encoder/model.safetensors", "model.safetensors"])(
    "aren't loaded by halves where the header of %s claims too much",
    async (path) => {
      const { file } = files.find((given) => given.path === path)!;
      const start = new Uint8Array(8);
      new DataView(start.buffer).setBigUint64(0, 0x10000000n, true);
      const damaged = { path, file: new File([start, file.slice(8)], file.name) };
      const others = files.filter((given) => given.path !== path);
      await expect(findModels([...others, damaged])).rejects.toMatchObject({
        code: "FILE_TOO_LARGE",
        message: expect.stringMatching(
          new RegExp(`^A model's files are damaged \\(${path}\\): model\\.safetensors: The header claims 268435456 bytes`),
        ),
      });
      const alone = { path: "model.safetensors", file: damaged.file };
      await expect(findModels([alone])).rejects.toThrowError(/^model\.safetensors: The header claims /);
    },
  );

  it("are told by a config.json whose sizes can't be", async () => {
    const path = "encoder/config.json";
    const json = JSON.parse(await files.find((given) => given.path === path)!.file.text());
    for (const tower of ["text_config", "vision_config"]) json[tower].hidden_size = 1e9;
    const config = { path, file: new File([JSON.stringify(json)], "config.json") };
    await expect(findModels([...files.filter((given) => given.path !== path), config])).rejects.toThrowError(
      /^A model's files are damaged \(encoder\/config\.json\): A CLIP's config\.json/,
    );
  });

  it("are told by a pytorch_model.bin that is no zip file", async () => {
    const state = { path: "pytorch_model.bin", file: new File(["no weights at all"], "pytorch_model.bin") };
    await expect(findModels([state])).rejects.toThrowError(/^pytorch_model\.bin: /);
  });

  it("are told by the file of weights with numbers of an unknown kind, and by a config.json that is missing", async () => {
    vi.stubGlobal("self", { location: { href: "http://localhost/" } }); // as a worker has it
    const { load } = await import("../src/worker/load-model");
    const before = tf.memory().numTensors;
    const loading = (given: GivenFile[]) => load({ from: "files", files: given }, false, () => undefined, new AbortController().signal);
    const path = "encoder/model.safetensors";
    const bytes = new Uint8Array(await files.find((given) => given.path === path)!.file.arrayBuffer());
    const at = Buffer.from(bytes).indexOf('"F32"');
    bytes.set(new TextEncoder().encode('"F99"'), at);
    const file = new File([bytes], "model.safetensors");
    await expect(loading([...files.filter((given) => given.path !== path), { path, file }])).rejects.toThrowError(
      /^A model's files are damaged \(encoder\/model\.safetensors\): model\.safetensors: .*has dtype "F99"/,
    );
    await expect(loading(files.filter((given) => given.path !== "encoder/config.json"))).rejects.toMatchObject({
      code: "FILE_NOT_FOUND",
      message: expect.stringMatching(/^encoder\/config\.json is missing: .*\. Pick the model's folder with that file in it\.$/),
    });
    expect(tf.memory().numTensors).toBe(before);
    vi.unstubAllGlobals();
  });

  it.each([
    [
      "gpt2",
      "config.json is of another model: How many heads a width of 16 has can't be told from the checkpoint. Pick the model's folder with its own config.json in it.",
    ],
    ["llama", "config.json is of another model: How many heads"],
  ])("are a captioner too where its config.json is of a model of type %s, and it is said what is wrong", async (type, why) => {
    vi.stubGlobal("self", { location: { href: "http://localhost/" } }); // as a worker has it
    const { load } = await import("../src/worker/load-model");
    const before = tf.memory().numTensors;
    const config = { path: "config.json", file: new File([JSON.stringify({ model_type: type })], "config.json") };
    const mixed = [...files.filter(({ path }) => path !== "config.json"), config];
    expect(await findModels(mixed)).toEqual(await findModels(files));
    await expect(load({ from: "files", files: mixed }, false, () => undefined, new AbortController().signal)).rejects.toMatchObject({
      code: "CHECKPOINT_MISMATCH",
      message: expect.stringContaining(why),
    });
    expect(tf.memory().numTensors).toBe(before);
    vi.unstubAllGlobals();
  });

  it("are told by their type where the studio doesn't take it, with the types that it takes", async () => {
    const array = { dtype: "float32" as const, shape: [1], data: Float32Array.of(1) };
    const weights = { path: "model.safetensors", file: new File([encodeSafetensors(new Map([["w", array]]))], "model.safetensors") };
    await expect(findModels([weights])).rejects.toThrowError(
      "These files are no model that is known. The studio takes CLIP, SigLIP, and captioners of ClipCap.",
    );
    const config = { path: "config.json", file: new File(['{"model_type":"llama"}'], "config.json") };
    await expect(findModels([weights, config])).rejects.toThrowError(
      'config.json is of a model of type "llama". The studio takes CLIP, SigLIP, and captioners of ClipCap.',
    );
  });

  it("aren't loaded as what only their config.json says", async () => {
    vi.stubGlobal("self", { location: { href: "http://localhost/" } }); // as a worker has it
    const { load } = await import("../src/worker/load-model");
    const config = { path: "encoder/config.json", file: new File(['{"model_type":"gpt2"}'], "config.json") };
    const mixed = [...files.filter(({ path }) => path !== "encoder/config.json"), config];
    await expect(load({ from: "files", files: mixed }, false, () => undefined, new AbortController().signal)).rejects.toMatchObject({
      code: "CHECKPOINT_MISMATCH",
      message: expect.stringMatching(/^encoder\/config\.json is of a model of type "gpt2", which its weights aren't\. /),
    });
    vi.unstubAllGlobals();
  });

  it("of the hub without a config.json are told by what lacks, in the page's words", async () => {
    vi.stubGlobal("self", { location: { href: "http://localhost/" } }); // as a worker has it
    vi.stubGlobal("navigator", { onLine: true });
    const configs = new Map<unknown, File>();
    vi.resetModules();
    vi.doMock("@rsdix/models", async (importOriginal) => {
      const real = await importOriginal<typeof import("@rsdix/models")>();
      const hub = (folder: string) =>
        files
          .filter(({ path }) => path.startsWith(folder) && !path.slice(folder.length).includes("/") && !path.endsWith("config.json"))
          .map(({ file }) => file);
      const from = (id: unknown) => [...hub(id === "org/clip" ? "encoder/" : ""), ...(configs.has(id) ? [configs.get(id)!] : [])];
      return {
        ...real,
        detectModel: (id: string) => real.detectModel(from(id)),
        imageTextFromPretrained: (id: string) => real.imageTextFromPretrained(from(id)),
        ClipCap: { fromPretrained: (id: string) => real.ClipCap.fromPretrained(from(id)) },
      };
    });
    const { load } = await import("../src/worker/load-model");
    const others = { "org/gpt2": '{"model_type":"gpt2"}', "org/llama": '{"model_type":"llama"}' };
    for (const [id, json] of Object.entries(others)) {
      configs.set(id, new File([json], "config.json"));
      await expect(load({ from: "hub", id }, false, () => undefined, new AbortController().signal)).rejects.toMatchObject({
        code: "CHECKPOINT_MISMATCH",
        message: `${id} is of a model of type "${id.slice(4)}". The studio takes CLIP, SigLIP, and captioners of ClipCap.`,
      });
    }
    for (const id of ["org/clip", "org/captioner"])
      await expect(load({ from: "hub", id }, false, () => undefined, new AbortController().signal)).rejects.toMatchObject({
        code: "FILE_NOT_FOUND",
        message: expect.stringMatching(
          new RegExp(
            `^${id} has no config\\.json on the hub: [^.]+\\. Load another model, or pick this one's folder with that file in it\\.$`,
          ),
        ),
      });
    vi.doUnmock("@rsdix/models");
    vi.resetModules();
    vi.unstubAllGlobals();
  });

  it("are told by the file that is damaged, where that isn't the weights", async () => {
    const config = { path: "badcfg/config.json", file: new File(["{not"], "config.json") };
    const weights = files.find(({ path }) => path === "encoder/model.safetensors")!;
    await expect(findModels([...files, config, { ...weights, path: "badcfg/model.safetensors" }])).rejects.toThrowError(
      /^A model's files are damaged \(badcfg\/config\.json\): config\.json isn't valid JSON \(.+\)\. It may be truncated\. Get them again, or pick the others without them\.$/,
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
