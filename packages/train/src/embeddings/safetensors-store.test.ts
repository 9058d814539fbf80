import * as fs from "node:fs/promises";
import { join } from "node:path";
import { readSafetensors, writeSafetensors } from "@rsdix/models/node";
import { afterEach, describe, expect, it, vi } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { openSafetensorsStore } from "./safetensors-store";

vi.mock("node:fs/promises", async (actual) => {
  const real = await actual<typeof import("node:fs/promises") & { default: typeof import("node:fs/promises") }>();
  const rename = vi.fn(real.rename);
  const writeFile = vi.fn(real.writeFile);
  return { ...real, rename, writeFile, default: { ...real.default, rename } };
});
const { rename, writeFile } = await vi.importActual<typeof fs>("node:fs/promises");
afterEach(() => {
  vi.mocked(fs.rename).mockImplementation(rename);
  vi.mocked(fs.writeFile).mockImplementation(writeFile);
});

const key = { model: "m", preprocessing: "p", normalized: false, dim: 2 };
const options = { isForced: false, signal: new AbortController().signal };
const open = (folder: string, isForced = false, with_ = key) => openSafetensorsStore(folder, with_, { ...options, isForced });
const named = (names: readonly string[]) => names.map((image) => ({ image, sha256: `of ${image}` }));

/** Adds rows, each of its name's number twice. */
async function add(folder: string, names: readonly string[], isForced = false) {
  const store = await open(folder, isForced);
  await store.add(named(names), Float32Array.from(names.flatMap((name) => [Number(name), Number(name)])));
  await store.close(names);
}

/** The names of a folder's rows, once something was added, with the numbers that are their rows. */
async function rowsOf(folder: string) {
  await add(folder, ["9"]);
  const { images } = JSON.parse(await fs.readFile(join(folder, "embeddings.json"), "utf8")) as { images: { image: string }[] };
  const { tensors } = await readSafetensors(join(folder, "embeddings.safetensors"));
  const { data } = tensors.get("embeddings")!;
  return Object.fromEntries(images.map(({ image }, i) => [image, [...data.subarray(2 * i, 2 * i + 2)]]));
}

