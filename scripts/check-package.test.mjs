import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { builtProblems } from "./check-package.mjs";
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
