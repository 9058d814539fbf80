// A package's browser entries bundled by Vite for production, with the workers and files that they name by URL.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { chainOf, isForNode } from "./browser-entries.mjs";
import { installed } from "./installed.mjs";
import { repository, shown } from "./workspace.mjs";

const { build } = await installed(() => import("vite"));

/**
 * Vite's empty module: in the place of what a `browser` field leaves out, and of all that is of Node. For production its name doesn't say which.
 */
const EMPTY = "__vite-browser-external";

/** Whether the `browser` field of the importer's package says that there is nothing in the place of what it imports. */
function isLeftOut(source, importer) {
  let dir = dirname(importer.replace(/\?.*$/s, ""));
  while (!existsSync(join(dir, "package.json")) && dir !== dirname(dir)) dir = dirname(dir);
  if (!existsSync(join(dir, "package.json"))) return false;
  const { browser } = JSON.parse(readFileSync(join(dir, "package.json"), "utf8"));
  return browser?.[source] === false;
}

/** Notes who imports what, and which of it is of Node; what a package's `browser` field replaces is not. */
function watchImports(problems, root) {
  const parents = new Map();
  const parentOf = (file) => parents.get(file);
  return {
    name: "watch-imports",
    enforce: "pre",
    async resolveId(source, importer, options) {
      const found = await this.resolve(source, importer, { ...options, skipSelf: true });
      if (!importer || source.startsWith("\0")) return found;
      const isEmpty = found?.id.includes(EMPTY);
      const replaced = found && !found.external && (isEmpty ? isLeftOut(source, importer) : !isForNode(found.id));
      if (isForNode(source) && !replaced) {
        problems.add(chainOf(source, importer, parentOf, (file) => shown(file, root)));
        return { id: source, external: true }; // so that all are found, and nobody parses an addon
      }
      if (found && found.id !== importer && !parents.has(found.id)) parents.set(found.id, importer);
      return found;
    },
  };
}

/** Bundles entries; returns what of Node they pull in, each with its chain of imports, and the compressed bytes of scripts and other files. */
export async function bundleByVite(entries, root = repository) {
  const problems = new Set();
  const { output } = await build({
    ...{ root, configFile: false, envFile: false, publicDir: false, logLevel: "silent", mode: "production" },
    plugins: [watchImports(problems, root)],
    worker: { format: "es", plugins: () => [watchImports(problems, root)] },
    build: {
      ...{ write: false, target: "es2022", assetsInlineLimit: 0, modulePreload: false, reportCompressedSize: false },
      rolldownOptions: {
        input: Object.fromEntries(entries.map(({ subpath, file }) => [subpath === "." ? "index" : subpath.slice(2), file])),
        preserveEntrySignatures: "strict",
      },
    },
  });
  const bytes = (kind) =>
    output
      .filter(({ fileName }) => /\.m?js$/.test(fileName) === (kind === "scripts"))
      .reduce((sum, file) => sum + gzipSync(file.code ?? file.source, { level: 9 }).length, 0);
  return { problems: [...problems], scripts: bytes("scripts"), assets: bytes("assets") };
}
