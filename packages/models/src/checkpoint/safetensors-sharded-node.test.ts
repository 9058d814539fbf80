import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { scratchFolder } from "../../../../test/scratch-folder";
import { memorySource } from "../../test/torch-files";
import golden from "../fixtures/sharded.json";
import type { Checkpoint, CheckpointTensor } from "./checkpoint";
import { readAll } from "./lazy-checkpoint";
import { openSafetensorsFile, readSafetensors } from "./safetensors-node";
import { openShardedSafetensors } from "./safetensors-sharded";
import { encodeSafetensors } from "./safetensors-write";
import { writeSafetensors, writeShardedSafetensors } from "./safetensors-write-node";

const f32 = (shape: number[], start: number): CheckpointTensor => {
  const length = shape.reduce((product, size) => product * size, 1);
  return { dtype: "float32", shape, data: Float32Array.from({ length }, (_, i) => start + i) };
};
const model: Checkpoint = new Map([
  ["a.weight", f32([4, 4], 0)],
  ["a.bias", f32([4], 100)],
  ["__proto__", f32([2], 200)],
  ["b.weight", f32([30, 2], 300)],
  ["ids", { dtype: "int32", shape: [3], data: Int32Array.of(1, 2, 3) }],
]);
const THREE = [1, 2, 3].map((i) => `model-0000${i}-of-00003.safetensors`);
const INDEX = "model.safetensors.index.json";

describe("a model that transformers saved in several files", () => {
  const files: Record<string, string> = golden.files;
  const open = async (name: string) => {
    const bytes = name === INDEX ? Buffer.from(golden.index) : Buffer.from(files[name]!, "base64");
    return memorySource(new Uint8Array(bytes));
  };

  it("has every array with its values", async () => {
    const { tensors, metadata } = await openShardedSafetensors(open);
    expect(metadata).toEqual({ format: "pt" });
    expect([...tensors.keys()].sort()).toEqual(Object.keys(golden.shapes).sort());
    for (const [name, tensor] of await readAll(tensors)) {
      expect(tensor.shape, name).toEqual(golden.shapes[name as keyof typeof golden.shapes]);
      const sum = Float64Array.from(tensor.data).reduce((total, value) => total + value, 0);
      expect(sum, name).toBeCloseTo(golden.sums[name as keyof typeof golden.sums], 10);
    }
  });

  it("is written as the same files", async () => {
    const read = await readAll((await openShardedSafetensors(open)).tensors);
    const tensors = new Map(golden.order.map((name) => [name, read.get(name)!]));
    const folder = scratchFolder();
    const written = await writeShardedSafetensors(folder, tensors, { maxShardBytes: golden.maxBytes });
    expect(written).toEqual([...Object.keys(golden.files).sort(), INDEX]);
    expect(JSON.parse(await readFile(join(folder, INDEX), "utf8"))).toEqual(JSON.parse(golden.index));
  });
});

