import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pid } from "node:process";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

/** What a worker's URL is called in the sources; from the build it lies beside them. */
const URL_IN_SOURCES = 'new URL("./decode-worker.js", import.meta.url)';

/**
 * Worker threads run outside Vitest, and know neither TypeScript nor its aliases: they are given one file that is made of the sources, so that a test of
 * workers doesn't run on a stale build either.
 */
export function decodeWorker(root: string, alias: readonly { find: RegExp; replacement: string }[]) {
  const make = async () => {
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
      entryPoints: [join(root, "packages/data/src/decode-worker.ts")],
      ...{ bundle: true, write: false, format: "esm", platform: "node", target: "node20", packages: "external", logLevel: "error" },
      plugins: [sources],
    });
    const code = outputFiles[0]!.text;
    const folder = join(root, "node_modules/.cache/rsdix"); // where its own imports are found
    const file = join(folder, `decode-worker-${createHash("sha256").update(code).digest("hex").slice(0, 16)}.mjs`);
    if (!existsSync(file)) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(`${file}.${pid}`, code);
      renameSync(`${file}.${pid}`, file);
    }
    return pathToFileURL(file).href;
  };
  return {
    name: "decode-worker",
    async transform(code: string, id: string) {
      if (!id.endsWith("packages/data/src/workers-node.ts")) return undefined;
      if (!code.includes(URL_IN_SOURCES)) throw new Error(`${id} must start its worker by ${URL_IN_SOURCES}.`);
      return { code: code.replace(URL_IN_SOURCES, `new URL(${JSON.stringify(await make())})`), map: null };
    },
  };
}
