import { join } from "node:path";
import { expect, it } from "vitest";
import { checkLengths, machinePath } from "./check-sources.mjs";
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
