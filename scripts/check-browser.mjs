// What a browser's bundle of each published package holds, by esbuild and by Vite: nothing of Node, no native addon. Packages must have been built.
// `node scripts/check-browser.mjs [folder ...]`
import { notOneOf, readArguments } from "./lib/arguments.mjs";
import { browserEntries } from "./lib/browser-entries.mjs";
import { bundleByEsbuild } from "./lib/bundle-esbuild.mjs";
import { bundleByVite } from "./lib/bundle-vite.mjs";
import { isMain, publicPackages } from "./lib/workspace.mjs";

const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

/** What one package has of Node's in each bundle, with its chain of imports, and lines that tell its sizes. */
export async function checkBrowser(entries, root) {
  const esbuild = await bundleByEsbuild(entries, root);
  const vite = await bundleByVite(entries, root);
  return {
    first: esbuild.sizes[0].first,
    problems: [
      ...esbuild.problems.map((chain) => `esbuild: a browser would load ${chain}`),
      ...vite.problems.map((chain) => `Vite: a browser would load ${chain}`),
    ],
    sizes: [
      ...esbuild.sizes.map(
        ({ subpath, first, tensorflow, later }) =>
          `${subpath}: ${kB(first)} at once (${Math.round(100 * tensorflow)} % of it TensorFlow.js), ${kB(later)} when needed`,
      ),
      ...(esbuild.workers.length > 0 ? [`workers: ${esbuild.workers.join(", ")}`] : []),
      `Vite, all entries and workers: ${kB(vite.scripts)}, and ${kB(vite.assets)} of other files`,
    ],
  };
}

if (isMain(import.meta)) {
  const folders = publicPackages().map(({ folder }) => folder);
  const { args: wanted } = readArguments("[FOLDER ...]", {
    most: Infinity,
    check: (_, given) => given.map((name) => notOneOf("The package", name, folders)).find(Boolean),
  });
  const atOnce = [];
  let count = 0;
  for (const found of publicPackages().filter(({ folder }) => wanted.length === 0 || wanted.includes(folder))) {
    const entries = browserEntries(found);
    if (entries.length === 0) {
      console.log(`${found.name}: for Node alone, as its manifest says`);
      continue;
    }
    const { problems, sizes, first } = await checkBrowser(entries);
    count += problems.length;
    atOnce.push(`${found.folder} ${kB(first)}`);
    console.log([`${found.name} (minified, gzip)`, ...sizes, ...problems].join("\n  "));
  }
  console.log(`${count} modules of Node; with all that they load at once: ${atOnce.join(", ")}`);
  process.exit(count > 0 ? 1 : 0);
}
