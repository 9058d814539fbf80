import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { dependencyProblems, importedPackages, manifestProblems } from "./check-manifests.mjs";
import { publicPackages, repository } from "./lib/workspace.mjs";

const good = {
  name: "@rsdix/data",
  description: "Data",
  type: "module",
  license: "Apache-2.0",
  sideEffects: false,
  keywords: ["remote-sensing"],
  homepage: "https://github.com/rsdix/rsdix/tree/main/packages/data#readme",
  bugs: { url: "https://github.com/rsdix/rsdix/issues" },
  repository: { url: "git+https://github.com/rsdix/rsdix.git", directory: "packages/data" },
  files: ["CHANGELOG.md", "dist"],
  engines: { node: ">=20" },
  exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" }, "./package.json": "./package.json" },
  "size-limit": [{ name: "everything", path: "dist/index.js", limit: "1 kB", gzip: true }],
  dependencies: { "@rsdix/image": "0.0.0" },
  devDependencies: { "@rsdix/internal": "0.0.0" },
};

it("accepts a manifest that keeps the rules", () => {
  expect(manifestProblems(good, "data")).toEqual([]);
});

it("names each broken rule", () => {
  const bad = {
    ...good,
    sideEffects: true,
    files: ["README.md"],
    "size-limit": [],
    exports: { ".": { default: "./dist/index.js", types: "./dist/index.d.ts" } },
    dependencies: { "@tensorflow/tfjs-core": "4", "@rsdix/train": "0.0.0" },
  };
  expect(manifestProblems(bad, "data")).toEqual([
    "sideEffects must be false",
    'files must include "dist"',
    'files must include "CHANGELOG.md": npm takes it of itself no longer',
    "exports must include ./package.json",
    "size-limit has nothing for dist/index.js: what a reader loads has a limit",
    'exports["."] must have types first',
    "@tensorflow/tfjs-core must be a peer dependency, not a dependency",
    "@rsdix/data may not use @rsdix/train: see who uses whom in scripts/check-manifests.mjs",
  ]);
});

it("wants what npm's page of a package shows: keywords, a home page and where faults are told, in its own repository", () => {
  const { keywords, bugs, ...without } = good;
  const elsewhere = { ...without, homepage: "https://example.org" };
  expect(manifestProblems(elsewhere, "data")).toEqual([
    "keywords are missing: npm's search looks at them",
    "homepage must be https://github.com/rsdix/rsdix/tree/main/packages/data#readme",
    "bugs.url must be https://github.com/rsdix/rsdix/issues",
  ]);
  expect(manifestProblems({ ...good, keywords: [] }, "data")).toEqual(["keywords are missing: npm's search looks at them"]);
  const { url, ...repositoryOfNone } = good.repository;
  expect(manifestProblems({ ...good, repository: repositoryOfNone }, "data")).toEqual(["repository.url must be git+https://...git"]);
});

it("wants a limit for every entry, and for what an entry has for Node alone", () => {
  const entry = (name, node) => ({ types: `./dist/${name}.d.ts`, ...node, default: `./dist/${name}.js` });
  const main = entry("index", { node: "./dist/index-node.js" });
  const exports = { ...good.exports, ".": main, "./node": entry("node"), "./tiff": entry("tiff") };
  const missing = ["dist/index-node.js", "dist/node.js", "dist/tiff.js"];
  const problems = missing.map((path) => `size-limit has nothing for ${path}: what a reader loads has a limit`);
  expect(manifestProblems({ ...good, exports }, "data")).toEqual(problems);
  const limits = [...good["size-limit"], ...missing.map((path) => ({ ...good["size-limit"][0], path }))];
  expect(manifestProblems({ ...good, exports, "size-limit": limits }, "data")).toEqual([]);
});

it("compares what is declared with what is imported", () => {
  expect(dependencyProblems(good, new Set(["sharp", "@rsdix/internal"]))).toEqual([
    "it imports sharp, which is neither a dependency nor a peer",
    "@rsdix/image is declared, but nothing that is published imports it",
  ]);
});

it("follows imports from the entries and the published scripts, so that tests and their helpers do not count", () => {
  const imported = (...path) => importedPackages([join(repository, "packages", ...path)]);
  expect(imported("internal/src/index.ts")).toEqual(new Set());
  expect(imported("core-losses/src/index.ts")).toEqual(new Set(["@rsdix/internal", "@tensorflow/tfjs-core"]));
  expect(imported("backend-native/scripts/cli.mjs")).toEqual(new Set(["node-api-headers", "node-addon-api"]));
});

it("READMEs that npm shows lead into the repository by whole addresses, as they lie elsewhere there", () => {
  const relative = publicPackages().flatMap(({ name, dir }) =>
    [...readFileSync(join(dir, "README.md"), "utf8").matchAll(/\]\((?!https?:|#)([^)\s]+)\)/g)].map(([, link]) => `${name}: ${link}`),
  );
  expect(relative).toEqual([]);
});
