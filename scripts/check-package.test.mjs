import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { scratchFolder } from "../test/scratch-folder.ts";
import { browserProblems, builtProblems, commandProblems } from "./check-package.mjs";
import { nodeOnly } from "./lib/workspace.mjs";

it("finds what was not built and what imports the private package", () => {
  const dir = scratchFolder();
  mkdirSync(join(dir, "dist"));
  writeFileSync(join(dir, "dist/index.js"), 'import { fail } from "@rsdix/internal";\n');
  writeFileSync(join(dir, "dist/index.d.ts"), "export declare const x: number;\n");
  const manifest = {
    exports: {
      ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
      "./node": { types: "./dist/node.d.ts", default: "./dist/index.js" },
    },
    imports: { "#platform": { node: "./dist/platform-node.js", default: "./dist/index.js" } },
    bin: { tool: "dist/cli.js", other: "dist/index.js" },
  };
  expect(builtProblems({ dir, manifest })).toEqual([
    "dist/node.d.ts is exported, but was not built",
    "dist/platform-node.js is imported, but was not built",
    "dist/cli.js is the command tool, but was not built",
    "dist/index.js imports @rsdix/internal, which is not published",
  ]);
});

it("finds a command that does not start, and one that no shell would start", () => {
  const dir = scratchFolder();
  const problems = (code) => {
    writeFileSync(join(dir, "cli.mjs"), code);
    return commandProblems({ dir, manifest: { bin: { tool: "cli.mjs" } } });
  };
  expect(problems('#!/usr/bin/env node\nconsole.log("tool --help");\n')).toEqual([]);
  expect(problems('console.log("tool");\n')).toEqual(["cli.mjs must begin with #!/usr/bin/env node, for the command tool"]);
  expect(problems('#!/usr/bin/env node\nconsole.log("another");\n')).toEqual([expect.stringContaining("tool --help failed")]);
  expect(problems('#!/usr/bin/env node\nconsole.log("tool"); console.error("warning");\n')).toEqual([expect.stringContaining("warning")]);
  expect(problems('#!/usr/bin/env node\nthrow new Error("tool broke");\n')).toEqual([expect.stringContaining("tool broke")]);
  expect(commandProblems({ dir, manifest: {} })).toEqual([]);
});

it("leaves the browser out for a package that says so in its manifest", () => {
  expect(nodeOnly({ exports: { ".": { types: "./dist/index.d.ts", node: "./dist/index.js" }, "./package.json": "./package.json" } })).toBe(
    true,
  );
  expect(nodeOnly({ exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } } })).toBe(false);
  expect(nodeOnly({ exports: { ".": { node: "./dist/node.js", default: "./dist/index.js" } } })).toBe(false);
});

it("finds what does not bundle for a browser, behind an import that depends on the platform too", async () => {
  const dir = scratchFolder();
  mkdirSync(join(dir, "dist"));
  writeFileSync(join(dir, "dist/index.js"), 'export { platform } from "#platform";\n');
  writeFileSync(join(dir, "dist/node.js"), 'import { readFileSync } from "node:fs";\nexport const platform = readFileSync;\n');
  writeFileSync(join(dir, "dist/web.js"), "export const platform = fetch;\n");
  const problems = (imports, sideEffects = true) => {
    const manifest = { name: "x", type: "module", sideEffects, exports: { ".": { default: "./dist/index.js" } }, imports };
    writeFileSync(join(dir, "package.json"), JSON.stringify(manifest));
    return browserProblems({ name: "x", dir, manifest });
  };
  expect(await problems({ "#platform": { node: "./dist/node.js", default: "./dist/web.js" } })).toEqual([]);
  expect(await problems({ "#platform": "./dist/node.js" })).toEqual([expect.stringContaining('Could not resolve "node:fs"')]);
  // A bare import, which a bundler ignores and says so.
  writeFileSync(join(dir, "dist/web.js"), 'import "./chunk-A.js";\nexport const platform = 1;\n');
  writeFileSync(join(dir, "dist/chunk-A.js"), "export const a = 1;\n");
  const warned = await problems({ "#platform": "./dist/web.js" }, false);
  expect(warned).toEqual([expect.stringMatching(/^x bundles with warnings:\ndist\/web\.js: Ignoring this import/)]);
});
