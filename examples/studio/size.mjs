// node size.mjs [folder of the build]: sums what a browser loads before a model is chosen, gzipped, beside TensorFlow.js; fails where that is more than
// promised.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const LIMIT = 350_000;
const dist = process.argv[2] ?? fileURLToPath(new URL("dist/", import.meta.url));

/** What a file makes the browser load at once: what a page links, static imports, workers. Code that is imported when it is needed isn't. */
function loadedBy(name) {
  const text = readFileSync(join(dist, name), "utf8");
  const near = (path) => normalize(join(dirname(name), path)).replaceAll("\\", "/");
  if (name.endsWith(".html")) return [...text.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, path]) => path);
  if (!name.endsWith(".js")) return [];
  const imports = [...text.matchAll(/(?:^|[;}\n])\s*(?:import|export)\s*(?:[\w$*{][^"'`;()]*?from\s*)?["'](\.[^"']+)["']/g)].map(
    ([, path]) => near(path),
  );
  const workers = [...text.matchAll(/new Worker\([^)]*?["'`]([^"'`]+\.js)["'`]/g)].map(([, path]) => near(path));
  return [...imports, ...workers];
}

const found = new Set(["index.html"]);
for (const name of found) for (const other of loadedBy(name)) if (existsSync(join(dist, other))) found.add(other);

let [ours, tfjs] = [0, 0];
for (const name of [...found].sort()) {
  const size = gzipSync(readFileSync(join(dist, name)), { level: 9 }).length;
  const isTfjs = /(^|\/)tfjs/.test(name);
  if (isTfjs) tfjs += size;
  else ours += size;
  console.log(`${String(size).padStart(8)}  ${name}${isTfjs ? " (TensorFlow.js)" : ""}`);
}
console.log(`${String(ours).padStart(8)}  all beside TensorFlow.js (${tfjs}); at most ${LIMIT}`);
if (![...found].some((name) => /assets\/main-/.test(name)))
  throw new Error("the worker wasn't found: its address is written in another way now");
if (ours > LIMIT) process.exit(1);
