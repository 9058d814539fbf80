import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { scratchFolder } from "../test/scratch-folder.ts";
import { checkComments, checkLengths, machinePath } from "./check-sources.mjs";
import { repository } from "./lib/workspace.mjs";

// Put together here, so that this file passes the check itself.
const expected = ["", "home", "me"].join("/");
const home = `${expected}/data.json`;

it("finds paths of a machine, and leaves URLs and longer paths alone", () => {
  expect(machinePath(`readFile("${home}")`)).toBe(expected);
  expect(machinePath(`first line\n${home}`)).toBe(expected);
  expect(machinePath(`FOLDER=${home}`)).toBe(expected);
  expect(machinePath(`https://example.org${home} and ./packages${home} and \${root}${home}`)).toBe(undefined);
});

it("reports sources over the limit", () => {
  const root = join(repository, "scripts/fixtures/workspace");
  expect(checkLengths(root)).toEqual([]);
  expect(checkLengths(root, 59)).toEqual(["packages/gaps/src/index.ts: 60 lines, at most 59: split it by concept"]);
});

it("looks at tests, scripts, style sheets, kernels and pages too, and not at data, notebooks and what is made of many results", () => {
  const root = scratchFolder();
  const git = spawnSync("git", ["init", "--quiet"], { cwd: root, encoding: "utf8" });
  expect(git.stderr).toBe("");
  const long = [
    "README.md",
    "docs/guide.md",
    "examples/page/src/style.css",
    "examples/page/test/page.test.ts",
    "golden/clip.py",
    "packages/a/csrc/gemm.cpp",
    "scripts/x.mjs",
  ];
  const mayBeLonger = ["docs/benchmarks.md", "packages/a/CHANGELOG.md", "examples/notebooks/notebooks/1-x.html", "golden/captions.txt"];
  for (const path of [...long, "packages/a/src/fixtures/b.ts", "data.json", ...mayBeLonger]) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), "a line\n".repeat(11));
  }
  expect(checkLengths(root, 11)).toEqual([]);
  expect(checkLengths(root, 10)).toEqual(long.map((path) => `${path}: 11 lines, at most 10: split it by concept`));
});

it("reports comments that no editor shows in a line, and not code, data or an address", () => {
  const root = scratchFolder();
  const long = "a word ".repeat(24);
  const address = `https://example.org/${"x".repeat(160)}`;
  const lines = [`// ${long}`, `/** ${long}*/`, ` * ${long}`, ` * @see ${address}`, `const text = "${long}";`, "// short"];
  writeFileSync(join(root, "a.ts"), lines.join("\n"));
  writeFileSync(join(root, "a.md"), `* ${long}`);
  const problem = (line) => `a.ts:${line}: a comment of more than 160 characters: break the line`;
  expect(checkComments(root, ["a.ts", "a.md"])).toEqual([problem(1), problem(2), problem(3)]);
});
