import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { scratchFolder } from "../test/scratch-folder.ts";
import { commitProblems } from "./check-commits.mjs";

it("says of each commit since another what its message lacks, and nothing without that history", () => {
  const cwd = scratchFolder();
  const git = (...args) => spawnSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], { cwd, encoding: "utf8" });
  const commit = (lines, message) => {
    writeFileSync(join(cwd, "a.txt"), "a\n".repeat(lines));
    git("add", "--all");
    git("commit", "--quiet", "-m", message);
    return git("rev-parse", "HEAD").stdout.trim();
  };
  git("init", "--quiet");
  commit(1, "whatever");
  const before = commit(2, "whatever it was");
  commit(50, "feat: much");
  commit(51, "fix: a little");
  commit(52, "a little");
  commit(150, "feat: much\n\nAs it was asked for.");
  const { count, problems } = commitProblems(before, cwd);
  expect([count, problems]).toEqual([
    4,
    [
      expect.stringMatching(/^[\da-f]{7} a little: the first line is "type\(scope\): what changes"/),
      expect.stringMatching(/^[\da-f]{7} feat: much: it changes 48 lines in 1 files: say below the first line why$/),
    ],
  ]);
  git("clone", "--quiet", "--depth", "1", `file://${cwd}`, "shallow");
  expect(commitProblems(before, join(cwd, "shallow"))).toBeUndefined();
});
