import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { BACKEND_FIGURES } from "./lib/figures-of-backends.mjs";
import { DATA_FIGURES } from "./lib/figures-of-data.mjs";
import { MODEL_FIGURES } from "./lib/figures-of-models.mjs";
import { repository, trackedFiles } from "./lib/workspace.mjs";

const FIGURES = [...BACKEND_FIGURES, ...DATA_FIGURES, ...MODEL_FIGURES];
const NUMBER = "(\\d[\\d,]*(?:\\.\\d+)?)";

/** A passage as a pattern: `#` is a figure, and cells of a table have as many spaces as their columns want. */
function pattern(passage) {
  const parts = passage.split("#").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/ +/g, "\\s+"));
  return new RegExp(parts.join(NUMBER));
}

/** Whether a figure as written is what was measured, rounded to the places that it has. */
function isRounded(written, measured) {
  const places = written.split(".")[1]?.length ?? 0;
  return Math.abs(Number(written.replaceAll(",", "")) - measured) <= 0.5 * 10 ** -places + 1e-9;
}

/** What is wrong with the figures of one passage of a text. */
function faults(text, [page, passage, ...rest]) {
  const measured = rest.flat(2);
  const found = pattern(passage).exec(text);
  if (!found) return [`${page}: has no passage "${passage}": mend it in scripts/lib/figures-of-*.mjs too`];
  const written = found.slice(1);
  if (written.length !== measured.length)
    return [`${page}: "${passage}" has ${written.length} figures, and ${measured.length} were measured`];
  return written.flatMap((figure, i) =>
    isRounded(figure, measured[i]) ? [] : [`${page}: says ${figure} in "${passage}", and ${measured[i]} was measured`],
  );
}

/** Not those of a release's notes that a release has taken into its changelogs. */
const isThere = ([page]) => !page.startsWith(".changeset/") || existsSync(join(repository, page));

it("pages name the figures that bench/results has", () => {
  expect(FIGURES.filter(isThere).flatMap((each) => faults(readFileSync(join(repository, each[0]), "utf8"), each))).toEqual([]);
});

it("every page that names a file of results has its figures looked at, but for the page of all rows", () => {
  const naming = trackedFiles().filter(
    (path) =>
      /^(README\.md|(docs|packages|examples)\/.*\.md)$/.test(path) &&
      /\bresults\/[\w-]+\.json/.test(readFileSync(join(repository, path), "utf8")),
  );
  const looked = new Set(FIGURES.map(([page]) => page));
  expect(naming.length).toBeGreaterThan(8);
  expect(naming.filter((page) => !looked.has(page))).toEqual([]);
});

it("tells what a page says and what was measured, and takes a figure in the places that it is written in", () => {
  const of = (passage, ...measured) => faults("| on  | 4.7 GB | 1,500 |\nand so on", ["a.md", passage, ...measured]);
  expect(of("| on | # GB |", 4.533)).toEqual(['a.md: says 4.7 in "| on | # GB |", and 4.533 was measured']);
  expect(of("| on | # GB | # |", [4.66, 1500.4])).toEqual([]);
  expect(of("| on | # GB | # |", 4.75, 1500.6)).toEqual(['a.md: says 1,500 in "| on | # GB | # |", and 1500.6 was measured']);
  expect(of("| off | # GB |", 4.7)[0]).toMatch(/^a\.md: has no passage/);
  expect(of("| on | # GB |", 4.7, 1)[0]).toMatch(/^a\.md: .* has 1 figures, and 2 were measured$/);
});
