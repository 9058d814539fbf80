import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { scratchFolder } from "../test/scratch-folder.ts";
import { gitProblem } from "./lib/git-problem.mjs";
import { repository } from "./lib/workspace.mjs";

const INSTALL = ": install git, and run it in a clone, whose folder has .git.";

it("there is none in a clone; without git, or outside of one, it is said what to do", () => {
  expect(gitProblem(repository)).toBeUndefined();
  expect(gitProblem(repository, "git-that-nobody-has")).toBe(INSTALL);
  expect(gitProblem("/")).toBe(INSTALL);
});

it.skipIf(process.platform === "win32")("what git itself refuses is told in its words", () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, "bin"));
  const git = join(folder, "bin/git");
  writeFileSync(git, '#!/bin/sh\necho "fatal: detected dubious ownership in repository" >&2\nexit 128\n');
  chmodSync(git, 0o755);
  expect(gitProblem(repository, git)).toBe(", and git refuses:\nfatal: detected dubious ownership in repository");
});
