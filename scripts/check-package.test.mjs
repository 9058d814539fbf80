import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { builtProblems, nodeOnly } from "./check-package.mjs";
import { temporaryFolder } from "./lib/temporary-folder.mjs";

it("finds what was not built and what imports the private package", () => {
  const dir = temporaryFolder();
  mkdirSync(join(dir, "dist"));
  writeFileSync(join(dir, "dist/index.js"), 'import { fail } from "@rsdix/internal";\n');
  writeFileSync(join(dir, "dist/index.d.ts"), "export declare const x: number;\n");
  const manifest = {
    exports: {
      ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
      "./node": { types: "./dist/node.d.ts", default: "./dist/index.js" },
    },
  };
  expect(builtProblems({ dir, manifest })).toEqual([
    "./dist/node.d.ts is exported, but was not built",
    "dist/index.js imports @rsdix/internal, which is not published",
  ]);
});

it("leaves the browser out for a package that says so in its manifest", () => {
  expect(nodeOnly({ exports: { ".": { types: "./dist/index.d.ts", node: "./dist/index.js" }, "./package.json": "./package.json" } })).toBe(
    true,
  );
  expect(nodeOnly({ exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } } })).toBe(false);
  expect(nodeOnly({ exports: { ".": { node: "./dist/node.js", default: "./dist/index.js" } } })).toBe(false);
});
