import { execFileSync } from "node:child_process";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { newFolder } from "../../test/model-folders";
import { writeModelFolder, writeSafetensors } from "./safetensors-write-node";

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof fs>();
  return { ...real, rename: vi.fn(real.rename) };
});

const weights = (value: number) => new Map([["a", { dtype: "float32" as const, shape: [1], data: Float32Array.of(value) }]]);
const small = (text: string) =>
  new Map(["config.json", "1_Pooling/config.json"].map((name) => [name, new TextEncoder().encode(text)] as const));

/** The files of a model, with all that lies in a folder but temporary ones. */
async function contents(folder: string): Promise<Record<string, string>> {
  const names = (await fs.readdir(folder, { recursive: true })).filter((name) => /\.(json|safetensors)$/.test(name)).sort();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await fs.readFile(join(folder, name), "base64")] as const)));
}

it.each([1, 2, 3, 4, 5, 6])("An older model comes back where its replacement fails at step %i", async (step) => {
  const folder = await newFolder();
  await writeModelFolder(folder, weights(1), small("older"), {});
  const before = await contents(folder);
  expect(Object.keys(before)).toEqual(["1_Pooling/config.json", "config.json", "model.safetensors"]);
  const { rename } = await vi.importActual<typeof fs>("node:fs/promises");
  let steps = 0;
  vi.mocked(fs.rename).mockImplementation(async (from, to) => {
    if (++steps === step) throw new Error("it is locked");
    await rename(from, to);
  });
  await expect(writeModelFolder(folder, weights(2), small("newer"), {})).rejects.toMatchObject({
    code: "WRITE_FAILED",
    message: expect.stringMatching(/it is locked. An older one is untouched/),
  });
  expect(await contents(folder)).toEqual(before);
  expect((await fs.readdir(folder)).sort()).toEqual(["1_Pooling", "config.json", "model.safetensors"]);
  vi.mocked(fs.rename).mockImplementation(rename);
});

it("A crash at any step leaves no weights beside another model's configuration", async () => {
  const folder = await newFolder();
  await writeModelFolder(folder, weights(1), small("older"), {});
  const left = [await contents(folder)];
  const { rename } = await vi.importActual<typeof fs>("node:fs/promises");
  vi.mocked(fs.rename).mockImplementation(async (from, to) => {
    await rename(from, to);
    left.push(await contents(folder));
  });
  await writeModelFolder(folder, weights(2), small("newer"), {});
  vi.mocked(fs.rename).mockImplementation(rename);
  expect(left).toHaveLength(7);
  const withWeights = left.filter((files) => "model.safetensors" in files);
  expect(withWeights).toEqual([left[0], left[6]]);
  expect(left[6]).not.toEqual(left[0]);
});

it.skipIf(process.platform === "win32")("A pipe or a device is not replaced by a file, and nothing is left beside it", async () => {
  const folder = await newFolder();
  const pipe = join(folder, "model.safetensors");
  execFileSync("mkfifo", [pipe]);
  const linked = join(folder, "linked.safetensors");
  await fs.symlink("/dev/null", linked); // writing to /dev/null itself would harm the machine where the check is broken
  const refusal = (path: string) =>
    expect.stringMatching(
      new RegExp(`^Can't write the checkpoint .*: ${path} is a device, a pipe or a socket; name a file\\. An older one is untouched`),
    );
  for (const path of [pipe, linked])
    await expect(writeSafetensors(path, weights(1))).rejects.toMatchObject({ code: "WRITE_FAILED", message: refusal(path) });
  await expect(writeModelFolder(folder, weights(1), small("new"), {})).rejects.toMatchObject({
    code: "WRITE_FAILED",
    message: refusal(pipe),
  });
  expect((await fs.lstat(pipe)).isFIFO()).toBe(true);
  expect((await fs.lstat(linked)).isSymbolicLink()).toBe(true);
  expect((await fs.readdir(folder)).sort()).toEqual(["linked.safetensors", "model.safetensors"]);
});

it("A model's folder in the folder that is a link is not followed, neither to replace a file nor to take an older model's away", async () => {
  const [place, shared, parent] = [await newFolder(), await newFolder(), await newFolder()];
  const folder = join(parent, "link");
  await fs.symlink(place, folder);
  await writeModelFolder(folder, weights(1), new Map(), {}); // the folder itself may be one
  await fs.writeFile(join(shared, "config.json"), "mine");
  await fs.symlink(shared, join(folder, "1_Pooling"));
  const before = await contents(place);
  const refused = {
    code: "WRITE_FAILED",
    message: expect.stringMatching(/1_Pooling is a link, and nothing is replaced where it leads to/),
  };
  await expect(writeModelFolder(folder, weights(2), small("new"), {})).rejects.toMatchObject(refused);
  const gone = async () => ["1_Pooling/config.json"];
  await expect(writeModelFolder(folder, weights(2), new Map(), {}, gone)).rejects.toMatchObject(refused);
  expect(await contents(place)).toEqual(before);
  expect(await fs.readFile(join(shared, "config.json"), "utf8")).toBe("mine");
});
