// What the repository consists of: the packages that get published, their public entries, the files git tracks.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder, without a slash at the end. */
export const repository = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");

/** Every workspace under packages/ that is not private: its folder, its manifest and its entries (`./node` -> src/node.ts). */
export function publicPackages(root = repository) {
  return readdirSync(join(root, "packages"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, "packages", entry.name, "package.json")))
    .map((entry) => {
      const dir = join(root, "packages", entry.name);
      const manifest = JSON.parse(readFileSync(join(dir, "package.json"), "utf8"));
      return { name: manifest.name, folder: entry.name, dir, manifest, entries: publicEntries(dir, manifest) };
    })
    .filter(({ manifest }) => !manifest.private);
}

function publicEntries(dir, manifest) {
  return Object.keys(manifest.exports ?? {})
    .filter((subpath) => subpath !== "./package.json")
    .map((subpath) => ({ subpath, file: join(dir, "src", `${subpath === "." ? "index" : subpath.slice(2)}.ts`) }));
}

/** The entries of packages, each with its `owner`: those whose source is there, and those that are missing. */
export function sourceEntries(packages) {
  const entries = packages.flatMap((owner) => owner.entries.map((entry) => ({ ...entry, owner })));
  return { present: entries.filter(({ file }) => existsSync(file)), missing: entries.filter(({ file }) => !existsSync(file)) };
}

/** True for a package whose manifest says that its main entry is for Node alone: it has the condition `node`, and nothing for anybody else. */
export function nodeOnly({ exports = {} }) {
  return Object.keys(exports["."] ?? {}).every((condition) => condition === "types" || condition === "node");
}

/** The built files that the entries of a package load, such as `dist/index.js`, each with its platform: `node` where Node alone is meant. */
export function entryFiles({ exports = {} }) {
  return Object.entries(exports)
    .filter(([subpath]) => subpath !== "./package.json")
    .flatMap(([subpath, { types: _, ...targets }]) =>
      Object.entries(targets).map(([condition, target]) => ({
        path: target.replace("./", ""),
        platform: condition === "node" || subpath === "./node" ? "node" : "browser",
      })),
    );
}

/** Files below `dir`, recursively; fixtures and installed folders are left out. */
export function filesBelow(dir, ending = "") {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return ["node_modules", "fixtures"].includes(entry.name) ? [] : filesBelow(path, ending);
    return entry.name.endsWith(ending) ? [path] : [];
  });
}

/** Paths that git tracks, or would track once added, relative to the root. */
export function trackedFiles(root = repository) {
  const git = spawnSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root, encoding: "utf8" });
  if (git.status !== 0) throw new Error(`git ls-files failed: ${git.error?.message ?? git.stderr}`);
  return [...new Set(git.stdout.split("\0"))].filter((path) => path && existsSync(join(root, path)));
}

/** A path as it is printed: relative to the root, with slashes. */
export function shown(path, root = repository) {
  return relative(root, path).replaceAll("\\", "/");
}

/** True when this module is the program that was started, not an import; it may have been started by way of a link. */
export function isMain(meta) {
  const [, started] = process.argv;
  return started !== undefined && existsSync(started) && realpathSync(fileURLToPath(meta.url)) === realpathSync(started);
}
