// Every published package.json keeps the house rules, and declares exactly what its sources import.
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { readArguments } from "./lib/arguments.mjs";
import { ts } from "./lib/typescript.mjs";
import { entryFiles, filesBelow, isMain, publicPackages, repository } from "./lib/workspace.mjs";

/** Who may use whom; an arrow never goes back. */
export const MAY_USE = {
  "@rsdix/backend-native": [],
  "@rsdix/backend": ["@rsdix/backend-native"],
  "@rsdix/core-losses": [],
  "@rsdix/image": [],
  "@rsdix/metrics": [],
  "@rsdix/data": ["@rsdix/image"],
  "@rsdix/models": ["@rsdix/backend", "@rsdix/image"],
  "@rsdix/scale": ["@rsdix/data"],
  "@rsdix/train": [
    "@rsdix/backend",
    "@rsdix/core-losses",
    "@rsdix/data",
    "@rsdix/image",
    "@rsdix/metrics",
    "@rsdix/models",
    "@rsdix/scale",
  ],
};

/** What the manifest of one package breaks, one sentence each. */
export function manifestProblems(manifest, folder) {
  const { dependencies = {}, peerDependencies = {}, devDependencies = {}, exports = {} } = manifest;
  const problems = [];
  const must = (holds, problem) => holds || problems.push(problem);
  must(manifest.type === "module", 'type must be "module"');
  must(manifest.sideEffects === false, "sideEffects must be false");
  must(manifest.license === "Apache-2.0", "license must be Apache-2.0");
  must(Boolean(manifest.description), "a description is missing");
  must(manifest.keywords?.length > 0, "keywords are missing: npm's search looks at them");
  const web = manifest.repository?.url?.match(/^git\+(https:.+)\.git$/)?.[1];
  must(web, "repository.url must be git+https://...git");
  must(
    !web || manifest.homepage === `${web}/tree/main/packages/${folder}#readme`,
    `homepage must be ${web}/tree/main/packages/${folder}#readme`,
  );
  must(!web || manifest.bugs?.url === `${web}/issues`, `bugs.url must be ${web}/issues`);
  must(manifest.repository?.directory === `packages/${folder}`, `repository.directory must be packages/${folder}`);
  must(manifest.files?.includes("dist"), 'files must include "dist"');
  must(manifest.files?.includes("CHANGELOG.md"), 'files must include "CHANGELOG.md": npm takes it of itself no longer');
  must(manifest.engines?.node, "engines.node is missing");
  must(exports["./package.json"] === "./package.json", "exports must include ./package.json");
  for (const { path } of entryFiles(manifest))
    must(
      manifest["size-limit"]?.some((entry) => entry.path === path),
      `size-limit has nothing for ${path}: what a reader loads has a limit`,
    );
  for (const [subpath, target] of Object.entries(exports)) {
    if (subpath !== "./package.json") must(Object.keys(target)[0] === "types", `exports["${subpath}"] must have types first`);
  }
  for (const name of Object.keys(dependencies)) {
    must(!name.startsWith("@tensorflow/"), `${name} must be a peer dependency, not a dependency`);
    must(name !== "@rsdix/internal", "@rsdix/internal is bundled: it must be a dev dependency");
  }
  for (const name of Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => name.startsWith("@rsdix/"))) {
    if (name === "@rsdix/internal") continue;
    must(MAY_USE[manifest.name]?.includes(name), `${manifest.name} may not use ${name}: see who uses whom in scripts/check-manifests.mjs`);
  }
  for (const name of Object.keys(manifest.peerDependenciesMeta ?? {}))
    must(name in peerDependencies, `peerDependenciesMeta names ${name}, which is no peer`);
  must(!("@rsdix/internal" in peerDependencies), "@rsdix/internal is bundled: it must be a dev dependency");
  must(
    "@rsdix/internal" in devDependencies || manifest.name === "@rsdix/internal",
    "@rsdix/internal must be a dev dependency, so that turbo builds again when it changes",
  );
  return problems;
}

/** Packages that the sources import but the manifest does not declare, and the other way round. */
export function dependencyProblems(manifest, imported) {
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies };
  const undeclared = [...imported].filter((name) => !(name in declared) && name !== "@rsdix/internal" && name !== manifest.name);
  const optional = manifest.peerDependenciesMeta ?? {};
  const unused = Object.keys(declared).filter((name) => !imported.has(name) && !(name in optional));
  return [
    ...undeclared.map((name) => `it imports ${name}, which is neither a dependency nor a peer`),
    ...unused.map((name) => `${name} is declared, but nothing that is published imports it`),
  ];
}

/** The files of a package whose imports a user's installation must satisfy: its entries and commands, and scripts that are published as they are. */
function publishedFiles({ dir, manifest, entries }) {
  const platforms = [...Object.values(manifest.imports ?? {}).flatMap(Object.values), ...Object.values(manifest.bin ?? {})]
    .filter((target) => target.includes("dist/"))
    .map((target) => join(dir, target.replace("dist/", "src/").replace(/\.js$/, ".ts")));
  const folders = manifest.files.filter((entry) => statSync(join(dir, entry), { throwIfNoEntry: false })?.isDirectory());
  const kept = (file) => !manifest.files.some((entry) => entry.startsWith("!") && file === join(dir, entry.slice(1)));
  const scripts = folders.flatMap((entry) => filesBelow(join(dir, entry), ".mjs")).filter(kept);
  return [...entries.map(({ file }) => file), ...platforms, ...scripts];
}

/** The names of the packages that the files import, statically, dynamically or as types, and what they import from each other; no tests among it. */
export function importedPackages(files) {
  const names = new Set();
  const seen = new Set();
  const queue = files.filter(existsSync);
  for (const file of queue) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const { fileName: module } of ts.preProcessFile(readFileSync(file, "utf8")).importedFiles) {
      const path = join(dirname(file), module);
      if (module.startsWith("."))
        queue.push(...[path, `${path}.ts`, join(path, "index.ts")].filter((found) => /\.m?ts$|\.mjs$/.test(found) && existsSync(found)));
      else if (!/^(node:|#)/.test(module))
        names.add(
          module
            .split("/")
            .slice(0, module.startsWith("@") ? 2 : 1)
            .join("/"),
        );
    }
  }
  return names;
}

/** All problems of all published packages below `root`. */
export function checkManifests(root = repository) {
  return publicPackages(root).flatMap((found) => {
    const { manifest, folder, name } = found;
    const problems = [...manifestProblems(manifest, folder), ...dependencyProblems(manifest, importedPackages(publishedFiles(found)))];
    return problems.map((problem) => `${name}: ${problem}`);
  });
}

if (isMain(import.meta)) {
  readArguments("");
  const problems = checkManifests();
  for (const problem of problems) console.log(problem);
  console.log(`${publicPackages().length} manifests, ${problems.length} problems`);
  process.exit(problems.length > 0 ? 1 : 0);
}
