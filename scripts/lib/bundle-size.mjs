// What a package weighs in somebody's bundle, held to the limits that its manifest declares under "size-limit". The form of that field is the
// tool size-limit's; the tool itself would bring a second esbuild, so the one that is here already does the work.
import { gzipSync } from "node:zlib";
import { installed } from "./installed.mjs";
import { entryFiles, publicPackages } from "./workspace.mjs";

const { build } = await installed(() => import("esbuild"));

const UNITS = { B: 1, kB: 1000, MB: 1_000_000 };
const KEYS = ["name", "path", "import", "limit", "gzip"];

/** The limits of one manifest: `{ name, path, import, limit }`, with `limit` in bytes. Throws at an entry that it does not understand. */
export function sizeLimits({ name: owner, "size-limit": entries = [] }) {
  return entries.map((entry) => {
    const refuse = (problem) => {
      throw new Error(`${owner}: size-limit entry ${JSON.stringify(entry)}: ${problem}`);
    };
    const unknown = Object.keys(entry).find((key) => !KEYS.includes(key));
    if (unknown) refuse(`"${unknown}" is not understood; known are ${KEYS.join(", ")}`);
    if (entry.gzip !== true) refuse("sizes are measured with gzip only, which the entry must say: gzip: true");
    if (typeof entry.path !== "string" || typeof entry.name !== "string") refuse("name and path must be texts");
    if (!/^(\*|\{[\w\s,$]+\})$/.test(entry.import ?? "*")) refuse('import must be like "{ infoNCE }" or "*"');
    const [, number, unit] = /^(\d+(?:\.\d+)?) (B|kB|MB)$/.exec(entry.limit) ?? [];
    if (number === undefined) refuse('limit must be like "3 kB" (1 kB is 1000 bytes)');
    return { name: entry.name, path: entry.path, import: entry.import ?? "*", limit: Number(number) * UNITS[unit] };
  });
}

/** The peers of a package, and those of our packages among its dependencies: `sharp`, a peer of image, is for whoever uses data, too. */
function peersOf({ dependencies = {}, peerDependencies = {} }, ours = publicPackages()) {
  const brought = ours.filter(({ name }) => name in dependencies);
  return [...Object.keys(peerDependencies), ...brought.flatMap(({ manifest }) => peersOf(manifest, ours))];
}

/**
 * The size in bytes of each declared import: bundled for a browser (for Node what `exports` has for Node), minified and compressed as servers do.
 * Peer dependencies stay outside, as the reader's application has them already; dependencies count.
 */
export async function bundleSizes({ dir, manifest }) {
  const external = peersOf(manifest).flatMap((peer) => [peer, `${peer}/*`]);
  const options = {
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    external,
  };
  const entries = entryFiles(manifest);
  return Promise.all(
    sizeLimits(manifest).map(async (entry) => {
      const platform = entries.find(({ path }) => path === entry.path)?.platform ?? "browser";
      const contents = `export ${entry.import} from ${JSON.stringify(`./${entry.path}`)};`;
      const { outputFiles } = await build({ ...options, platform, stdin: { contents, resolveDir: dir }, logLevel: "silent" });
      return { ...entry, size: gzipSync(outputFiles[0].contents, { level: 9 }).length };
    }),
  );
}

const kB = (bytes) => (bytes / 1000).toFixed(2);

/** One size as it is printed: `infoNCE alone 1.39 of 3.00 kB`. */
export function shownSize({ name, size, limit }) {
  return `${name} ${kB(size)} of ${kB(limit)} kB`;
}

/** What is over its limit, one sentence each. */
export function sizeProblems(sizes) {
  return sizes.filter(({ size, limit }) => size > limit).map((entry) => `too large: ${shownSize(entry)} (minified, gzip, without peers)`);
}
