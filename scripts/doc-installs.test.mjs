import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { expect, it } from "vitest";
import { fences } from "./lib/doc-comment.mjs";
import { publicPackages, repository, shown, trackedFiles } from "./lib/workspace.mjs";

const IMPORT = /\bfrom "([^"]+)"|\bimport\(?\s*"([^"]+)"/g;
/** An install line, in a block for a shell or in a sentence: what follows it up to a comment or the end of the code. */
const INSTALL = /\bnpm install ([^#`\n]+)/g;

/** The package of a module: "@rsdix/data" of "@rsdix/data/node". */
const packageOf = (module) => module.split("/", module.startsWith("@") ? 2 : 1).join("/");

/** What a page's code imports, and no line of it installs. */
function notInstalled(text) {
  const code = fences(text).filter(({ info }) => /^(ts|typescript|js|javascript)\b/.test(info));
  const imported = code.flatMap((fence) => Array.from(fence.code.matchAll(IMPORT), ([, from, alone]) => from ?? alone));
  const installed = Array.from(text.matchAll(INSTALL), ([, names]) => names.trim().split(/\s+/)).flat();
  const wanted = imported.filter((module) => !isBuiltin(module)).map(packageOf);
  return [...new Set(wanted)].filter((name) => !installed.includes(name));
}

const textOf = (page) => readFileSync(join(repository, page), "utf8");
const QUICK_START = "docs/guides/quick-start.md";
/** What a page installs, and what the quick start does where the page links to it. */
const withQuickStart = (text) => (text.includes("(quick-start.md") ? `${text}\n${textOf(QUICK_START)}` : text);

const readmes = publicPackages().map(({ dir }) => shown(join(dir, "README.md"), repository));
/** All guides, and other pages that install something of ours; the rest go on from a project that has it. */
const pages = trackedFiles().filter(
  (path) => /^docs\/guides\/.*\.md$/.test(path) || (/^docs\/.*\.md$/.test(path) && /^npm install @rsdix\//m.test(textOf(path))),
);

it.each([...readmes, ...pages])("%s tells to install what its code imports", (page) => {
  const given = withQuickStart(textOf(page));
  expect(notInstalled(textOf(page)).filter((name) => notInstalled(given).includes(name))).toEqual([]);
});

const commands = trackedFiles().filter((path) => /^docs\/guides\/.*\.md$/.test(path) && /\bnpx rsdix\b(?!-)/.test(textOf(path)));

it.each(commands)("%s, whose commands are @rsdix/train's, installs it or links to the page that does", (page) => {
  expect(withQuickStart(textOf(page))).toMatch(/^npm install .*@rsdix\/train\b/m);
});

it("takes what a line or a sentence installs, and Node's own modules, and names the rest once", () => {
  const page = [
    '```sh\nnpm install @rsdix/a b # b is for Node\n```\n\n```ts\nimport "b/deep";\nimport { x } from "@rsdix/a/node";\n```\n',
    'It needs `npm install c`.\n\n```js\nimport fs from "node:fs";\nawait import("c");\n```\n',
    '```ts no-run\nimport { y } from "@rsdix/d/web";\nimport * as e from "@rsdix/d";\n```\n```text\nimport "f";\n```\n',
  ].join("\n");
  expect(notInstalled(page)).toEqual(["@rsdix/d"]);
});
