import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { scratchFolder } from "../test/scratch-folder.ts";
import { checkReached, ELSEWHERE, exampleTest, writeExamples } from "./doc-examples.mjs";
import { exampleFences, fences } from "./lib/doc-comment.mjs";
import { repository } from "./lib/workspace.mjs";

const example = (code) => ({ name: "half", code, from: "index.ts half" });

it("writes one test an example, with imports hoisted, and says which are not run", () => {
  const root = scratchFolder();
  cpSync(join(repository, "scripts/fixtures/workspace"), root, { recursive: true });
  writeFileSync(join(root, "README.md"), "```ts\nconst x = 1;\n```\n```ts no-run\nawait train();\n```\n```sh\nnpm test\n```\n");
  writeExamples(root);
  const { written, notRun } = writeExamples(root);
  expect(written).toBe(4);
  expect(notRun.map(({ folder, name }) => `${folder}/${name}`)).toEqual(["complete/half-2", "gaps/same", "readme/README-2"]);
  expect(readFileSync(join(root, ".doc-examples/complete/half.test.ts"), "utf8")).toBe(`// From packages/complete/src/index.ts half
import { it as exampleTest } from "vitest";
import { half } from "@rsdix/complete";
import { ok } from "node:assert";

exampleTest("half", async () => {
  const values = [1, 2].map((value) => {
    return half(value);
  });
  ok(values[0] === 0.5);
});
`);
  expect(readFileSync(join(root, ".doc-examples/readme/README-1.test.ts"), "utf8")).toContain("  const x = 1;\n");
  expect(existsSync(join(root, ".doc-examples/complete/half-2.test.ts"))).toBe(false);
  expect(readFileSync(join(root, ".doc-examples/complete/half-2.unrun.ts"), "utf8")).toMatch(
    /^\/\/ From .*\n(import .*\n)*export async function example\(\) \{\n/,
  );
});

it("runs the examples of the pages in docs/, at any depth", () => {
  const root = scratchFolder();
  cpSync(join(repository, "scripts/fixtures/workspace"), root, { recursive: true });
  mkdirSync(join(root, "docs/losses"), { recursive: true });
  writeFileSync(join(root, "docs/guide.md"), "```ts\nconst guide = 1;\n```\n");
  writeFileSync(join(root, "docs/losses/info-nce.md"), "Text.\n\n```ts\nconst x = 1;\n```\n\n```ts\nconst y = 2;\n```\n");
  expect(writeExamples(root).written).toBe(6);
  expect(readFileSync(join(root, ".doc-examples/docs/guide-1.test.ts"), "utf8")).toContain("  const guide = 1;\n");
  expect(readFileSync(join(root, ".doc-examples/docs/losses/info-nce-1.test.ts"), "utf8")).toContain("// From docs/losses/info-nce.md:3\n");
  expect(readFileSync(join(root, ".doc-examples/docs/losses/info-nce-2.test.ts"), "utf8")).toContain("  const y = 2;\n");
});

it("keeps both examples of a name that two entries declare, each for its platform", () => {
  const root = scratchFolder();
  cpSync(join(repository, "scripts/fixtures/workspace"), root, { recursive: true });
  const twin = "/**\n * Half, in Node.\n *\n * @example\n * ```ts\n * const inNode = 1;\n * ```\n */\nexport function half(): void {}\n";
  writeFileSync(join(root, "packages/complete/src/node.ts"), twin);
  expect(writeExamples(root).written).toBe(4);
  expect(readFileSync(join(root, ".doc-examples/complete/half.test.ts"), "utf8")).toContain("ok(values[0] === 0.5);");
  expect(readFileSync(join(root, ".doc-examples/complete/half-again.test.ts"), "utf8")).toContain("const inNode = 1;");
});

it("compares what an example prints with the text that follows it at once", () => {
  const root = scratchFolder();
  cpSync(join(repository, "scripts/fixtures/workspace"), root, { recursive: true });
  const [log, no] = ["```ts\nconsole.log(`a`, 1);\n```\n", "```text\nnot what it prints\n```\n"];
  writeFileSync(join(root, "README.md"), `${log}\n\`\`\`text\na 1\nb\n\`\`\`\n\n${log}\nElsewhere:\n\n${no}`);
  writeExamples(root);
  const first = readFileSync(join(root, ".doc-examples/readme/README-1.test.ts"), "utf8");
  expect(first).toContain('import { expect as exampleExpect, it as exampleTest, vi as exampleSpy } from "vitest";');
  expect(first).toContain(`  const exampleLog = exampleSpy.spyOn(console, "log");
  console.log(\`a\`, 1);
  const examplePrinted = exampleLog.mock.calls.map((values) => values.join(" ")).join("\\n");
  exampleLog.mockRestore();
  exampleExpect(examplePrinted).toBe("a 1\\nb");
`);
  expect(readFileSync(join(root, ".doc-examples/readme/README-2.test.ts"), "utf8")).not.toContain("exampleExpect");
});

it("starts examples with tensors on the cpu backend", () => {
  const test = exampleTest(example('import "@tensorflow/tfjs";\nimport * as tf from "@tensorflow/tfjs-core";\ntf.scalar(1).print();'));
  expect(test).toContain('import "@tensorflow/tfjs";\n');
  expect(test).toContain('  await exampleBackend("cpu");\n  exampleDispose();');
  expect(test).toContain("\n  tf.scalar(1).print();\n");
});

it("refuses examples that a reader could not run", () => {
  expect(() => exampleTest(example('import { half } from "./half";'))).toThrow(
    'index.ts half: an example imports public packages only, not "./half"',
  );
  expect(() => exampleTest(example('import { fail } from "@rsdix/internal";'))).toThrow("public packages only");
  expect(() => exampleTest(example("export const x = 1;"))).toThrow("cannot export");
});

it("refuses what an example shows and its test would not execute", () => {
  const refused = (code, message) => expect(() => checkReached([example(code)], [])).toThrow(message);
  refused("async function load() {}\nconsole.log(typeof load);", "index.ts half: nothing calls load, which is not executed.");
  refused("const load = () => show();\nfunction show() {}", /nothing calls load.*\n.*nothing calls show/);
  refused("function again(n: number) { if (n > 0) again(n - 1); }", "nothing calls again");
  refused("class Own {}\nlet own: { Own: number };", "nothing calls Own");
  refused("if (process.env.JAR) half(1);", "index.ts half: what process.env decides may not be executed.");
  refused("console.log(process.env.JAR ? half(1) : 0);", "process.env");
  expect(() => checkReached([], [["gone.ts gone", "gone.test.ts"]])).toThrow("gone.ts gone: is listed in ELSEWHERE for nothing.");
  const reached = ["const load = () => show();", "function show() {}", "const embed = async () => 1;", "new Own();", "class Own {}"];
  checkReached([example([...reached, "half({ embed, onLoad: load });"].join("\n"))], []);
  checkReached([{ ...example("if (process.env.JAR) half(1);"), from: "README.md:7" }], [["README.md", "half.test.ts"]]);
});

it("what a machine may lack is tested where the list says", () => {
  for (const [place, test] of ELSEWHERE) {
    const names = place.split(" ")[1] ?? "Java";
    expect(readFileSync(join(repository, test), "utf8"), place).toContain(names);
  }
});

it("reads fences with longer marks and other sections around them", () => {
  expect(fences("````md\n```ts\nx\n```\n````\n")).toEqual([{ info: "md", line: 0, code: "```ts\nx\n```" }]);
  const text = "Summary\n```ts\noutside();\n```\n@example\n```ts\n@decorated\nclass A {}\n```\n@see x\n```ts\nafter();\n```";
  expect(exampleFences(text).map(({ code }) => code)).toEqual(["@decorated\nclass A {}"]);
});
