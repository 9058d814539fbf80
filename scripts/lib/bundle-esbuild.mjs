// A package's browser entries, and the workers that they start, bundled by esbuild.
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { chainOf, isForNode } from "./browser-entries.mjs";
import { installed } from "./installed.mjs";
import { repository, shown } from "./workspace.mjs";

const { build } = await installed(() => import("esbuild"));

const WORKER = /new Worker\(\s*new URL\(\s*["'](\.[^"']+\.m?js)["'],\s*import\.meta\.url\s*\)/g;

/** Leaves outside what is of Node, unless a package's own `browser` field has something else, or nothing, in its place. */
const nodeOutside = {
  name: "node-outside",
  setup(bundler) {
    const asked = {};
    bundler.onResolve({ filter: /./ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === asked || from.kind === "entry-point" || !isForNode(path)) return undefined;
      const { importer, namespace, resolveDir, kind } = from;
      const found = await bundler.resolve(path, { importer, namespace, resolveDir, kind, pluginData: asked });
      return found.errors.length === 0 && !found.path.endsWith(".node") ? undefined : { path, external: true };
    });
  },
};

/** Bundles entries with all that they import; returns what of Node they pull in, each with its chain of imports, and the entries' sizes. */
export async function bundleByEsbuild(entries, root = repository) {
  const files = entries.map(({ file }) => file);
  const { metafile, outputFiles } = await bundle(files, root);
  const imported = imports(metafile);
  const workers = Object.keys(metafile.inputs).flatMap((input) => workersOf(resolve(root, input)));
  const other = workers.length > 0 ? imports((await bundle([...new Set(workers)], root)).metafile) : { problems: [] };
  return {
    problems: [...new Set([...imported.problems, ...other.problems])],
    workers: [...new Set(workers)].map((file) => shown(file, root)),
    sizes: entries.map(({ subpath, file }) => ({ subpath, ...sizesOf(shown(file, root), metafile, outputFiles, root) })),
  };
}

function bundle(entryPoints, root) {
  return build({
    ...{ entryPoints, absWorkingDir: root, outdir: join(root, "out"), entryNames: "[dir]/[name]", plugins: [nodeOutside] },
    ...{ bundle: true, splitting: true, minify: true, write: false, metafile: true },
    ...{ platform: "browser", format: "esm", target: "es2022", logLevel: "silent" },
  });
}

const workersOf = (file) =>
  file.includes("node_modules") || !/\.m?js$/.test(file)
    ? []
    : [...readFileSync(file, "utf8").matchAll(WORKER)].map(([, worker]) => resolve(dirname(file), worker));

/** What is left outside is of Node: there is nothing else that is not bundled. */
function imports({ inputs }) {
  const parents = new Map();
  for (const [file, { imports: imported }] of Object.entries(inputs)) {
    for (const { path, external } of imported) if (!external && !parents.has(path)) parents.set(path, file);
  }
  const problems = Object.entries(inputs).flatMap(([file, { imports: imported }]) =>
    imported.filter(({ external }) => external).map(({ path }) => chainOf(path, file, (at) => parents.get(at))),
  );
  return { problems };
}

/** Compressed bytes of what the entry loads at once, of how many TensorFlow.js is, and of what it may load later. */
function sizesOf(entry, { outputs }, outputFiles, root) {
  const contents = new Map(outputFiles.map(({ path, contents: bytes }) => [shown(path, root), bytes]));
  const start = Object.keys(outputs).find((path) => outputs[path].entryPoint === entry);
  const first = reachable([start], outputs, ["import-statement"]);
  const all = reachable([start], outputs, ["import-statement", "dynamic-import"]);
  const gzip = (paths) => [...paths].reduce((sum, path) => sum + gzipSync(contents.get(path), { level: 9 }).length, 0);
  const minified = [...first].flatMap((path) => Object.entries(outputs[path].inputs));
  const bytes = (filter) => minified.filter(filter).reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
  const total = bytes(() => true);
  return {
    first: gzip(first),
    tensorflow: total === 0 ? 0 : bytes(([file]) => file.includes("/@tensorflow/")) / total,
    later: gzip([...all].filter((path) => !first.has(path))),
  };
}

function reachable(paths, outputs, kinds) {
  const found = new Set(paths);
  for (const path of found)
    for (const { path: next, kind } of outputs[path].imports) if (kinds.includes(kind) && outputs[next]) found.add(next);
  return found;
}
