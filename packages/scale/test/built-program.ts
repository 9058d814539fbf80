import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const sourceOf = (name: string) => join(root, "packages", name.includes("/") ? `${name.replace("/", "/src/")}.ts` : `${name}/src/index.ts`);

/** Makes a program of a file. Of the sources, so that no test runs on a stale build; gives where it is. */
export async function buildProgram(source: URL): Promise<string> {
  const cache = join(root, "packages/scale/node_modules/.cache/rsdix"); // where its own imports are found
  await mkdir(cache, { recursive: true });
  const outfile = join(cache, `${basename(source.pathname, ".ts")}-${process.pid}.mjs`);
  await build({
    entryPoints: [fileURLToPath(source)],
    ...{ bundle: true, outfile, format: "esm", platform: "node", target: "node20", packages: "external", logLevel: "error" },
    alias: Object.fromEntries(["data", "data/node", "internal"].map((name) => [`@rsdix/${name}`, sourceOf(name)])),
    tsconfig: join(root, "tsconfig.json"),
  });
  return outfile;
}
