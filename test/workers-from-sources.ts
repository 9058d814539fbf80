import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pid } from "node:process";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

/** What starts workers, and what they run. */
const WORKERS = [
  { starter: "packages/data/src/workers-node.ts", worker: "packages/data/src/decode-worker.ts" },
  { starter: "packages/metrics/src/score-workers-node.ts", worker: "packages/metrics/src/score-worker.ts" },
  { starter: "packages/scale/src/search/read-elsewhere.ts", worker: "packages/scale/src/embeddings-worker.ts" },
  { starter: "examples/caption-service/src/image-threads.ts", worker: "examples/caption-service/src/image-worker.ts" },
];

/**
 * Worker threads run outside Vitest, and know neither TypeScript nor its aliases: they are given one file that is made of the sources, so that a test of
 * workers doesn't run on a stale build either.
 */
export function workersFromSources(root: string, alias: readonly { find: RegExp; replacement: string }[]) {
  const make = async (worker: string) => {
    const sources = {
      name: "sources",
      setup: ({
        onResolve,
      }: {
        onResolve(filter: { filter: RegExp }, to: (args: { path: string }) => { path: string } | undefined): void;
      }) =>
        onResolve({ filter: /^(#|@rsdix\/)/ }, ({ path }) => {
          const own = alias.find(({ find }) => find.test(path));
          return own && { path: path.replace(own.find, own.replacement) };
        }),
    };
    const { outputFiles } = await build({
      entryPoints: [join(root, worker)],
      ...{ bundle: true, write: false, format: "esm", platform: "node", target: "node20", packages: "external", logLevel: "error" },
      plugins: [sources],
    });
    const code = outputFiles[0]!.text;
    const folder = join(root, "node_modules/.cache/rsdix"); // where its own imports are found
    const file = join(folder, `${basename(worker, ".ts")}-${createHash("sha256").update(code).digest("hex").slice(0, 16)}.mjs`);
    if (!existsSync(file)) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(`${file}.${pid}`, code);
      renameSync(`${file}.${pid}`, file);
    }
    return pathToFileURL(file).href;
  };
  return {
    name: "workers-from-sources",
    async transform(code: string, id: string) {
      const own = WORKERS.find(({ starter }) => id.endsWith(starter));
      if (!own) return undefined;
      // From the build it lies beside what starts it.
      const url = `new URL("./${basename(own.worker, ".ts")}.js", import.meta.url)`;
      if (!code.includes(url)) throw new Error(`${id} must start its worker by ${url}.`);
      return { code: code.replace(url, `new URL(${JSON.stringify(await make(own.worker))})`), map: null };
    },
  };
}
