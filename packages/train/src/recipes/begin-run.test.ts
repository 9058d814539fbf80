import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { refusal } from "../../../../test/refusal";
import { scratchFolder } from "../../../../test/scratch-folder";
import { beginRun } from "./begin-run";

/** What of the files' names no longer finds room on the disk. */
let full: RegExp | undefined;

vi.mock("node:fs/promises", async (original) => {
  const fs = await original<typeof import("node:fs/promises")>();
  const refuse = (path: unknown) => {
    if (full?.test(String(path))) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  };
  const unlessFull =
    <Given extends [path: unknown, ...unknown[]], Result>(work: (...given: Given) => Promise<Result>) =>
    async (...given: Given): Promise<Result> => {
      refuse(given[0]);
      return work(...given);
    };
  const mocked = { ...fs, writeFile: unlessFull(fs.writeFile), open: unlessFull(fs.open), mkdir: unlessFull(fs.mkdir) };
  return { ...mocked, default: mocked };
});

afterEach(() => {
  full = undefined;
});

const begin = (root: string) => beginRun(root, "clip", { seed_everything: 1 });
const refused = refusal("WRITE_FAILED");

it.each([
  ["folder", /clip-\d+$/],
  ["configuration", /config\.yaml/],
  ["name as the last", /last/],
  ["lock", /lock/],
])("leaves nothing of a run whose %s finds no room on the disk", async (_what, names) => {
  const root = join(scratchFolder(), "runs");
  full = names;
  await expect(begin(root)).rejects.toEqual(refused);
  await expect(readdir(root)).rejects.toMatchObject({ code: "ENOENT" });

  full = undefined;
  const { folder, unlock } = await begin(root);
  await unlock();
  expect(folder).toBe(join(root, "clip-1"));
  full = names;
  await expect(begin(root)).rejects.toEqual(refused);
  full = undefined;
  expect((await readdir(root)).sort()).toEqual(["clip-1", "last"]);
  expect(await readFile(join(root, "last"), "utf8")).toBe("clip-1\n");
});

it("takes the next number where another run has one, and leaves runs alone that are begun", async () => {
  const root = scratchFolder();
  await mkdir(join(root, "clip-4"));
  const one = await begin(root);
  const other = await begin(root);
  expect([one.folder, other.folder]).toEqual([join(root, "clip-5"), join(root, "clip-6")]);
  await one.forget();
  expect((await readdir(root)).sort()).toEqual(["clip-4", "clip-6", "last"]);
  expect(await readFile(join(root, "last"), "utf8")).toBe("clip-6\n");
  await other.unlock();
});
