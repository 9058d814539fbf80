import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { scratchFolder } from "../../test/scratch-folder";
import type { EmbeddedImage } from "./embedding-store";
import { encodeNpy } from "./npy";
import { NPY_INDEX, openNpyStore } from "./npy-store";

const key = { model: "m", preprocessing: "p", normalized: false, dim: 2 };
const open = (folder: string, isForced = false, of = key) => openNpyStore(folder, of, { isForced, signal: new AbortController().signal });

it("An embedding is never taken for another image's of the name, wherever its process is killed", async () => {
  const folder = scratchFolder();
  const [first, second] = ["first", "second"].map((sha256) => ({ image: "a.png", sha256 })) as [EmbeddedImage, EmbeddedImage];
  await (await open(folder)).add([first], Float32Array.of(1, 1));
  await (await open(folder)).add([second], Float32Array.of(2, 2));
  const index = join(folder, NPY_INDEX);
  const lines = (await readFile(index, "utf8")).trimEnd().split("\n");
  expect(await (await open(folder)).has(second)).toBe(true);
  await writeFile(index, `${lines.slice(0, -1).join("\n")}\n`); // killed after the embedding, before its line
  const store = await open(folder);
  expect([await store.has(first), await store.has(second)]).toEqual([false, false]);
});

it("A file of the user's own is not replaced by an embedding, but what a killed process left is", async () => {
  const folder = scratchFolder();
  const image = { image: "a.png", sha256: "1" };
  const path = join(folder, "a.png.npy");
  await writeFile(path, encodeNpy(Float32Array.of(1, 2)));
  expect(await (await open(folder)).has(image)).toBe(false);
  await writeFile(path, "mine");
  const refused = {
    code: "INVALID_ARGUMENT",
    message: expect.stringMatching(/a\.png\.npy is there already and is no embedding: give --force/),
  };
  await expect((await open(folder)).has(image)).rejects.toMatchObject(refused);
  const store = await open(folder, true);
  expect(await store.has(image)).toBe(false);
  await store.add([image], Float32Array.of(3, 4));
  expect(await (await open(folder)).has(image)).toBe(true);
});

it("Embeddings of a model that another command has replaced meanwhile are refused, and none of the other model's is changed", async () => {
  const folder = scratchFolder();
  const [first, second] = ["a.png", "b.png"].map((image) => ({ image, sha256: image })) as [EmbeddedImage, EmbeddedImage];
  const older = await open(folder);
  await older.add([first], Float32Array.of(1, 1));
  const other = { ...key, model: "other" };
  const newer = await open(folder, true, other);
  await newer.add([first], Float32Array.of(2, 2));
  const there = () => Promise.all(["a.png.npy", NPY_INDEX].map((name) => readFile(join(folder, name))));
  const before = await there();
  for (const image of [first, second])
    await expect(older.add([image], Float32Array.of(3, 3))).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/embeddings\.jsonl is of embeddings of another model \(model\): give --force/),
    });
  expect(await there()).toEqual(before);
  expect(existsSync(join(folder, "b.png.npy"))).toBe(false);
  await newer.add([second], Float32Array.of(4, 4));
  expect(await (await open(folder, false, other)).has(second)).toBe(true);
});

it.each(["5", '"mine"', "5\n", '"mine"\n', "null\n", "[1]\n", "mine", '{"mine": 1}'])(
  "An index that is none (%j) is refused and stays",
  async (mine) => {
    const folder = scratchFolder();
    const index = join(folder, NPY_INDEX);
    await writeFile(index, mine);
    await expect(open(folder)).rejects.toMatchObject({
      code: "FILE_CORRUPT",
      message: expect.stringMatching(/embeddings\.jsonl is (no index of embeddings: it (is|has no) .* Give --force to replace it|no JSON)/),
    });
    expect(await readFile(index, "utf8")).toBe(mine);
  },
);
