import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { repository, trackedFiles } from "./lib/workspace.mjs";

/** The folders that ARCHITECTURE.md names in its tables. */
const named = [...readFileSync(join(repository, "ARCHITECTURE.md"), "utf8").matchAll(/^\| `([^`]+)` +\|/gm)].map(([, folder]) => folder);

/** Folders that are alike everywhere, which the page tells once, and those that need no word of their own. */
const ALIKE = /(?:^|\/)(?:src|test|fixtures)$|^(?:packages|examples)$|^\.github\//;

function folders() {
  const all = trackedFiles().flatMap((path) => {
    const parts = path.split("/").slice(0, -1);
    return parts.map((_, i) => parts.slice(0, i + 1).join("/"));
  });
  return [...new Set(all)].filter((folder) => !ALIKE.test(folder) && !folder.includes("fixtures"));
}

it("names every folder in ARCHITECTURE.md", () => {
  const wanted = folders();
  expect(wanted.length).toBeGreaterThan(90);
  expect(wanted.filter((folder) => !named.includes(folder))).toEqual([]);
});

it("names no folder that is gone", () => {
  expect(named.filter((folder) => !existsSync(join(repository, folder)))).toEqual([]);
});
