// What of a package is for browsers, and what may not be in it.
import { existsSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";

/** The entries that a browser may import: `{ subpath, file }` of what is built, all but "./node" and those whose manifest names Node alone. */
export function browserEntries({ dir, manifest }) {
  return Object.entries(manifest.exports ?? {}).flatMap(([subpath, target]) => {
    const file = typeof target === "string" ? target : (target.browser ?? target.default);
    if (subpath === "./node" || !file?.endsWith(".js")) return [];
    if (!existsSync(join(dir, file))) throw new Error(`${manifest.name}: ${file} is exported, but was not built`);
    return [{ subpath, file: join(dir, file) }];
  });
}

/** True for a module of Node's own, by whichever of its names, and for a native addon. */
export function isForNode(specifier) {
  return isBuiltin(specifier) || specifier.endsWith(".node");
}

/** One thing that is pulled in, with who imports it for whom: `node:fs <- dist/files.js <- dist/index.js`. */
export function chainOf(specifier, importer, parentOf, name = (file) => file) {
  const chain = [];
  for (let file = importer; file !== undefined && !chain.includes(file); file = parentOf(file)) chain.push(file);
  return [specifier, ...chain.map(name)].join(" <- ");
}