describe("a model in several files", () => {
  let folder: string;
  beforeEach(() => {
    folder = scratchFolder();
  });

  it("is written as Hugging Face does, and read again", async () => {
    const files = await writeShardedSafetensors(folder, model, { maxShardBytes: 90, metadata: { format: "pt" } });
    expect(files).toEqual([...THREE, INDEX]);
    expect((await readdir(folder)).sort()).toEqual([...files].sort());
    const index = JSON.parse(await readFile(join(folder, INDEX), "utf8"));
    expect(index.metadata.total_size).toBe(4 * (16 + 4 + 2 + 60 + 3));
    expect(Object.entries(index.weight_map)).toEqual([
      ["a.weight", THREE[0]],
      ["a.bias", THREE[0]],
      ["__proto__", THREE[0]],
      ["b.weight", THREE[1]], // larger than a file may be: it has one of its own
      ["ids", THREE[2]],
    ]);
    const { tensors, metadata } = await readSafetensors(join(folder, INDEX));
    expect([...tensors]).toEqual([...model]);
    expect(metadata).toEqual({ format: "pt" });
  });

  it("is the same bytes when it is read and written again", async () => {
    const bytesOf = async (files: string[]) => Promise.all(files.map((name) => readFile(join(folder, name))));
    for (const storage of ["float32", "float16", "int8"] as const) {
      const options = { maxShardBytes: 90, storage };
      const files = await writeShardedSafetensors(folder, model, options);
      const before = await bytesOf(files);
      await writeShardedSafetensors(folder, (await readSafetensors(join(folder, INDEX))).tensors, options);
      expect(await bytesOf(files), storage).toEqual(before);
    }
  });

  it("is one file where it fits", async () => {
    expect(await writeShardedSafetensors(folder, model)).toEqual(["model.safetensors"]);
    expect(new Uint8Array(await readFile(join(folder, "model.safetensors")))).toEqual(encodeSafetensors(model));
    expect(await writeShardedSafetensors(folder, new Map())).toEqual(["model.safetensors"]);
    expect((await readSafetensors(join(folder, "model.safetensors"))).tensors.size).toBe(0);
  });

  it("takes the place of an older one, of which nothing stays", async () => {
    await writeFile(join(folder, "notes.txt"), "mine");
    await writeFile(join(folder, "model-final.safetensors"), "mine");
    const mine = ["model-final.safetensors", "notes.txt"];
    await writeShardedSafetensors(folder, model, { maxShardBytes: 90 });
    await writeShardedSafetensors(folder, model, { maxShardBytes: 260 });
    const two = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
    expect((await readdir(folder)).sort()).toEqual([...two, INDEX, ...mine].sort());
    await writeShardedSafetensors(folder, model);
    expect((await readdir(folder)).sort()).toEqual(["model.safetensors", ...mine].sort());
    await writeShardedSafetensors(folder, model, { maxShardBytes: 260 });
    expect((await readdir(folder)).sort()).toEqual([...two, INDEX, ...mine].sort());
  });

  it("has its scales beside its matrices, and they are undone on reading", async () => {
    await writeShardedSafetensors(folder, model, { maxShardBytes: 80, storage: "int8" });
    const index = JSON.parse(await readFile(join(folder, INDEX), "utf8"));
    for (const name of ["a.weight", "b.weight"]) expect(index.weight_map[`${name}.scale`]).toBe(index.weight_map[name]);
    const { tensors } = await readSafetensors(join(folder, INDEX));
    expect(new Set(tensors.keys())).toEqual(new Set(model.keys()));
    expect(tensors.get("b.weight")!.data[59]).toBeCloseTo(359, 0);
  });

  it("is opened by its index, read by range, and closed", async () => {
    await writeShardedSafetensors(folder, model, { maxShardBytes: 90 });
    const opened = await openSafetensorsFile(join(folder, INDEX));
    expect([...(await opened.tensors.get("ids")!.read()).data]).toEqual([1, 2, 3]);
    await opened.close();
    await expect(opened.tensors.get("ids")!.read()).rejects.toThrow(refusal("INVALID_ARGUMENT"));
    const blobs = async (name: string) => new Blob([await readFile(join(folder, name))]);
    expect([...(await readAll((await openShardedSafetensors(blobs)).tensors))]).toEqual([...model]);
  });

  it("is refused where a file is missing, another model's, or changed", async () => {
    await writeShardedSafetensors(folder, model, { maxShardBytes: 90 });
    const path = join(folder, INDEX);
    const third = await readFile(join(folder, THREE[2]!));
    await rm(join(folder, THREE[2]!));
    await expect(openSafetensorsFile(path)).rejects.toThrow(refusal("FILE_NOT_FOUND"));
    await writeSafetensors(join(folder, THREE[2]!), new Map([["other", f32([3], 0)]]));
    await expect(openSafetensorsFile(path)).rejects.toThrow(
      /model-00003-of-00003.safetensors isn't as its index says: it lacks ids; it has other/,
    );
    await writeFile(join(folder, THREE[2]!), third.subarray(0, -1));
    await expect(openSafetensorsFile(path)).rejects.toThrow(refusal("FILE_CORRUPT"));
  });

  it("leaves an older one whole where it can't be written, and no temporary file", async () => {
    await writeShardedSafetensors(folder, model, { maxShardBytes: 90 });
    const before = (await readdir(folder)).sort();
    const changed = [...model].reverse().map(([name, array]) => [name, { ...array, data: array.data.slice() }] as const);
    const writing = writeShardedSafetensors(folder, new Map(changed), { maxShardBytes: 90 });
    const { buffer } = changed.at(-1)![1].data;
    structuredClone(buffer, { transfer: [buffer] }); // what the last file is to hold is gone when its turn comes
    await expect(writing).rejects.toThrow(refusal("WRITE_FAILED"));
    expect((await readdir(folder)).sort()).toEqual(before);
    expect([...(await readSafetensors(join(folder, INDEX))).tensors]).toEqual([...model]);
    await expect(writeShardedSafetensors(join(folder, "none"), model)).rejects.toThrow(refusal("WRITE_FAILED"));
  });

  it("leaves an older one whole where putting its files in place fails, and no temporary file", async () => {
    await writeShardedSafetensors(folder, model, { maxShardBytes: 90 });
    await mkdir(join(folder, "model-00001-of-00009.safetensors")); // in the way, and found after the index was put aside
    const before = (await readdir(folder)).sort();
    await expect(writeShardedSafetensors(folder, new Map([...model].reverse()), { maxShardBytes: 90 })).rejects.toMatchObject({
      code: "WRITE_FAILED",
      message: expect.stringMatching(/of-00009.safetensors is a folder. An older one is untouched/),
    });
    expect((await readdir(folder)).sort()).toEqual(before);
    expect([...(await readSafetensors(join(folder, INDEX))).tensors]).toEqual([...model]);
  });

  it("is one of those that are written at once, the last", async () => {
    const other = new Map([...model].map(([name, array]) => [name, { ...array, data: array.data.map((value) => value + 1) }]));
    const models = Array.from({ length: 9 }, (_, i) => (i % 2 ? model : other));
    await Promise.all(models.map((tensors) => writeShardedSafetensors(folder, tensors, { maxShardBytes: 90 })));
    expect([...(await readSafetensors(join(folder, INDEX))).tensors]).toEqual([...other]);
  });

  it("is one of those that are written at once, the last, where some are written through a link", async () => {
    const links = [1, 2].map((i) => join(folder, `link-${i}`));
    for (const link of links) await symlink(folder, link);
    const other = new Map([...model].map(([name, array]) => [name, { ...array, data: array.data.map((value) => value + 1) }]));
    const ways = Array.from({ length: 12 }, (_, i) => [folder, ...links][i % 3]!);
    await Promise.all(ways.map((way, i) => writeShardedSafetensors(way, i % 2 ? other : model, { maxShardBytes: 90 })));
    expect([...(await readSafetensors(join(folder, INDEX))).tensors]).toEqual([...other]);
  });

  it("refuses options that are none", async () => {
    const write = (options: object) => writeShardedSafetensors(folder, model, options);
    for (const maxShardBytes of [0, 1.5, Number.NaN, "5GB"])
      await expect(write({ maxShardBytes })).rejects.toThrow(refusal("INVALID_ARGUMENT"));
    await expect(write({ metadata: { step: 3 } })).rejects.toThrow(refusal("INVALID_ARGUMENT"));
    await expect(write({ size: 3 })).rejects.toThrow(refusal("UNKNOWN_OPTION"));
    expect(await readdir(folder)).toEqual([]);
  });
});
