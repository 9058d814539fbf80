// Where WebGPU runs without a graphics card, in Node and in a browser, and which tests are for it.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { env, platform } from "node:process";

/** Where Chromium keeps SwiftShader, its software Vulkan driver, with the loader that Dawn needs. */
const FOLDERS = ["/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome"];

/** Chromium and Chrome as Linux distributions and macOS install them; others are named by RSDIX_CHROMIUM. */
const BROWSERS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The environment for Dawn in Node: a driver that was chosen already stays; otherwise SwiftShader; undefined where there is none. */
export function softwareDriver() {
  if (env.VK_ICD_FILENAMES || env.VK_DRIVER_FILES) return {};
  if (platform !== "linux") return undefined;
  const folder = FOLDERS.find((path) => existsSync(join(path, "vk_swiftshader_icd.json")));
  if (!folder) return undefined;
  const libraries = [env.LD_LIBRARY_PATH, folder].filter(Boolean).join(delimiter); // the system's own loader first
  return { VK_ICD_FILENAMES: join(folder, "vk_swiftshader_icd.json"), LD_LIBRARY_PATH: libraries };
}

/** The browser's program; undefined where none is found. */
export function findChromium() {
  return env.RSDIX_CHROMIUM || BROWSERS.find((path) => existsSync(path));
}

/** Tests that are left to the processors, by words of their names. */
const FOR_PROCESSORS = "differences|memory|plain formula|same with tile|same with strips|^scaling|^properties|^hostile input";

/**
 * The names of the tests that run on these backends, as `vitest -t` takes them. A software GPU computes 0.2 GFLOP/s and compiles a program for each new
 * shape: values and gradients against PyTorch's goldens, dense and tiled, extremes, errors and leaks run there. What repeats the goldens in
 * many shapes does not: central differences, plain formulas, properties, more tilings; nor what counts bytes. Of too many programs WebGL loses its context.
 * Each of these families runs there in one shape a loss: gpu-families.test.ts.
 */
export function testNames(backends) {
  return `^(?!.*(?:${FOR_PROCESSORS})).* on (?:${backends.join("|")})(?: |$)`;
}

/** The tests of the losses. */
export const LOSSES = "packages/core-losses/";

/** The tests of what a browser keeps of the hub. */
export const BROWSER_STORAGE = ["hub-files-web", "save-web"].map((name) => `packages/models/src/files/${name}.test.ts`);

/** The tests of what a browser makes of image files. */
export const BROWSER_IMAGES = "packages/image/src/decode-image-web.test.ts";
/** What seeds give there; data sets from zip files, picked files, addresses and shards, and batches, whose workers and decoder are others in a browser. */
export const BROWSER_DATA = [
  ...["batches/batches-web", "captions/converters", "captions/loaders", "random-split", "same-everywhere"].map(
    (name) => `packages/data/src/${name}.test.ts`,
  ),
  ...["classes", "files", "webdataset"].map((name) => `packages/data/src/${name}/`),
];
/** Metrics: WordNet, the caption parser and packed fixtures are fetched there, workers are others, and so may Unicode be. */
export const BROWSER_METRICS = [
  ...["bleu", "embedded", "retrieval", "retrieval-tiles", "similarity-mse", "evaluate/evaluate", "spice/parse", "spice/spice"],
  ...["study/metric-study", "study/perturbations", "study/study-abort"],
  ...["bleu", "embedded", "published", "retrieval", "retrieval-tiles", "similarity-mse", "evaluate/evaluate", "evaluate/evaluate-inputs"],
  ...["meteor/meteor", "meteor/long-captions", "ngrams/ngrams", "ptb/ptb-tokenize", "spice/parse", "spice/spice"],
  ...["study/metric-study", "study/perturbations"],
].map((name) => `packages/metrics/src/${name}.test.ts`);
