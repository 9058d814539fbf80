import { mkdir, realpath, symlink, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { exactly, refusal } from "../../../../test/refusal";
import { scratchFolder } from "../../../../test/scratch-folder";
import { realPath } from "./real-path";

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);

beforeAll(async () => {
  folder = await realpath(scratchFolder("file"));
  await mkdir(at("real"));
  await writeFile(at("real", "a.tsv"), "");
  await symlink("real", at("linked"));
  await symlink("linked/later.tsv", at("dangling.tsv"));
  await symlink("../dangling.tsv", at("real", "again.tsv"));
  await symlink("circle", at("circle"));
});

it.each([
  ["linked/a.tsv", "real/a.tsv"],
  ["linked/none/b.tsv", "real/none/b.tsv"],
  ["dangling.tsv", "real/later.tsv"],
  ["linked/again.tsv", "real/later.tsv"],
  ["circle", "circle"],
  ["none", "none"],
])("follows %s to %s, from any folder", (path, to) => {
  expect(realPath(at(path))).toBe(at(to));
  expect(realPath(relative(process.cwd(), at(path)))).toBe(at(to));
});

it("refuses what is no text", () => {
  expect(() => realPath(5 as never)).toThrow(refusal("INVALID_ARGUMENT", exactly("A path must be text, got 5.")));
});
