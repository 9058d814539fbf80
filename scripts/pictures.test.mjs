import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scratchFolder } from "../test/scratch-folder.ts";
import { pictures } from "./lib/pictures.mjs";

test("tells where the pictures are that tests have taken, and how many", () => {
  const root = scratchFolder();
  for (const [name, files] of Object.entries({ page: ["a.png", "b.png", "notes.txt"], empty: [], other: ["c.png"] })) {
    mkdirSync(join(root, "examples", name, "artefacts"), { recursive: true });
    for (const file of files) writeFileSync(join(root, "examples", name, "artefacts", file), "");
  }
  mkdirSync(join(root, "examples", "program"));
  writeFileSync(join(root, "examples", "README.md"), "");
  expect(pictures(root)).toEqual([
    { folder: "examples/other/artefacts", count: 1 },
    { folder: "examples/page/artefacts", count: 2 },
  ]);
});