describe("embeddings in one file", () => {
  it("are all there, old and new, whenever the process that adds to them is killed", async () => {
    const folder = join(scratchFolder(), "embeddings");
    const kills = scratchFolder();
    await add(folder, ["1", "2"]);
    let count = 0;
    const killedNow = () => fs.cp(folder, join(kills, String(count++)), { recursive: true });
    vi.mocked(fs.rename).mockImplementation(async (from, to) => {
      await killedNow();
      await rename(from, to);
      await killedNow();
    });
    await add(folder, ["3", "1"]);
    vi.mocked(fs.rename).mockImplementation(rename);
    expect(count).toBe(6); // the next index, the rows, the index: before each and after it
    const old = { 1: [1, 1], 2: [2, 2], 9: [9, 9] };
    const found = await Promise.all(Array.from({ length: count }, (_, i) => rowsOf(join(kills, String(i)))));
    const all = { ...old, 3: [3, 3] };
    expect(found).toEqual([old, old, old, all, all, all]);
    expect((await fs.readdir(folder)).sort()).toEqual(["embeddings.json", "embeddings.safetensors"]);
  });

  it("put the index right that a killed process left, also where nothing is added", async () => {
    const folder = scratchFolder();
    await add(folder, ["1"]);
    const before = await fs.readFile(join(folder, "embeddings.json"));
    await add(folder, ["2"]);
    const after = await fs.readFile(join(folder, "embeddings.json"));
    await fs.writeFile(join(folder, "embeddings.json"), before);
    await fs.writeFile(join(folder, "embeddings.next.json"), after);
    const store = await open(folder);
    await store.close(["1", "2"]);
    expect(await store.has(named(["2"])[0]!)).toBe(true);
    expect(await fs.readFile(join(folder, "embeddings.json"))).toEqual(after);
    expect((await fs.readdir(folder)).sort()).toEqual(["embeddings.json", "embeddings.safetensors"]);
  });

  it("are found by an index that a killed process left where nothing may be written, which is put right once something may be", async () => {
    const folder = scratchFolder();
    const [index, next] = ["embeddings.json", "embeddings.next.json"].map((name) => join(folder, name)) as [string, string];
    await add(folder, ["1"]);
    const before = await fs.readFile(index);
    await add(folder, ["2"]);
    await fs.rename(index, next);
    await fs.writeFile(index, before);
    const refused = Object.assign(new Error("EROFS: read-only file system"), { code: "EROFS" });
    vi.mocked(fs.writeFile).mockRejectedValue(refused); // no lock
    vi.mocked(fs.rename).mockRejectedValue(refused);
    const store = await open(folder);
    expect(await Promise.all(named(["1", "2"]).map((image) => store.has(image)))).toEqual([true, true]);
    await store.close(["1", "2"]);
    vi.mocked(fs.writeFile).mockImplementation(writeFile);
    const renamed: unknown[] = [];
    vi.mocked(fs.rename).mockImplementation(async (from, to) => {
      renamed.push(to);
      await rename(from, to);
    });
    await store.add(named(["3"]), Float32Array.of(3, 3));
    expect(renamed).toEqual([index, next, join(folder, "embeddings.safetensors"), index]); // the rows have an index at any moment
    expect(await rowsOf(folder)).toEqual({ 1: [1, 1], 2: [2, 2], 3: [3, 3], 9: [9, 9] });
  });

  it("are refused, and none of them dropped, where rows and index are not of one another, or are another's", async () => {
    const folder = scratchFolder();
    await add(folder, ["1"]);
    const [file, index] = ["embeddings.safetensors", "embeddings.json"].map((name) => join(folder, name)) as [string, string];
    const [rows, names] = [await fs.readFile(file), await fs.readFile(index, "utf8")];
    const refused = (code: string, message: RegExp) =>
      expect(add(folder, ["2"])).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    await fs.writeFile(index, names.replace("of 1", "of 2"));
    await refused("FILE_CORRUPT", /embeddings\.safetensors and .*embeddings\.json are not of one another: .* give --force to replace/);
    await fs.rm(index);
    await refused("FILE_CORRUPT", /are not of one another: one of them is missing or was changed/);
    await fs.writeFile(index, '{"mine": 1}');
    await refused("FILE_CORRUPT", /not of one another/);
    expect(await fs.readFile(file)).toEqual(rows);
    await fs.rm(file);
    await refused("FILE_CORRUPT", /embeddings\.json is no index of embeddings: it has no model/);
    expect(await fs.readFile(index, "utf8")).toBe('{"mine": 1}');
    await fs.rm(index);
    await fs.writeFile(file, "mine");
    await refused("FILE_CORRUPT", /embeddings\.safetensors cannot be added to: Not a usable safetensors file/);
    expect(await fs.readFile(file, "utf8")).toBe("mine");
    await writeSafetensors(file, new Map([["mine", { dtype: "int32", shape: [1], data: Int32Array.of(7) }]]));
    await refused("INVALID_ARGUMENT", /is there already and is not of embeddings of ours: give --force to replace what is there/);
    expect([...(await readSafetensors(file)).tensors.keys()]).toEqual(["mine"]);
    await add(folder, ["2"], true);
    expect(Object.keys(await rowsOf(folder))).toEqual(["2", "9"]);
  });

  it("do not replace a file of the user's own that is called as the next index", async () => {
    const folder = scratchFolder();
    const next = join(folder, "embeddings.next.json");
    const refuse = async () => {
      for (const [mine, message] of [
        ['{"mine": 1}', /embeddings\.next\.json is no index of embeddings: it has no model/],
        ["mine", /embeddings\.next\.json is no JSON/],
        [JSON.stringify(key), /embeddings\.next\.json must have a list "images"/],
      ] as const) {
        await fs.writeFile(next, mine);
        await expect(add(folder, ["2"])).rejects.toMatchObject({ code: "FILE_CORRUPT", message: expect.stringMatching(message) });
        expect(await fs.readFile(next, "utf8")).toBe(mine);
      }
      await fs.rm(next);
    };
    await refuse();
    await add(folder, ["1"]);
    await refuse(); // also beside embeddings
    const store = await open(folder);
    await store.add(named(["2"]), Float32Array.of(2, 2));
    await fs.writeFile(next, "mine"); // also where it is put there meanwhile
    await expect(store.close(["2"])).rejects.toMatchObject({ code: "FILE_CORRUPT" });
    await fs.writeFile(next, JSON.stringify({ ...key, model: "other", images: [] })); // a killed process's, of another model
    expect(await rowsOf(folder)).toEqual({ 1: [1, 1], 9: [9, 9] });
    expect(await fs.readdir(folder)).not.toContain("embeddings.next.json");
  });

  it.each(["5", '"mine"', "null", "[1]"])("are refused where the index is %s", async (mine) => {
    const folder = scratchFolder();
    const index = join(folder, "embeddings.json");
    await fs.writeFile(index, mine);
    const refused = { code: "FILE_CORRUPT", message: expect.stringMatching(/embeddings\.json is no index of embeddings: it is /) };
    await expect(add(folder, ["2"])).rejects.toMatchObject(refused);
    expect(await fs.readFile(index, "utf8")).toBe(mine);
  });

  it("are found where nothing may be written, and what is to be added there is refused with the first rows", async () => {
    const folder = scratchFolder();
    await add(folder, ["1", "2"]);
    const before = await fs.readFile(join(folder, "embeddings.safetensors"));
    vi.mocked(fs.writeFile).mockRejectedValue(Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" })); // no lock
    const store = await open(folder);
    expect(await store.has(named(["2"])[0]!)).toBe(true);
    await store.close(["1", "2"]);
    const refused = { code: "WRITE_FAILED", message: expect.stringMatching(/embeddings\.json can't be kept .*: EACCES/) };
    await expect(store.add(named(["3"]), Float32Array.of(3, 3))).rejects.toMatchObject(refused);
    expect(await fs.readFile(join(folder, "embeddings.safetensors"))).toEqual(before);
    vi.mocked(fs.writeFile).mockRejectedValue(Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" }));
    await expect(open(folder)).rejects.toMatchObject({ code: "WRITE_FAILED" });
  });

  it("of two that add at the same time are both kept, and of another model replaced when told to", async () => {
    const folder = scratchFolder();
    await Promise.all([add(folder, ["1"]), add(folder, ["2"]), add(folder, ["3"])]);
    expect(await rowsOf(folder)).toEqual({ 1: [1, 1], 2: [2, 2], 3: [3, 3], 9: [9, 9] });
    const other = { ...key, model: "other" };
    await expect(open(folder, false, other)).rejects.toMatchObject({
      message: expect.stringMatching(/another model \(model\): give --force/),
    });
    const store = await open(folder, true, other);
    expect(await store.has(named(["1"])[0]!)).toBe(false);
    await store.add(named(["4"]), Float32Array.of(4, 4));
    await store.close(["4"]);
    expect(await (await open(folder, false, other)).has(named(["1"])[0]!)).toBe(false);
  });
});
