import { spawnSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "./lib/temporary-folder.mjs";
import { repository } from "./lib/workspace.mjs";
import { preCommitProblems } from "./pre-commit.mjs";

it("finds what is staged and not formatted, and leaves the rest of the working copy alone", async () => {
  const root = temporaryFolder();
  const git = (...args) => expect(spawnSync("git", args, { cwd: root, encoding: "utf8" })).toMatchObject({ status: 0 });
  git("init", "--quiet");
  copyFileSync(join(repository, "biome.json"), join(root, "biome.json"));
  writeFileSync(join(root, "good.mjs"), "export const x = 1;\n");
  writeFileSync(join(root, "bad.mjs"), "export const  y=1\n");
  git("add", "biome.json", "good.mjs");
  expect(await preCommitProblems(root)).toEqual([]);
  git("add", "bad.mjs");
  expect(await preCommitProblems(root)).toEqual([expect.stringMatching(/lint and formatting[\s\S]*bad\.mjs/)]);
});

it("tells every check that fails, with what it said", async () => {
  const root = temporaryFolder();
  writeFileSync(join(root, "fails.mjs"), 'console.log("broke"); process.exit(1);\n');
  writeFileSync(join(root, "well.mjs"), "");
  const checks = [
    ["first", join(root, "fails.mjs")],
    ["second", join(root, "well.mjs")],
    ["third", join(root, "fails.mjs")],
  ];
  expect(await preCommitProblems(root, checks)).toEqual(["first\nbroke", "third\nbroke"]);
});
