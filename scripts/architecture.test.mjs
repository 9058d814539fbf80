import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { MAY_USE } from "./check-manifests.mjs";
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

/** Who is used directly, and by way of no other. */
function directUses() {
  const uses = (name) => MAY_USE[name].flatMap((other) => [other, ...uses(other)]);
  return Object.entries(MAY_USE).flatMap(([name, others]) => {
    const further = new Set(others.flatMap(uses));
    return others.filter((other) => !further.has(other)).map((other) => `${name} uses ${other}`.replaceAll("@rsdix/", ""));
  });
}

it("draws the packages that use each other, as the manifests' check has them", () => {
  const svg = readFileSync(join(repository, "docs/architecture.svg"), "utf8");
  const number = (text, name) => Number(new RegExp(` ${name}="([\\d.]+)"`).exec(text)[1]);
  const boxes = Array.from(svg.matchAll(/<rect (x=[^>]*)\/><text[^>]*>([^<]+)</g), ([, attributes, name]) => {
    const [x, y, width, height] = ["x", "y", "width", "height"].map((each) => number(` ${attributes}`, each));
    return { name, has: (px, py) => px >= x && px <= x + width && py >= y && py <= y + height };
  });
  const at = (line, end) => boxes.find(({ has }) => has(number(line, `x${end}`), number(line, `y${end}`)))?.name;
  const drawn = Array.from(svg.matchAll(/<line[^>]*>/g), ([line]) => `${at(line, 1)} uses ${at(line, 2)}`);
  const ofPackages = drawn.filter((text) => !/^(examples|your app) uses/.test(text));
  expect(ofPackages.toSorted()).toEqual(directUses().toSorted());
});
