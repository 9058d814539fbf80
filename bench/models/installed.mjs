// The size of packages and all that they need, as npm installs them.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { repository } from "../../scripts/lib/workspace.mjs";

/** Bytes of the packages named, found from `root` as Node finds them. Optional ones count where they are there. */
export function installedBytes(names, root = repository) {
  const seen = new Map();
  const add = (name, from, optional) => {
    const folder = find(name, from);
    if (!folder && optional) return;
    if (!folder) throw new Error(`${name} isn't installed for ${from}. Run npm ci, or node bench/models/setup.mjs.`);
    if (seen.has(folder)) return;
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    seen.set(folder, packageBytes(folder, manifest));
    for (const needed of Object.keys(manifest.dependencies ?? {})) add(needed, folder, false);
    for (const needed of Object.keys(manifest.optionalDependencies ?? {})) add(needed, folder, true);
  };
  for (const name of names) add(name, root, false);
  return [...seen.values()].reduce((sum, bytes) => sum + bytes, 0);
}

function find(name, from) {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return candidate;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Of a workspace only what is published; of a platform's native binaries only this platform's. */
function packageBytes(folder, { name, files }) {
  if (!name.startsWith("@rsdix/")) return bytesBelow(folder);
  const native = name === "@rsdix/backend-native" ? [join("build", `${process.platform}-${process.arch}`)] : [];
  return [...files, ...native, "package.json"].reduce((sum, path) => sum + bytesBelow(join(folder, path)), 0);
}

function bytesBelow(path) {
  if (!existsSync(path)) return 0;
  if (!statSync(path).isDirectory()) return statSync(path).size;
  return readdirSync(path).reduce((sum, name) => sum + (name === "node_modules" ? 0 : bytesBelow(join(path, name))), 0);
}
