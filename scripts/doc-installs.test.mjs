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

/** The packages whose programs a text has started by `npx`. */
function commandsIn(text) {
  const started = new Set(Array.from(text.matchAll(/\bnpx ([\w-]+)/g), ([, program]) => program));
  return packages.filter(({ manifest }) => Object.keys(manifest.bin ?? {}).some((program) => started.has(program)));
}

/** What a page's code imports, or `npx` starts, and no line installs, of its own or of a page that is read before it. */
function notInstalled(text, ...before) {
  const code = fences(text).filter(({ info }) => /^(ts|typescript|js|javascript)\b/.test(info));
  const imported = code.flatMap((fence) => Array.from(fence.code.matchAll(IMPORT), ([, from, alone]) => from ?? alone));
  const installed = [text, ...before].flatMap(installedBy);
  const wanted = [...imported.filter((module) => !isBuiltin(module)).map(packageOf), ...commandsIn(text).map(({ name }) => name)];
  return [...new Set(wanted)].filter((name) => !installed.includes(name));
}

const packages = publicPackages();
const textOf = (page) => readFileSync(join(repository, page), "utf8");
const readmes = packages.map(({ dir }) => shown(join(dir, "README.md"), repository));
const pages = trackedFiles().filter((path) => /^docs\/.*\.md$/.test(path));

/** The pages that one goes on from: the Quick start if it links to that, and the README of a package that links to it. */
function readBefore(page) {
  const linking = readmes.filter((readme) => textOf(readme).includes(`/blob/main/${page})`));
  return [...(/\]\(quick-start\.md[#)]/.test(textOf(page)) ? [QUICK_START] : []), ...linking];
}

it.each(readmes)("%s tells to install what its code imports, and what its commands are of", (page) => {
  expect(notInstalled(textOf(page))).toEqual([]);
});

it.each(pages)("%s, or a page read before it, tells to install them", (page) => {
  expect(notInstalled(textOf(page), ...readBefore(page).map(textOf))).toEqual([]);
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
  expect(notInstalled(page, "`npm install @rsdix/train sharp`", "`npm install @rsdix/data`")).toEqual([]);
});
