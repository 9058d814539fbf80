import { existsSync } from "node:fs";
import { appendFile, lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import type { EmbeddedImage } from "./embedding-store";
import { encodeNpy } from "./npy";
import { NPY_INDEX, openNpyStore } from "./npy-store";

vi.mock("node:fs/promises", async (actual) => {
  const real = await actual<typeof import("node:fs/promises")>();
  return { ...real, writeFile: vi.fn(real.writeFile) };
});
const real = await vi.importActual<typeof import("node:fs/promises")>("node:fs/promises");
afterEach(() => void vi.mocked(writeFile).mockImplementation(real.writeFile));

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

it("A file that the index does not name is not replaced, also where it is a vector, unless told to", async () => {
  const folder = scratchFolder();
  const image = { image: "a.png", sha256: "1" };
  const path = join(folder, "a.png.npy");
  const refused = {
    code: "INVALID_ARGUMENT",
    message: expect.stringMatching(/a\.png\.npy is there already and is not of .*embeddings\.jsonl: give --force/),
  };
  for (const mine of [encodeNpy(Float32Array.of(1, 2)), encodeNpy(Float32Array.of(1, 2, 3)), Buffer.from("mine")]) {
    await writeFile(path, mine);
    for (let time = 0; time < 2; time++) await expect((await open(folder)).has(image)).rejects.toMatchObject(refused);
    expect(new Uint8Array(await readFile(path))).toEqual(new Uint8Array(mine));
  }
  expect(await readdir(folder)).toEqual(["a.png.npy"]); // nothing that would make it ours the next time
  await (await open(folder)).add([{ image: "b.png", sha256: "2" }], Float32Array.of(1, 2));
  await expect((await open(folder)).has(image)).rejects.toMatchObject(refused); // beside embeddings, too
  const store = await open(folder, true);
  expect(await store.has(image)).toBe(false);
  await store.add([image], Float32Array.of(3, 4));
  expect(await (await open(folder)).has(image)).toBe(true);
});

it("A link in the folder is replaced by the embedding, and what it leads to stays", async () => {
  const [folder, images] = [scratchFolder(), scratchFolder()];
  const image = { image: "a.png", sha256: "1" };
  const [path, input] = [join(folder, "a.png.npy"), join(images, "a.png")];
  await writeFile(input, "an image");
  await symlink(input, path);
  await expect((await open(folder)).has(image)).rejects.toMatchObject({
    message: expect.stringMatching(/is there already and is not of /),
  });
  await (await open(folder, true)).add([image], Float32Array.of(1, 2));
  expect(await readFile(input, "utf8")).toBe("an image");
  expect(await (await open(folder)).has(image)).toBe(true);
  await rm(path);
  await symlink(input, path); // of one that the index names
  await (await open(folder)).add([image], Float32Array.of(1, 2));
  expect([await readFile(input, "utf8"), (await lstat(path)).isSymbolicLink()]).toEqual(["an image", false]);
});

it("A folder in it that is a link is not followed, also where all is to be replaced; the folder itself may be one", async () => {
  const [place, vectors, images] = [scratchFolder(), scratchFolder(), ["sub/a.png", "sub/deep/a.png"]];
  const folder = join(scratchFolder(), "link");
  await symlink(place, folder);
  await mkdir(join(vectors, "deep"));
  const mine = ["a.png.npy", join("deep", "a.png.npy")].map((name) => join(vectors, name));
  for (const path of mine) await writeFile(path, "mine");
  await symlink(vectors, join(folder, "sub"));
  const refused = {
    code: "INVALID_ARGUMENT",
    message: expect.stringMatching(/link.sub is a link, and nothing is written where it leads to/),
  };
  for (const isForced of [false, true]) {
    const store = await open(folder, isForced);
    for (const image of images.map((name) => ({ image: name, sha256: "1" }))) {
      await expect(store.has(image)).rejects.toMatchObject(refused);
      await expect(store.add([image], Float32Array.of(1, 2))).rejects.toMatchObject(refused);
    }
  }
  expect(await Promise.all(mine.map((path) => readFile(path, "utf8")))).toEqual(["mine", "mine"]);
  expect(await readFile(join(folder, NPY_INDEX), "utf8")).not.toMatch(/sub/);
  await rm(join(folder, "sub"));
  const store = await open(folder, true);
  for (const image of images) await store.add([{ image, sha256: "1" }], Float32Array.of(1, 2));
  expect((await readdir(join(place, "sub"))).sort()).toEqual(["a.png.npy", "deep"]);
});

it("What another command makes at the same time, and what a killed one left, also of those to be replaced, is gone on with", async () => {
  const folder = scratchFolder();
  const [first, second] = ["a.png", "b.png"].map((image) => ({ image, sha256: image })) as [EmbeddedImage, EmbeddedImage];
  const [one, other] = [await open(folder), await open(folder)];
  await one.add([first], Float32Array.of(1, 1));
  expect(await other.has(first)).toBe(true);
  await other.add([second], Float32Array.of(2, 2));
  await open(folder, true, { ...key, model: "other" }); // which is killed before it has made any
  const later = await open(folder, false, { ...key, model: "other" });
  expect([await later.has(first), await later.has(second)]).toEqual([false, false]);
  await later.add([first, second], Float32Array.of(3, 3, 4, 4));
  expect([await later.has(first), await (await open(folder, false, { ...key, model: "other" })).has(second)]).toEqual([false, true]);
  const index = join(folder, NPY_INDEX);
  const lines = (await readFile(index, "utf8")).trimEnd().split("\n");
  await writeFile(index, `${lines.slice(0, -2).join("\n")}\n`); // killed after the embeddings, before their lines
  const last = await open(folder, false, { ...key, model: "other" });
  expect([await last.has(first), await last.has(second)]).toEqual([false, false]);
});

it("Embeddings are found where nothing may be written, and adding to them is refused", async () => {
  const folder = scratchFolder();
  const [first, second] = ["a.png", "b.png"].map((image) => ({ image, sha256: image })) as [EmbeddedImage, EmbeddedImage];
  await (await open(folder)).add([first], Float32Array.of(1, 1));
  const index = join(folder, NPY_INDEX);
  await appendFile(index, '{"image": "b'); // a line that broke off, which can't be taken away
  const before = await readFile(index);
  vi.mocked(writeFile).mockRejectedValue(Object.assign(new Error("EROFS: read-only file system"), { code: "EROFS" })); // no lock
  const store = await open(folder);
  expect([await store.has(first), await store.has(second)]).toEqual([true, false]);
  await expect(store.add([second], Float32Array.of(2, 2))).rejects.toMatchObject({
    code: "WRITE_FAILED",
    message: expect.stringMatching(/embeddings\.jsonl can't be kept .*: EROFS/),
  });
  expect(await readFile(index)).toEqual(before);
  await expect(open(folder, true)).rejects.toMatchObject({ code: "WRITE_FAILED" }); // nor is the index begun anew without the lock
  expect(await readFile(index)).toEqual(before);
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

it("An index that is a link is replaced when told to, and what it leads to stays", async () => {
  const [folder, other] = [scratchFolder(), scratchFolder()];
  const [index, notes] = [join(folder, NPY_INDEX), join(other, "notes.jsonl")];
  await writeFile(notes, "mine\n");
  await symlink(notes, index);
  const image = { image: "a.png", sha256: "1" };
  await (await open(folder, true)).add([image], Float32Array.of(1, 2));
  expect(await readFile(notes, "utf8")).toBe("mine\n");
  expect((await lstat(index)).isSymbolicLink()).toBe(false);
  expect(await (await open(folder)).has(image)).toBe(true);
});
