import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { scratchFolder } from "../test/scratch-folder.ts";
import { buildPage } from "./lib/installed-page.mjs";
import { entriesOf, isOffline, programProblems } from "./lib/installed-project.mjs";
import { SETUPS, typeProblems } from "./lib/installed-types.mjs";
import { packedProblems, packInto, promiseProblems } from "./lib/pack.mjs";
import { publicPackages, repository } from "./lib/workspace.mjs";

const packed = (...paths) => ({ name: "x", files: ["LICENSE", "README.md", "package.json", ...paths].map((path) => ({ path, size: 1 })) });

/** A project with one installed package, of which the types are `types`. */
function projectWith(types, code = "export const x = 1;\n") {
  const project = scratchFolder();
  const dir = join(project, "node_modules/@rsdix/x");
  mkdirSync(dir, { recursive: true });
  const manifest = { name: "@rsdix/x", type: "module", exports: { ".": { types: "./index.d.ts", default: "./index.js" } } };
  writeFileSync(join(project, "package.json"), '{ "type": "module" }\n');
  writeFileSync(join(dir, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(dir, "index.d.ts"), types);
  writeFileSync(join(dir, "index.js"), code);
  return { project, entries: entriesOf({ name: "@rsdix/x", manifest }) };
}

it("packs what npm would publish", () => {
  const root = scratchFolder();
  mkdirSync(join(root, "packages/x/dist"), { recursive: true });
  writeFileSync(join(root, "packages/x/package.json"), '{ "name": "@some/x", "version": "1.2.3", "files": ["dist"] }\n');
  writeFileSync(join(root, "packages/x/dist/index.js"), "export {};\n");
  writeFileSync(join(root, "packages/x/secret.txt"), "no\n");
  const [one] = packInto(root, [{ folder: "x" }], root);
  expect(one).toMatchObject({ name: "@some/x", version: "1.2.3", tarball: join(root, "some-x-1.2.3.tgz") });
  expect(one.files.map(({ path }) => path).sort()).toEqual(["dist/index.js", "package.json"]);
});

it("README packs by the script, which leaves out what is private", () => {
  const readme = readFileSync(join(repository, "README.md"), "utf8");
  expect(readme).toMatch(/^node scripts\/pack\.mjs /m);
  expect(readme).not.toMatch(/npm pack /);
  expect(publicPackages().map(({ name }) => name)).not.toContain("@rsdix/internal");
});

it("finds a package that has a changelog, and doesn't pack it", () => {
  const dir = scratchFolder();
  writeFileSync(join(dir, "CHANGELOG.md"), "# x\n");
  expect(packedProblems(packed("dist/index.js"), dir)).toEqual(["x: the package has no CHANGELOG.md"]);
  expect(packedProblems(packed("dist/index.js", "CHANGELOG.md"), dir)).toEqual([]);
});

it("finds a package without its licence, with files for nobody, and with data whose owner is not named", () => {
  const dir = scratchFolder();
  expect(packedProblems(packed("dist/index.js", "dist/index.d.ts"), dir)).toEqual([]);
  expect(packedProblems({ name: "x", files: [{ path: "README.md" }] }, dir)).toEqual(["x: the package has no LICENSE"]);
  expect(packedProblems(packed("dist/a.test.js", "src/fixtures/a.json"), dir)).toEqual([
    "x: dist/a.test.js is packed, but no user needs it",
    "x: src/fixtures/a.json is packed, but no user needs it",
  ]);
  expect(packedProblems(packed("dist/words.bin"), dir)).toEqual(["x: dist/words.bin is data, but no NOTICE says whose it is"]);
  writeFileSync(join(dir, "NOTICE"), "dist/other.bin\n  Whose it is. See dist/OTHER-LICENSE.txt.\n");
  expect(packedProblems(packed("dist/words.bin", "dist/OTHER-LICENSE.txt", "NOTICE"), dir)).toEqual([
    "x: the NOTICE doesn't name dist/words.bin",
    "x: the NOTICE names dist/other.bin, which is not packed",
  ]);
});

it("finds what a manifest promises and the tarball lacks, of a package that was not built or only in part", () => {
  const manifest = {
    main: "dist/index.js",
    exports: { ".": { types: "./dist/index.d.ts", node: { default: "./dist/index.js" } }, "./package.json": "./package.json" },
    imports: { "#platform": { node: "./dist/platform-node.js", default: "some-package" } },
    bin: { tool: "dist/cli.js" },
  };
  const all = ["dist/index.js", "dist/index.d.ts", "dist/platform-node.js", "dist/cli.js"];
  expect(promiseProblems(packed(...all), manifest)).toEqual([]);
  expect(promiseProblems(packed(...all.filter((path) => !path.endsWith(".d.ts"))), manifest)).toEqual([
    "x: dist/index.d.ts is exported, but not packed: npm run build",
  ]);
  expect(promiseProblems(packed(), manifest)).toEqual([
    "x: dist/index.js is the main entry, but not packed: npm run build",
    "x: dist/index.d.ts is exported, but not packed: npm run build",
    "x: dist/index.js is exported, but not packed: npm run build",
    "x: dist/platform-node.js is imported, but not packed: npm run build",
    "x: dist/cli.js is the command tool, but not packed: npm run build",
  ]);
});

it("finds a program that fails, and one that is not silent", () => {
  const folder = scratchFolder();
  const problems = (code) => programProblems(folder, "use.mjs", code, "well");
  expect(problems('console.log("well");')).toEqual([]);
  expect(problems('console.log("ill");')).toEqual([expect.stringContaining("did not print well:\nill")]);
  expect(problems('console.warn("hm"); console.log("well");')).toEqual([expect.stringContaining("hm")]);
  expect(problems('throw new Error("broke");')).toEqual([expect.stringContaining("broke")]);
});

it("finds types that a strict project refuses, in every way of finding modules", () => {
  const good = projectWith("export declare const x: number;\n");
  const bad = projectWith('export declare const x: number;\nexport type Gone = import("gone").Gone;\n');
  const page = projectWith("export declare const x: NodeJS.Timeout;\n");
  const problems = ({ project, entries }) =>
    SETUPS.filter(({ options }) => !options.types.includes("node")).flatMap((setup) => typeProblems(project, entries, setup));
  const nodeLess = ({ project, entries }) =>
    SETUPS.flatMap((setup) => typeProblems(project, entries, { ...setup, options: { ...setup.options, types: [] } }));
  expect(nodeLess(good)).toEqual([]);
  expect(nodeLess(bad)).toEqual(
    SETUPS.map(({ name }) => expect.stringMatching(new RegExp(`^types, ${name}: @rsdix/x/index.d.ts:2: .*gone`))),
  );
  expect(problems(page)).toEqual([expect.stringMatching(/page: @rsdix\/x\/index\.d\.ts:1: Cannot find namespace 'NodeJS'/)]);
});

it("finds a page that does not build", async () => {
  const { project } = projectWith("export declare const x: number;\n");
  expect(await buildPage(project, 'import { x } from "@rsdix/x";\ndocument.title = String(x);\n')).toEqual([]);
  expect(await buildPage(project, 'import "@rsdix/gone";\n')).toEqual([expect.stringContaining("the page does not build")]);
});

it("tells an unreachable registry from a package that cannot be installed", () => {
  expect(isOffline("npm error code ENOTFOUND\nnpm error request to https://registry.npmjs.org/zod failed")).toBe(true);
  expect(isOffline("npm error code ERESOLVE\nnpm error ERESOLVE unable to resolve dependency tree")).toBe(false);
});
