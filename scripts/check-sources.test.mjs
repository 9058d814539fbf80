import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { scratchFolder } from "../test/scratch-folder.ts";
import { checkComments, checkLengths, checkTwins, machinePath, TWINS } from "./check-sources.mjs";
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

it("reports tests that make a folder or tell a refusal themselves, and not sources, nor what has a reason", () => {
  const root = scratchFolder();
  const folder = ["const folder = mk", 'dtempSync(join(tmpdir(), "a"));'].join(""); // neither may this file have
  const refused = ["expect.object", 'Containing({\n  code: "ABORTED",\n})'].join("");
  const named = refused.replace("code", 'name: "RsdixError", code');
  const texts = { "a.test.ts": `\n${folder}`, "b.test.mjs": refused, "test/c.ts": `${folder}\n${named}`, "d.ts": folder + refused };
  mkdirSync(join(root, "test"));
  for (const [path, text] of Object.entries(texts)) writeFileSync(join(root, path), text);
  const [made, told] = ["take scratchFolder of test/scratch-folder.ts", "take refusal of test/refusal.ts"];
  const inHelper = `test/c.ts:2: ${told}`;
  expect(checkTwins(root, Object.keys(texts))).toEqual([`a.test.ts:2: ${made}`, `b.test.mjs:1: ${told}`, `test/c.ts:1: ${made}`, inHelper]);
  const excused = TWINS.map((twin) => ({ ...twin, but: { "a.test.ts": "a reason", "b.test.mjs": "a reason", "test/c.ts": "a reason" } }));
  expect(checkTwins(root, Object.keys(texts), excused)).toEqual([]);
});

it.each(TWINS.flatMap(({ but, ...twin }) => Object.keys(but).map((path) => ({ ...twin, path }))))(
  "$path has what it has a reason for: $instead",
  ({ path, ...twin }) => {
    expect(checkTwins(repository, [path], [{ ...twin, but: {} }])).toHaveLength(1);
  },
);
