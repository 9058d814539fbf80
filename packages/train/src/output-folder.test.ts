import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isSamePath } from "./output-folder";

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rsdix-output-"));
  await mkdir(at("real"));
  await writeFile(at("real", "scores.tsv"), "");
  await symlink("real", at("linked"));
  await symlink(join("real", "scores.tsv"), at("file.tsv"));
  await symlink(join("linked", "later.tsv"), at("dangling.tsv"));
  await symlink("circle", at("circle"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("isSamePath", () => {
  it.each([
    ["a folder's link", ["real", "scores.tsv"], ["linked", "scores.tsv"]],
    ["a file's link", ["real", "scores.tsv"], ["file.tsv"]],
    ["a folder's link, of a file that is not there yet", ["real", "new", "x.tsv"], ["linked", "new", "x.tsv"]],
    ["a link to a file that is not there yet", ["real", "later.tsv"], ["dangling.tsv"]],
    ["letters' case", ["real", "Later.tsv"], ["linked", "later.TSV"]],
    ["a circle of links, which is itself", ["circle"], ["circle"]],
  ])("sees one file through %s", (_how, one, other) => {
    expect(isSamePath(at(...one), at(...other))).toBe(true);
  });

  it("tells different files from one another", () => {
    expect(isSamePath(at("real", "scores.tsv"), at("linked", "later.tsv"))).toBe(false);
    expect(isSamePath(at("circle"), at("real"))).toBe(false);
  });
});
