import { appendFileSync, cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { docsCoverage } from "./docs-coverage.mjs";
import { temporaryFolder } from "./lib/temporary-folder.mjs";
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

/** What is missing of more names of the package that lacks nothing. */
function missingOf(code, files = {}) {
  const root = join(temporaryFolder(), "workspace");
  cpSync(join(repository, "scripts/fixtures/workspace"), root, { recursive: true });
  const sources = join(root, "packages/complete/src");
  appendFileSync(join(sources, "index.ts"), code);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(sources, name), text);
  const { gaps } = docsCoverage(root, {});
  return gaps.filter((gap) => gap.startsWith("packages/complete")).map((gap) => gap.replace(/^\S+ /, ""));
}

const documented = (name, body) =>
  `/**\n * One.\n *\n * @param x - a number\n * @returns a number\n * @example\n * \`\`\`ts\n * 1;\n * \`\`\`\n */\nexport function ${name}(x: number): number ${body}\n`;

it("follows what is called into other files, by name, by new and by this, and not into what is caught", () => {
  const helper = `
export class Root {
  readonly value: number;
  constructor(x: number) {
    this.value = this.of(x);
  }
  private of(x: number): number {
    return Math.sqrt(positive(x));
  }
}
export const positive = (x: number): number => {
  if (x < 0) throw new Error("x must not be negative.");
  return x;
};
export const checkNothing = (x: number): number => x;
`;
  const code = [
    'import { checkNothing, positive as atLeast0, Root } from "./helper";',
    documented("byName", "{ return atLeast0(x); }"),
    documented("byNew", "{ return new Root(x).value; }"),
    documented("caught", "{ try { return atLeast0(x); } catch { return 0; } }"),
    documented("caughtAndTold", '{ try { return checkNothing(x); } catch { throw new Error("no"); } }'),
    documented("never", "{ return checkNothing(x); }"),
  ].join("\n");
  expect(missingOf(code, { "helper.ts": helper })).toEqual(
    ["byName", "byNew", "caughtAndTold"].map((name) => `${name}: no @throws, but it can throw`),
  );
});

it("wants a comment for each member of a constant that has no type whose members have them", () => {
  const code = `
/** One. */
export const LIMITS = {
  /** In bytes. */
  size: 3,
  lost: 4,
} as const;
/** Two. */
export const FROZEN = Object.freeze({ gone: 1 });
/** Three. */
export const WRITTEN: { missing: number } = { missing: 1 };
/** Four. */
export const TYPED: Doubling = { times: 1 };
`;
  const members = ["LIMITS.lost", "FROZEN.gone", "WRITTEN.missing"];
  expect(missingOf(code)).toEqual(members.map((name) => `${name}: no comment`));
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
