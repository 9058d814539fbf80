import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";
import { NOTEBOOKS } from "../src/site/pages-config.ts";

const here = fileURLToPath(new URL("../", import.meta.url));
const root = fileURLToPath(new URL("../../../", import.meta.url));
const CELL = /<script id="(\d+)" type="text\/x-typescript"[^>]*>([\s\S]*?)<\/script>/g;

/** A notebook's cells one after the other, as a module: what one declares the others see, as in the page. */
function moduleOf(name: string): string {
  const text = readFileSync(`${here}notebooks/${name}.html`, "utf8");
  return `${Array.from(text.matchAll(CELL), ([, id, code]) => `// cell ${id}\n${code}`).join("\n")}\nexport {};\n`;
}

test("the cells of all notebooks are well typed", () => {
  const modules = new Map(NOTEBOOKS.map((name) => [`${here}notebooks/${name}.cells.ts`, moduleOf(name)]));
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => modules.has(path) || fileExists(path);
  host.readFile = (path) => modules.get(path) ?? readFile(path);
  host.getSourceFile = (path, ...rest) => {
    const text = modules.get(path);
    return text === undefined ? getSourceFile(path, ...rest) : ts.createSourceFile(path, text, ts.ScriptTarget.ESNext);
  };
  // What the last cell that uses it doesn't use may still be of use to readers.
  const program = ts.createProgram([...modules.keys(), `${here}test/cell-globals.d.ts`], { ...options, noUnusedLocals: false }, host);
  const found = [...modules.keys()].flatMap((path) => ts.getPreEmitDiagnostics(program, program.getSourceFile(path)));
  expect(found.map((one) => describe(one))).toEqual([]);
  expect(modules.size).toBeGreaterThan(0);
});

function describe({ file, start, messageText }: ts.Diagnostic): string {
  const before = file?.text.slice(0, start) ?? "";
  const cell = /(?:[\s\S]*\n)?\/\/ (cell \d+)\n/.exec(before)?.[1];
  const line = file?.text
    .slice(before.lastIndexOf("\n") + 1)
    .split("\n")[0]
    ?.trim();
  return `${file?.fileName.split("/").at(-1)}, ${cell}: ${ts.flattenDiagnosticMessageText(messageText, " ")} (${line})`;
}
