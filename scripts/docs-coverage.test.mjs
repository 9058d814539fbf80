import { join } from "node:path";
import { expect, it } from "vitest";
import { docsCoverage } from "./docs-coverage.mjs";
import { repository } from "./lib/workspace.mjs";

it("lists what is missing, with file and line, and nothing of a documented package", () => {
  const { gaps, names } = docsCoverage(join(repository, "scripts/fixtures/workspace"));
  expect(gaps).toEqual([
    "packages/gaps/src/index.ts:5 Options: no doc comment with a summary",
    "packages/gaps/src/index.ts:8 Options.lost: no comment",
    "packages/gaps/src/index.ts:16 half: no @param b with text",
    "packages/gaps/src/index.ts:16 half: no @returns with text",
    "packages/gaps/src/index.ts:16 half: no @throws, but it can throw",
    "packages/gaps/src/index.ts:16 half: no @example with a ```ts fence",
    "packages/gaps/src/index.ts:34 same: @param x names no shape in brackets",
    "packages/gaps/src/index.ts:34 same: @returns names no shape in brackets",
    "packages/gaps/src/index.ts:34 same: no @example with a ```ts fence",
    "packages/gaps/src/index.ts:46 Counter.constructor: no @param start with text",
    "packages/gaps/src/index.ts:51 Counter.add: no @param step with text",
    "packages/gaps/src/index.ts:55 Counter.total: no comment",
    "packages/gaps/src/index.ts:60 LIMIT: no doc comment with a summary",
    'packages/gaps/src/node.ts:1 @rsdix/gaps: the export "./node" has no source',
  ]);
  expect(names).toBe(9);
});

it("wants to know where a formula is from", () => {
  const { gaps } = docsCoverage(join(repository, "scripts/fixtures/workspace"), ["gaps"]);
  expect(gaps.filter((gap) => gap.includes("@see"))).toEqual([
    "packages/gaps/src/index.ts:16 half: no @see that says where it is from",
    "packages/gaps/src/index.ts:34 same: no @see that says where it is from",
  ]);
});
