import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { docsCoverage } from "./docs-coverage.mjs";
import { missingOf } from "./lib/missing-docs.mjs";
import { repository } from "./lib/workspace.mjs";

it("lists what is missing, with file and line, and nothing of a documented package", () => {
  const { gaps, names } = docsCoverage(join(repository, "scripts/fixtures/workspace"), []);
  expect(gaps).toEqual([
    "packages/gaps/src/index.ts:5 Options: no doc comment with a summary",
    "packages/gaps/src/index.ts:8 Options.lost: no comment",
    "packages/gaps/src/index.ts:16 half: no @see that says where it is from",
    "packages/gaps/src/index.ts:16 half: no @param b with text",
    "packages/gaps/src/index.ts:16 half: no @returns with text",
    "packages/gaps/src/index.ts:16 half: no @throws, but it can throw",
    "packages/gaps/src/index.ts:16 half: no @example with a ```ts fence",
    "packages/gaps/src/index.ts:34 same: no @see that says where it is from",
    "packages/gaps/src/index.ts:34 same: @param x names no shape in brackets",
    "packages/gaps/src/index.ts:34 same: @returns names no shape in brackets",
    "packages/gaps/src/index.ts:34 same: no @example with a ```ts fence",
    "packages/gaps/src/index.ts:44 Counter: no @see that says where it is from",
    "packages/gaps/src/index.ts:46 Counter.constructor: no @param start with text",
    "packages/gaps/src/index.ts:51 Counter.add: no @param step with text",
    "packages/gaps/src/index.ts:55 Counter.total: no comment",
    "packages/gaps/src/index.ts:60 LIMIT: no @see that says where it is from",
    "packages/gaps/src/index.ts:60 LIMIT: no doc comment with a summary",
    'packages/gaps/src/node.ts:1 @rsdix/gaps: the export "./node" has no source',
  ]);
  expect(names).toBe(9);
});

const documented = (name, body) =>
  `/**\n * One.\n *\n * @param x - a number\n * @returns a number\n * @example\n * \`\`\`ts\n * ${name}(1);\n * \`\`\`\n */\nexport function ${name}(x: number): number ${body}\n`;

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

describe("a name that is exported by a detour", () => {
  const undocumented = (name) => `export function ${name}(): void {}\nexport interface Of${name} {\n  lost: number;\n}\n`;
  const missingNames = (prefix, name) => [
    `${prefix}${name}: no doc comment with a summary`,
    `${prefix}${name}: no @example with a \`\`\`ts fence`,
    `${prefix}Of${name}: no doc comment with a summary`,
    `${prefix}Of${name}.lost: no comment`,
  ];
  it.each([
    ["export *", 'export * from "./more";\n', ""],
    ["export * as", 'export * as space from "./more";\n', "space."],
    ["an import as a namespace", 'import * as space from "./more";\nexport { space };\n', "space."],
  ])("is asked for its documentation: by %s", (_, code, prefix) => {
    expect(missingOf(code, { "more.ts": undocumented("inner") })).toEqual(missingNames(prefix, "inner"));
  });
  it("is asked for its documentation: in a namespace, and one in that", () => {
    const code = `/** One. */\nexport namespace Space {\n${undocumented("inner")}/** Two. */\nexport namespace Deep {\n${undocumented("deep")}}\n}\n`;
    expect(missingOf(code)).toEqual([...missingNames("Space.", "inner"), ...missingNames("Space.Deep.", "deep")]);
  });
  it("is asked for its documentation under the name that it's exported by", () => {
    const code = 'export { inner as outer, type Ofinner as Of } from "./more";\n';
    const wanted = missingNames("", "inner").map((line) => line.replace(/^inner/, "outer").replace(/^Ofinner/, "Of"));
    expect(missingOf(code, { "more.ts": undocumented("inner") })).toEqual(wanted);
  });
});

it("wants the code of an error, which no other capitals are", () => {
  const told = (name, text) =>
    documented(name, '{ throw new Error("no"); }').replace(" * @example", ` * @throws RsdixError ${text}\n * @example`);
  const code = [
    told("one", "for wrong JSON of a URL"),
    told("two", "`FILE_CORRUPT` for wrong JSON"),
    told("three", "ABORTED"),
    told("four", "the system's ENOENT"),
  ].join("");
  expect(missingOf(code)).toEqual(["one: @throws names no error code"]);
});

