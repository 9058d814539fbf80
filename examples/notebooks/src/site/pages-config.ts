import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { config, observable } from "@observablehq/notebook-kit/vite";
import type { Alias, UserConfig } from "vite";
import { withFormulas } from "./formulas.ts";
import { localLibraries } from "./local-libraries.ts";
import { wasmFiles } from "./wasm-files.ts";

/** The folder of this workspace. */
const here = fileURLToPath(new URL("../../", import.meta.url));

/** The five notebooks by their names, in the order in which they are read. */
export const NOTEBOOKS = readdirSync(`${here}notebooks`)
  .filter((file) => file.endsWith(".html") && file !== "index.html")
  .map((file) => file.slice(0, -".html".length))
  .sort();

/** Packages that cells come to, by themselves or through others. */
const BUNDLED_AHEAD = [
  ...["@observablehq/plot", "@observablehq/inputs", "d3", "htl", "geotiff", "proj4", "vega", "vega-lite"],
  ...["tfjs", "tfjs-core", "tfjs-backend-wasm"].map((name) => `@tensorflow/${name}`),
];

/** What `pagesConfig` may be told. */
export interface PagesOptions {
  /** Where the pages go; `dist` unless told otherwise. */
  readonly outDir?: string;
  /** Where packages are instead of in node_modules. */
  readonly alias?: readonly Alias[];
}

/** How Vite builds the notebooks, or serves them while they are written: all that a page needs is of its own server. */
export function pagesConfig({ outDir = `${here}dist`, alias = [] }: PagesOptions = {}): UserConfig {
  const ofKit = (config().resolve?.alias ?? []) as readonly Alias[];
  return {
    root: `${here}notebooks`,
    base: "./",
    appType: "mpa",
    plugins: [
      localLibraries(),
      wasmFiles(),
      observable({ template: fileURLToPath(new URL("page.html", import.meta.url)), transformNotebook: withFormulas }),
    ],
    resolve: {
      alias: [
        { find: /^observable:runtime$/, replacement: fileURLToPath(new URL("runtime.ts", import.meta.url)) },
        { find: /^site:/, replacement: fileURLToPath(new URL("./", import.meta.url)) },
        ...ofKit.filter(({ find }) => String(find).includes("observable:")), // not those that look to a CDN
        ...alias,
      ],
      // Two copies of TensorFlow.js would be two engines, with tensors that don't know each other.
      dedupe: ["@tensorflow/tfjs", "@tensorflow/tfjs-core", "@observablehq/plot"],
    },
    // For the server alone, which finds only what modules import, and not what cells do: a package that is found later reloads the page.
    optimizeDeps: { exclude: ["@observablehq/notebook-kit"], include: BUNDLED_AHEAD },
    worker: { format: "es" },
    build: {
      outDir,
      emptyOutDir: true,
      target: "es2022",
      chunkSizeWarningLimit: 4096, // TensorFlow.js alone is more than Vite's 500 kB, and is loaded by those pages alone that compute
      rolldownOptions: { input: ["index", ...NOTEBOOKS].map((name) => `${here}notebooks/${name}.html`) },
    },
  };
}
