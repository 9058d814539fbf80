import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { scratchFolder } from "../test/scratch-folder.ts";
import { repository } from "./lib/workspace.mjs";
import { preCommitProblems } from "./pre-commit.mjs";

const GOOD = "export const x = 1;\n";
const BAD = "export const  y=1\n";
const badLint = [expect.stringMatching(/^lint and formatting[\s\S]*one\.mjs/)];

/** A repository with the rules of this one, and what to do in it. */
function repositoryWith(files = {}) {
  const root = scratchFolder();
  const git = (...args) => {
    const { status, stderr } = spawnSync("git", args, { cwd: root, encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  };
  const write = (path, text) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  git("init", "--quiet");
  copyFileSync(join(repository, "biome.json"), join(root, "biome.json"));
  for (const [path, text] of Object.entries(files)) write(path, text);
  git("add", "--all");
  git("-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "--message=first");
  return { root, git, write };
}

it("finds what is staged and not formatted, and leaves the rest of the working copy alone", async () => {
  const { root, git, write } = repositoryWith();
  expect(await preCommitProblems(root)).toEqual([]);
  write("good.mjs", GOOD);
  write("one.mjs", BAD);
  git("add", "good.mjs");
  expect(await preCommitProblems(root)).toEqual([]);
  git("add", "one.mjs");
  expect(await preCommitProblems(root)).toEqual(badLint);
});

it("takes a submodule, and links to folders, to files and to nowhere, for what they are", async () => {
  const { root, git, write } = repositoryWith({ "folder/x.mjs": GOOD, "bad.mjs": BAD });
  symlinkSync("folder", join(root, "to-folder"));
  symlinkSync("folder", join(root, "to-folder.mjs"));
  symlinkSync("bad.mjs", join(root, "to-file.mjs"));
  symlinkSync("gone", join(root, "to-nowhere.py"));
  symlinkSync("/dev/zero", join(root, "endless.py"));
  git("add", "--all");
  git("update-index", "--add", "--cacheinfo", `160000,${"1".repeat(40)},module`);
  git("update-index", "--add", "--cacheinfo", `160000,${"1".repeat(40)},module.mjs`);
  expect(await preCommitProblems(root)).toEqual([]);
  symlinkSync(`${["", "home", "me"].join("/")}/data`, join(root, "mine"));
  write("one.mjs", BAD);
  git("add", "mine", "one.mjs");
  expect(await preCommitProblems(root)).toEqual([...badLint, expect.stringMatching(/^no paths of a machine\nmine: names .*$/)]);
});

it("looks at what is staged, not at what has become of it in the working copy", async () => {
  const { root, git, write } = repositoryWith();
  write("one.mjs", BAD);
  git("add", "one.mjs");
  write("one.mjs", GOOD);
  expect(await preCommitProblems(root)).toEqual(badLint);
  git("add", "one.mjs");
  write("one.mjs", BAD);
  expect(await preCommitProblems(root)).toEqual([]);
});

it("finds long sources and paths of a machine among what is staged, and not in what isn't", async () => {
  const { root, git, write } = repositoryWith({ "old.py": "x = 1\n".repeat(301) });
  write("scratch.py", `path = "${["", "home", "me", "data"].join("/")}"\n${"x = 1\n".repeat(301)}`);
  write("good.py", "x = 1\n");
  git("add", "good.py");
  expect(await preCommitProblems(root)).toEqual([]);
  git("add", "scratch.py");
  expect(await preCommitProblems(root)).toEqual([
    expect.stringMatching(/^no paths of a machine\nscratch\.py: names .*$/),
    "length of sources and comments, twins of tests\nscratch.py: 302 lines, at most 300: split it by concept",
  ]);
});

it("finds what is wrong with the manifests once the commit is made", async () => {
  const manifest = { name: "@rsdix/a", type: "module", files: ["dist"], exports: { ".": { types: "./dist/index.d.ts" } } };
  const { root, git, write } = repositoryWith({
    "packages/a/package.json": `${JSON.stringify(manifest)}\n`,
    "packages/a/src/index.ts": GOOD,
  });
  write("packages/a/src/index.ts", 'import "left-pad";\n');
  expect(await preCommitProblems(root)).toEqual([]);
  git("add", "--all");
  expect(await preCommitProblems(root)).toEqual([
    expect.stringMatching(/^manifests\n[\s\S]*it imports left-pad, which is neither a dependency nor a peer/),
  ]);
});

it("tells every check that fails, with what it said", async () => {
  const { root, git, write } = repositoryWith();
  write("one.mjs", GOOD);
  git("add", "one.mjs");
  const checks = [
    ["first", () => ["broke"]],
    ["second", () => []],
    ["third", async ({ files }) => files],
  ];
  expect(await preCommitProblems(root, checks)).toEqual(["first\nbroke", "third\none.mjs"]);
});