it("wants the code of an error of constructors, accessors and constants that are called, too", () => {
  const codeFor = (i, text) => `
/**
 * A.
 *
 * @example
 * \`\`\`ts
 * new Held${i}(1);
 * \`\`\`
 */
export class Held${i} {
  /**
   * @param x - x
   * @throws RsdixError ${text}
   */
  constructor(readonly x: number) { throw new Error("no"); }
  /**
   * B.
   *
   * @throws RsdixError ${text}
   */
  get value(): number { throw new Error("no"); }
}
/**
 * C.
 *
 * @param a - a
 * @returns b
 * @throws RsdixError ${text}
 *
 * @example
 * \`\`\`ts
 * cast${i}(1);
 * \`\`\`
 */
export const cast${i} = ((a: number): number => { throw new Error("no"); }) as (a: number) => number;
`;
  expect(missingOf(codeFor(1, "for wrong JSON") + codeFor(2, "`FILE_CORRUPT` for wrong JSON"))).toEqual(
    ["Held1.constructor", "Held1.value", "cast1"].map((name) => `${name}: @throws names no error code`),
  );
});

it("wants of every signature of a function what it wants of one", () => {
  const second = "export function over(x: string): string;\nexport function over(x: number | string): number | string {\n  return x;\n}\n";
  expect(missingOf(documented("over", ";") + second)).toEqual(["over: no doc comment with a summary"]);
});

it("wants of a constant that is called what it wants of a function, wherever the function is written", () => {
  const code = `
${documented("twice", "{ return x; }").replace("(x: number): number", "(x: (a: number) => number): (a: number) => number")}
/** One. */
export const made = twice((a: number) => a);
/** Two. */
export const cast = ((a: number): number => { if (a < 0) throw new Error("no"); return a; }) as (a: number) => number;
/** Three. */
export const { taken } = { taken: (a: number): number => a };
/**
 * Four.
 *
 * @example
 * \`\`\`ts
 * named(1);
 * \`\`\`
 */
export type Named = (a: number) => number;
/** Five, as its type says. */
export const named: Named = twice((a) => a);
`;
  const missing = (name, ...more) =>
    ["no @param a with text", ...more, "no @returns with text", "no @example with a ```ts fence"].map((what) => `${name}: ${what}`);
  expect(missingOf(code)).toEqual([
    ...missing("made"),
    ...missing("cast", "no @throws, but it can throw"),
    "taken: no @example with a ```ts fence",
    "taken: no doc comment with a summary",
  ]);
});

it("wants of what a class or an object holds as a function what it wants of a method, and errors of what is read", () => {
  const members = `
  /** One. */
  held = (x: number): number => { if (x < 0) throw new Error("no"); return x; };
  /** Two. */
  get value(): number { throw new Error("no"); }
  /** Three. */
  static of(x: number): number { return x; }`;
  const example = "/**\n * A.\n * @example\n * ```ts\n * [One, Two, Three];\n * ```\n */\n";
  const wanted = (name) => [
    ...["no @param x with text", "no @returns with text", "no @throws, but it can throw"].map((what) => `${name}.held: ${what}`),
    `${name}.value: no @throws, but it can throw`,
    ...["no @param x with text", "no @returns with text"].map((what) => `${name}.of: ${what}`),
  ];
  expect(missingOf(`${example}export class One {${members}\n}\n`)).toEqual(wanted("One"));
  expect(missingOf(`${example}export const Two = class {${members}\n};\n`)).toEqual(wanted("Two"));
  const inherited = `class Base {${members}\n private hidden = 1;\n}\n${example}export class Three extends Base {\n  /** B. */\n  own = 1;\n}\n`;
  expect(missingOf(inherited)).toEqual(wanted("Three"));
  expect(missingOf(`/** A. */\nexport const api = {\n  /** One. */\n  run: (x: number): number => x,\n};\n`)).toEqual([
    "api.run: no @param x with text",
    "api.run: no @returns with text",
  ]);
  const rejects = '{ if (x < 0) Promise.reject(new Error("no")); return x; }';
  expect(missingOf(documented("later", rejects))).toEqual(["later: no @throws, but it can throw"]);
});
