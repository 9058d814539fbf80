import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { scratchFolder } from "../test/scratch-folder.ts";
import { checkBrowser } from "./check-browser.mjs";
import { browserEntries } from "./lib/browser-entries.mjs";

/** A package of these built files, and what it depends on. */
function packageOf(files, manifest = {}) {
  const dir = scratchFolder();
  const all = { "package.json": JSON.stringify({ name: "x", type: "module", sideEffects: false, ...manifest }), ...files };
  for (const [file, content] of Object.entries(all)) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), content);
  }
  return dir;
}

const problemsOf = async (files, manifest) => {
  const dir = packageOf(files, manifest);
  return (await checkBrowser([{ subpath: ".", file: join(dir, "dist/index.js") }], dir)).problems;
};

/** What both bundlers say. */
const both = (chain) => [`esbuild: a browser would load ${chain}`, `Vite: a browser would load ${chain}`];

// Vite names its modules differently for production, which it takes from NODE_ENV.
describe.each(["test", "production", ""])("a browser's bundle, with NODE_ENV=%s", (environment) => {
  beforeEach(() => vi.stubEnv("NODE_ENV", environment));
  afterEach(() => vi.unstubAllEnvs());

  it("has nothing of Node, or the chain of imports that leads there", async () => {
    const index = 'export const later = () => import("./chunk.js");\n';
    const chunk = 'export { read } from "./deep.js";\n';
    const deep = (specifier) => `import * as all from "${specifier}";\nexport const read = (path) => all.read(path);\n`;
    const files = (specifier) => ({ "dist/index.js": index, "dist/chunk.js": chunk, "dist/deep.js": deep(specifier) });
    const chain = "dist/deep.js <- dist/chunk.js <- dist/index.js";
    expect(await problemsOf(files("node:fs"))).toEqual(both(`node:fs <- ${chain}`));
    expect(await problemsOf(files("fs/promises"))).toEqual(both(`fs/promises <- ${chain}`));
    expect(await problemsOf({ ...files("./web.js"), "dist/web.js": "export const read = (path) => fetch(path);\n" })).toEqual([]);
  });

  it("has no native addon", async () => {
    const files = { "dist/index.js": 'export * from "./addon.node";\n', "dist/addon.node": "\x7fELF" };
    expect(await problemsOf(files)).toEqual(both("./addon.node <- dist/index.js"));
  });

  it("has what a dependency puts in the place of a module of Node's for browsers", async () => {
    const files = {
      "dist/index.js": 'export { hash } from "dependency";\n',
      "node_modules/dependency/package.json": JSON.stringify({
        name: "dependency",
        main: "main.js",
        browser: { crypto: false, os: "./os.js" },
      }),
      "node_modules/dependency/main.js":
        'const os = require("os");\nconst crypto = require("crypto");\nexports.hash = () => [os.name, crypto.name];\n',
      "node_modules/dependency/os.js": 'exports.name = "web";\n',
    };
    expect(await problemsOf(files)).toEqual([]);
    files["node_modules/dependency/package.json"] = JSON.stringify({ name: "dependency", main: "main.js", browser: { crypto: false } });
    expect(await problemsOf(files)).toEqual(both("os <- node_modules/dependency/main.js <- dist/index.js"));
  });

  it("has workers, whose imports count too", async () => {
    const files = {
      "dist/index.js": 'export const start = () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });\n',
      "dist/worker.js": 'import { count } from "./count.js";\npostMessage(count());\n',
      "dist/count.js": 'import { cpus } from "node:os";\nexport const count = () => cpus().length;\n',
    };
    expect(await problemsOf(files)).toEqual(both("node:os <- dist/count.js <- dist/worker.js"));
    const dir = packageOf({ ...files, "dist/count.js": "export const count = () => 2;\n" });
    const { problems, sizes } = await checkBrowser([{ subpath: ".", file: join(dir, "dist/index.js") }], dir);
    expect(problems).toEqual([]);
    expect(sizes).toEqual([
      expect.stringMatching(/^\.: 0\.1 kB at once \(0 % of it TensorFlow\.js\), 0\.0 kB when needed$/),
      "workers: dist/worker.js",
      expect.stringMatching(/^Vite, all entries and workers: 0\.\d kB, and 0\.0 kB of other files$/),
    ]);
  });
});

it("is of the entries for browsers: not of ./node, and not of a package for Node alone", () => {
  const exports = {
    ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
    "./web": { browser: "./dist/web.js", default: "./dist/index.js" },
    "./node": { default: "./dist/node.js" },
    "./package.json": "./package.json",
  };
  const dir = packageOf({ "dist/index.js": "", "dist/web.js": "" });
  expect(browserEntries({ dir, manifest: { exports } })).toEqual([
    { subpath: ".", file: join(dir, "dist/index.js") },
    { subpath: "./web", file: join(dir, "dist/web.js") },
  ]);
  expect(browserEntries({ dir, manifest: { exports: { ".": { types: "./dist/index.d.ts", node: "./dist/index.js" } } } })).toEqual([]);
  expect(() => browserEntries({ dir, manifest: { name: "x", exports: { ".": { default: "./dist/gone.js" } } } })).toThrow(
    "x: ./dist/gone.js is exported, but was not built",
  );
});
