import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { expect, it } from "vitest";
import { fences } from "./lib/doc-comment.mjs";
import { publicPackages, repository, shown, trackedFiles } from "./lib/workspace.mjs";

const IMPORT = /\bfrom "([^"]+)"|\bimport\(?\s*"([^"]+)"/g;
/** An install line, in a block for a shell or in a sentence: what follows it up to a comment or the end of the code. */
const INSTALL = /\bnpm install ([^#`\n]+)/g;

const QUICK_START = "docs/guides/quick-start.md";

/** The package of a module: "@rsdix/data" of "@rsdix/data/node". */
const packageOf = (module) => module.split("/", module.startsWith("@") ? 2 : 1).join("/");

/** What a line or a sentence of a text installs. */
const installedBy = (text) => Array.from(text.matchAll(INSTALL), ([, names]) => names.trim().split(/\s+/)).flat();

/** Programs that `npx` starts. */
const byNpx = (text) => Array.from(text.matchAll(/\bnpx ([\w-]+)/g), ([, program]) => program);

/** Programs that a guide names with a command and without `npx`: `rsdix fit` in a sentence, or at the beginning of a line in a block for a shell. */
function byName(text) {
  const shell = fences(text).filter(({ info }) => /^(sh|bash)\b/.test(info));
  const lines = shell.flatMap(({ code }) => Array.from(code.matchAll(/^([\w-]+) [a-z]/gm), ([, program]) => program));
  const sentences = text.replaceAll(/^```[\s\S]*?^```/gm, "");
  return [...lines, ...Array.from(sentences.matchAll(/`([\w-]+) [a-z]/g), ([, program]) => program)];
}

/** The packages of programs. */
const packagesOf = (programs) =>
  packages.filter(({ manifest }) => Object.keys(manifest.bin ?? {}).some((name) => programs.includes(name))).map(({ name }) => name);

/** What a page's code imports, or what it starts, and no line installs, of its own or of a page that is read before it. */
function notInstalled(text, { before = [], programs = byNpx(text) } = {}) {
  const code = fences(text).filter(({ info }) => /^(ts|typescript|js|javascript)\b/.test(info));
  const imported = code.flatMap((fence) => Array.from(fence.code.matchAll(IMPORT), ([, from, alone]) => from ?? alone));
  const installed = [text, ...before].flatMap(installedBy);
  const wanted = [...imported.filter((module) => !isBuiltin(module)).map(packageOf), ...packagesOf(programs)];
  return [...new Set(wanted)].filter((name) => !installed.includes(name));
}

const packages = publicPackages();
const textOf = (page) => readFileSync(join(repository, page), "utf8");
const readmes = packages.map(({ dir }) => shown(join(dir, "README.md"), repository));
const pages = trackedFiles().filter((path) => /^docs\/.*\.md$/.test(path));

/** The section of a text whose heading has this anchor, up to the next heading; all of the text without one. */
function sectionOf(text, anchor) {
  if (anchor === undefined) return text;
  const sections = text.split(/^(?=## )/m);
  const found = sections.find((section) => /^## (.*)/.exec(section)?.[1].toLowerCase().replaceAll(" ", "-") === anchor);
  if (found === undefined) throw new Error(`the page has no section #${anchor}`);
  return found;
}

/** What one has read before a page: the sections of the Quick start that it links to, and the README of a package that links to it. */
function readBefore(page) {
  const linking = readmes.map(textOf).filter((readme) => readme.includes(`/blob/main/${page})`));
  const sections = Array.from(textOf(page).matchAll(/\]\(quick-start\.md(?:#([\w-]+))?\)/g), ([, anchor]) => anchor);
  return [...sections.map((anchor) => sectionOf(textOf(QUICK_START), anchor)), ...linking];
}

it.each(readmes)("%s tells to install what its code imports, and what its commands are of", (page) => {
  expect(notInstalled(textOf(page))).toEqual([]);
});

it.each(pages)("%s, or a page read before it, tells to install them", (page) => {
  const text = textOf(page);
  const named = page.startsWith("docs/guides/") ? byName(text) : [];
  expect(notInstalled(text, { before: readBefore(page), programs: [...byNpx(text), ...named] })).toEqual([]);
});

it("takes what a line or a sentence installs, and Node's own modules, and names the rest once", () => {
  const page = [
    '```sh\nnpm install @rsdix/a b # b is for Node\n```\n\n```ts\nimport "b/deep";\nimport { x } from "@rsdix/a/node";\n```\n',
    'It needs `npm install c`.\n\n```js\nimport fs from "node:fs";\nawait import("c");\n```\n',
    '```ts no-run\nimport { y } from "@rsdix/d/web";\nimport * as e from "@rsdix/d";\n```\n```text\nimport "f";\n```\n',
  ].join("\n");
  expect(notInstalled(page)).toEqual(["@rsdix/d"]);
});

it("takes what a page read before installs, and wants the packages of commands, too", () => {
  const page = "`npx rsdix fit`, and `npx rsdix-data list`, but not `npx tsc`\n";
  expect(notInstalled(page)).toEqual(["@rsdix/data", "@rsdix/train"]);
  expect(notInstalled(page, { before: ["`npm install @rsdix/train sharp`", "`npm install @rsdix/data`"] })).toEqual([]);
});

it("sees a guide's programs without npx, in sentences and in blocks for a shell, and no other words", () => {
  expect(byName("A run of `rsdix fit clip`.\n\n```sh\nrsdix-data list\n```\n")).toEqual(["rsdix-data", "rsdix"]);
  const none = "`rsdix`, rsdix fit, `@rsdix/train`\n\n```text\nrsdix-data list\n```\n\n```sh\n# rsdix fit\nRSDIX_A=1\n```\n";
  expect(byName(none)).toEqual([]);
  const page = "A run of `rsdix fit clip`\n";
  expect([notInstalled(page), notInstalled(page, { programs: byName(page) })]).toEqual([[], ["@rsdix/train"]]);
});
