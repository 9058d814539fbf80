import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { afterFile, afterTest, cleanUp } from "../test/cleanup.ts";
import { LongFirst, needsOwnProcess } from "../test/shared-forks.ts";
import { SHARING } from "../vitest.workspace.ts";
import { repository } from "./lib/workspace.mjs";

const folder = mkdtempSync(join(tmpdir(), "rsdix-shared-"));
afterAll(() => rmSync(folder, { recursive: true }));

const fileWith = (name, text) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

it.each([
  'vi.mock("./jpeg");',
  'vi.spyOn(console, "warn");',
  'process.env.HOME = "/nowhere";',
  "process.chdir(folder);",
  'env.RSDIX_FIGURES = "1";',
  "delete env[name];",
  'tf.registerBackend("mine", make);',
  'tf.env().set("WEBGL_PACK", false);',
  'import { Worker } from "node:worker_threads";',
  "globalThis.fetch = fake;",
  'import { spawn } from "node:child_process";',
  'import { buildCli } from "./built-cli";',
  'import { chdir, cwd } from "node:process";',
  'import { cwd, stdout } from "node:process";',
])("a file of tests with %s has a process of its own", (line) => {
  expect(needsOwnProcess(fileWith(`own-${readdirSync(folder).length}.test.ts`, line))).toBe(true);
});

it("a file of tests whose package's helpers, or theirs, start programs or mock has a process of its own", () => {
  mkdirSync(join(folder, "test"));
  fileWith("test/world.ts", 'import { start } from "./programs";\nexport * from "./world";');
  fileWith("test/programs.ts", 'import { spawn } from "node:child_process";');
  fileWith("test/calm.ts", "export const one: typeof globalThis.fetch = 1;");
  fileWith("fake.ts", 'import { vi } from "vitest";\nvi.spyOn(console, "log");');
  fileWith("source.ts", 'import { spawn } from "node:child_process";');
  const needs = (name, line) => needsOwnProcess(fileWith(name, line));
  expect(needs("by-helper.test.ts", 'import { spawned } from "./test/programs";')).toBe(true);
  expect(needs("by-two.test.ts", 'import {\n  spawned,\n} from "./test/world";')).toBe(true);
  expect(needs("by-later.test.ts", 'const world = await import("./test/world.ts");')).toBe(true);
  expect(needs("by-fake.test.ts", 'import { fake } from "./fake";')).toBe(true);
  expect(
    needs("calm.test.ts", 'import { one } from "./test/calm";\nimport { two } from "./source";\nimport { three } from "./gone";'),
  ).toBe(false);
});

it("tests of this repository that start programs by a helper have a process of their own, and those by test/tensors.ts share one", () => {
  const needs = (path) => needsOwnProcess(join(repository, "packages", path));
  for (const path of ["train/test/eval-archives.test.ts", "train/test/eval-parts.test.ts", "models/src/tokenizers/hostile.test.ts"])
    expect([path, needs(path)]).toEqual([path, true]);
  for (const path of ["core-losses/src/info-nce.test.ts", "models/src/clip.test.ts"]) expect([path, needs(path)]).toEqual([path, false]);
});

it.each([
  "const seen = vi.fn();",
  'import { cwd, getuid } from "node:process";',
  'await startBackend("cpu");',
  "expect(tf.memory().numTensors).toBe(before);",
])("a file of tests with %s shares one", (line) => {
  expect(needsOwnProcess(fileWith(`shared-${readdirSync(folder).length}.test.ts`, line))).toBe(false);
});

it("long projects begin first, and in each what has a process of its own", async () => {
  const own = fileWith("first.test.ts", 'vi.mock("./jpeg");');
  const shared = fileWith("second.test.ts", "expect(1).toBe(1);");
  const of = (name, moduleId) => ({ moduleId, project: { name, config: { sequence: { groupOrder: 0 }, isolate: false } } });
  const cache = { getFileTestResults: () => undefined, getFileStats: () => undefined };
  const files = [of("data", shared), of("train", shared), of("data", own), of("backend", shared), of("studio", own), of("train", own)];
  const sorted = await new LongFirst({ cache, config: { root: folder } }).sort(files);
  expect(sorted.map(({ project, moduleId }) => `${project.name} ${moduleId === own ? "own" : "shared"}`)).toEqual([
    "studio own",
    "train own",
    "train shared",
    "backend shared",
    "data own",
    "data shared",
  ]);
});

it("helpers of projects that share processes have no hooks of their own: Vitest would know them for one file only", () => {
  const helpers = [...SHARING].flatMap((name) =>
    readdirSync(join(repository, "packages", name), { recursive: true })
      .filter((file) => /^(?:src|test)[\\/].*\.ts$/.test(file) && !file.endsWith(".test.ts"))
      .map((file) => join("packages", name, file)),
  );
  expect(helpers.length).toBeGreaterThan(100);
  const hooked = helpers.filter((file) => /^(?:before|after)(?:All|Each)\(/m.test(readFileSync(join(repository, file), "utf8")));
  expect(hooked, "use afterTest or afterFile of test/cleanup.ts").toEqual([]);
});

const ended = [];
it("what helpers leave is taken away after the test,", () => {
  afterTest(() => ended.push("first"));
  afterTest(() => ended.push("second"));
  expect(ended).toEqual([]);
});

it("the last first, once, and all of it when some fails", async () => {
  expect(ended).toEqual(["second", "first"]);
  afterFile(() => ended.push("of the file"));
  afterFile(() => {
    throw new Error("is gone already");
  });
  await expect(cleanUp("file")).rejects.toThrow("What follows a file failed: Error: is gone already");
  await cleanUp("file");
  expect(ended).toEqual(["second", "first", "of the file"]);
});
