import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { docsCoverage } from "./docs-coverage.mjs";
import { repository } from "./lib/workspace.mjs";

it("lists what is missing, with file and line, and nothing of a documented package", () => {
  const { gaps, names } = docsCoverage(join(repository, "scripts/fixtures/workspace"), {});
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

describe("where a formula is from", () => {
  const missing = (rule) => {
    const { gaps } = docsCoverage(join(repository, "scripts/fixtures/workspace"), { gaps: rule });
    return gaps.filter((gap) => /@see|FROM_PAPERS/.test(gap));
  };
  const [counter, half, same] = ["44 Counter", "16 half", "34 same"].map(
    (at) => `packages/gaps/src/index.ts:${at}: no @see that says where it is from`,
  );

  it("is wanted of every function and class of a package but those that are excepted", () => {
    expect(missing({ except: [] })).toEqual([half, same, counter]);
    expect(missing({ except: ["same"] })).toEqual([half, counter]);
  });

  it("is wanted of those alone that are named, which must be there", () => {
    expect(missing({ only: ["half"] })).toEqual([half]);
    expect(missing({ only: ["half", "gone"] })).toEqual([
      half,
      "scripts/docs-coverage.mjs:1 gone: is named by FROM_PAPERS, but isn't exported",
    ]);
  });
});
