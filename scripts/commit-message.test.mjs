import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { scratchFolder } from "../test/scratch-folder.ts";
import { messageProblems, stagedSize } from "./commit-message.mjs";
import { repository } from "./lib/workspace.mjs";

const SMALL = { files: 1, lines: 3 };

it("accepts a conventional first line, and what git writes itself", () => {
  for (const message of [
    "fix(data): an empty archive is refused",
    "feat(core-losses,train)!: losses have one options object\n\nWhy.\n",
    "docs: a guide\n# Please enter the commit message\n",
    "Merge branch 'main'",
    'Revert "feat: x"',
    'Reapply "feat: x"',
    'Revert "Reapply "feat: x""',
    "Merge remote-tracking branch 'origin/main' into work",
    "Merge branches 'a' and 'b'",
    "Merge tag 'v1.0.0'",
    "Merge pull request #12 from somebody/work",
    "Merge 0123abc into 4567def",
    "Merge https://example.org/repository",
    "Version Packages",
    "Version Packages (next)",
    "fixup! feat: x",
    "squash! feat: x",
    "amend! feat: x",
    "fix(data, image): an empty archive is refused",
    "docs(docs/guides): a guide",
    "build(.github/workflows)!: one more",
  ])
    expect(messageProblems(message, SMALL)).toEqual([]);
});

it("says which form a first line has, how long it is at most, and that a line is empty", () => {
  const form = [expect.stringMatching(/^the first line is "type\(scope\): what changes", of the types feat, fix, /)];
  for (const message of [
    "An empty archive is refused",
    "fix:x",
    "fix(): x",
    "fix(a,): x",
    "fix(a b): x",
    "fix(/a): x",
    "Reapplying it",
    "Revert everything",
    "Revert",
    "Reapply what was there",
    "Merge everything",
    "Merge branch of mine",
    "Version Packages and more",
    "fixes: x",
    "",
    "# only a comment\n",
  ])
    expect(messageProblems(message, SMALL)).toEqual(form);
  expect(messageProblems(`fix: ${"x".repeat(116)}`, SMALL)).toEqual([
    "the first line has 121 characters, at most 120: the rest goes below",
  ]);
  expect(messageProblems("fix: x\nWhy.", SMALL)).toEqual(["an empty line follows the first"]);
});

it("wants the reason of a larger change, which is no comment and no diff", () => {
  const large = { files: 4, lines: 3 };
  const wanted = ["it changes 3 lines in 4 files: say below the first line why"];
  const verbose = "# ------------------------ >8 ------------------------\ndiff --git a/x b/x\n";
  expect(messageProblems("fix: x", large)).toEqual(wanted);
  expect(messageProblems(`fix: x\n\n# a comment\n${verbose}`, large)).toEqual(wanted);
  expect(messageProblems("fix: x\n\nSigned-off-by: A <a@b>\nCo-authored-by: B <b@c>\n", large)).toEqual(wanted);
  expect(messageProblems("fix: x\n\nWhy.\n\nSigned-off-by: A <a@b>", large)).toEqual([]);
  expect(messageProblems("fix: x", { files: 1, lines: 41 })).toEqual([expect.stringContaining("41 lines in 1 files")]);
});

it("says that there is no file of the message, in place of a stack trace", () => {
  const folder = scratchFolder();
  for (const path of [join(folder, "gone"), folder]) {
    const { status, stderr } = spawnSync(process.execPath, [join(repository, "scripts/commit-message.mjs"), path], { encoding: "utf8" });
    expect([status, stderr]).toEqual([2, `There is no file "${path}".\nUsage: node scripts/commit-message.mjs FILE\n`]);
  }
});

it("counts what is staged, with files that are no text", () => {
  const root = scratchFolder();
  spawnSync("git", ["init", "--quiet"], { cwd: root });
  writeFileSync(join(root, "a.txt"), "1\n2\n");
  writeFileSync(join(root, "b.bin"), new Uint8Array([0, 1, 2]));
  spawnSync("git", ["add", "--all"], { cwd: root });
  writeFileSync(join(root, "c.txt"), "not staged\n");
  expect(stagedSize(root)).toEqual({ files: 2, lines: 2 });
});

it("CONTRIBUTING.md names every type and the limits", () => {
  const text = readFileSync(join(repository, "CONTRIBUTING.md"), "utf8");
  const [, types] = /of the types ([^"]+)$/.exec(messageProblems("x", SMALL)[0]);
  for (const type of types.split(", ")) expect(text).toContain(`\`${type}\``);
  for (const limit of ["120 characters", "three files", "40 lines"]) expect(text).toContain(limit);
});
