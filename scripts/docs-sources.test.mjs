import { describe, expect, it } from "vitest";
import { gapsOf, missingOf } from "./lib/missing-docs.mjs";

const documented = (name, { params = "x: number", result = "number", about = "a number", example = `${name}(1);`, see = "" } = {}) => `
/**
 * One.
 *
 * @param x - ${about}
 * @returns ${about}
 * @example
 * \`\`\`ts
 * ${example}
 * \`\`\`
${see && ` * @see ${see}\n`} */
export function ${name}(${params}): ${result} { return x as never; }
`;

describe("where something is from", () => {
  const unsaid = (name) => `${name}: no @see that says where it is from`;
  const example = (name) => `/**\n * A.\n * @example\n * \`\`\`ts\n * ${name};\n * \`\`\`\n */\n`;

  it("is wanted of every function, class and constant, as something that can be found, and not of types", () => {
    const code = [
      documented("told", { see: "Euclid, 1908" }),
      documented("numbered", { see: "Layer Normalization, arXiv 1607.06450" }),
      documented("linked", { see: "{@link told}" }),
      documented("empty", { see: " " }),
      documented("vague", { see: "TOLD, the declaration" }),
      documented("nowhere", { see: "{@link silent}" }),
      documented("rows", { see: "2048 rows" }),
      documented("itself", { see: "{@link itself}" }),
      documented("silent"),
      `${example("Silent")}export class Silent {}\n`,
      "/** B. */\nexport const LIMIT = 1;\n/** C. */\nexport type Size = number;\n",
      `/** D.\n * @param x - x\n * @returns x\n * @example\n * \`\`\`ts\n * called(1);\n * \`\`\`\n */\nexport const called = ((x: number): number => x) as (x: number) => number;\n`,
    ].join("");
    expect(gapsOf(code)).toEqual(["empty", "vague", "nowhere", "rows", "itself", "silent", "Silent", "LIMIT", "called"].map(unsaid));
  });

  it("is asked of a name that a package bundles, too", () => {
    const bundled = "/** A. */\nexport class CodedError extends Error {}\nexport function fail(): never {\n  throw new CodedError();\n}\n";
    expect(gapsOf("", { files: { "../../internal/src/index.ts": bundled } })).toEqual([unsaid("CodedError")]);
  });

  it("and all else is asked of a function that a package gives on from the private one", () => {
    const bundled =
      "/** A. */\nexport class CodedError extends Error {}\n/** B. */\nexport function fail(): never {\n  throw new CodedError();\n}\n";
    const files = { "../../internal/src/index.ts": bundled };
    expect(gapsOf('export { fail } from "@rsdix/internal";', { files })).toEqual(
      expect.arrayContaining([unsaid("fail"), expect.stringMatching(/^fail: .*@example/)]),
    );
  });

  it("isn't asked of a name that is listed as having no source, which must be there, once, and have none", () => {
    const code = documented("told", { see: "Euclid, 1908" }) + documented("silent") + documented("other");
    const listed = (...complete) => gapsOf(code, { withoutSource: [{ why: "ours", names: { complete } }] });
    expect(listed("silent", "other")).toEqual([]);
    expect(listed("silent")).toEqual([unsaid("other")]);
    expect(listed("silent", "other", "told", "gone", "Doubling", "other").sort()).toEqual([
      "Doubling: is no function, class or constant that complete exports",
      "gone: is no function, class or constant that complete exports",
      "other: is named twice",
      "told: has an @see, and needs no excuse",
    ]);
    const elsewhere = gapsOf(code, { withoutSource: [{ why: "ours", names: { gaps: ["silent"] } }] });
    expect(elsewhere).toEqual([unsaid("silent"), unsaid("other"), "silent: is no function, class or constant that gaps exports"]);
  });
});

describe("an example", () => {
  it("uses what it is of: not something else with its name, nor its import alone", () => {
    const code = [
      documented("used", { example: "[1].map(used);" }),
      documented("silent", { example: "1;" }),
      documented("imported", { example: 'import { imported } from "@rsdix/complete";' }),
      documented("mentioned", { example: '"mentioned"; // mentioned' }),
      documented("given", { example: "const given = 1; [{ given: 1 }, (given) => 1];" }),
      documented("reached", { example: "space.reached(1);" }),
      documented("longer", { example: "longerOne(1);" }),
    ].join("");
    expect(missingOf(code)).toEqual(
      ["silent", "imported", "mentioned", "given", "longer"].map((name) => `${name}: no @example uses ${name}`),
    );
  });

  it("of a member may be the one that uses a class", () => {
    const inner = "  /**\n   * B.\n   * @example\n   * ```ts\n   * EXAMPLE\n   * ```\n   */\n  size = 1;\n";
    const classWith = (name, code) => `/** A. */\nexport class ${name} {\n${inner.replace("EXAMPLE", code)}}\n`;
    expect(missingOf(classWith("Used", "new Used().size;") + classWith("Unused", "1;"))).toEqual(["Unused: no @example uses Unused"]);
  });
});

it("wants the shapes of tensors that come in a record, a map or a list as it wants a tensor's", () => {
  const types = [
    "Record<string, Tensor>",
    "Readonly<Record<string, Tensor>>",
    "ReadonlyMap<string, Tensor>",
    "readonly Tensor[]",
    "Promise<Map<string, Tensor>>",
    "NamedTensorMap",
  ];
  const silent = types.map((type, i) => documented(`silent${i}`, { params: `x: ${type}`, result: type, about: "tensors" })).join("");
  const told = types.map((type, i) => documented(`told${i}`, { params: `x: ${type}`, result: type, about: "of shape [n]" })).join("");
  const named = "type NamedTensorMap = Record<string, Tensor>;\n";
  expect(missingOf(named + silent + told)).toEqual(
    types.flatMap((_, i) => ["@param x", "@returns"].map((what) => `silent${i}: ${what} names no shape in brackets`)),
  );
});
