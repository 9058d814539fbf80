// Where WebGPU runs without a graphics card, in Node and in a browser, and which tests are for it.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { env, platform } from "node:process";

/** Where Chromium keeps SwiftShader, its software Vulkan driver, with the loader that Dawn needs. */
const FOLDERS = ["/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome"];

/**
 * Chromium and Chrome as Linux distributions and macOS install them, first the one without windows, whose pages take less of the processor; others are named by
 * RSDIX_CHROMIUM.
 */
const BROWSERS = [
  "/usr/bin/chromium-headless-shell",
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

/** The browser's program; undefined where none is found. One that is named must be there: another in its place would be no answer. */
export function findChromium() {
  const { RSDIX_CHROMIUM: named } = env;
  if (named && !existsSync(named))
    throw new Error(`RSDIX_CHROMIUM names ${named}, but there is no such file: give the path of a browser's program.`);
  return named || BROWSERS.find((path) => existsSync(path));
}

/** What tests and gates in a browser say where they are left out. */
export const NO_CHROMIUM =
  "there is no Chromium (on Debian: apt-get install chromium-headless-shell; elsewhere RSDIX_CHROMIUM names its program)";

/** Tests that are left to the processors, by words of their names. */
const FOR_PROCESSORS = "differences|memory|plain formula|same with tile|same with strips|^scaling|^properties|^hostile input";

/**
 * Models' tests that are left to the processors and to wasm in a browser, by words of their names; each new shape is a program that a software GPU compiles.
 */
const NOT_BY_SOFTWARE = [
  "dropout", // what is dropped is drawn on the host, the same for every backend
  "blocks computed again: true", // the same kernels once more
  "the same with its blocks computed again",
  "in batches of any size", // what other tests decode, row by row
  "what caption gives: (?:beams|nucleus)", // streamed; greedily it is, and caption does both
  "half a character|when the loop is left|ranks by the length", // long texts, of which each token is a shape
  "several, of length 1|never worse on average|greedy at a temperature near 0|what the rule against repetition bans", // many small models or batches
  "learns to tell two images", // 60 steps of training
  "in the proportions of the probabilities: chi-square|seed and the row's number", // thousands of draws
  "copies into a model|go on by rows and tokens|from scale ln 10", // hold what they hold on any backend
];

/**
 * The names of the tests that run on these backends, as `vitest -t` takes them. A software GPU computes 0.2 GFLOP/s and compiles a program for each new
 * shape: values and gradients against PyTorch's goldens, dense and tiled, extremes, errors and leaks run there. What repeats the goldens in
 * many shapes does not: central differences, plain formulas, properties, more tilings; nor what counts bytes. Of too many programs WebGL loses its context.
 * Each of these families runs there in one shape a loss: gpu-families.test.ts.
 */
export function testNames(backends) {
  const gpus = backends.filter((name) => name.startsWith("webg"));
  const others = backends.filter((name) => !gpus.includes(name));
  const names = (group, excluded) => (group.length > 0 ? [`(?!.*(?:${excluded})).* on (?:${group.join("|")})(?: |$)`] : []);
  return `^(?:${[...names(gpus, [FOR_PROCESSORS, ...NOT_BY_SOFTWARE].join("|")), ...names(others, FOR_PROCESSORS)].join("|")})`;
}

/** The tests of the losses. */
export const LOSSES = "packages/core-losses/";

/**
 * The numerical tests of the models. Their bounds are the same on each backend: 1e-4 in every value, as between any two implementations in float32, and in a
 * gradient less where its numbers are small (packages/models/test/against-golden.ts). Decoded texts are the same to the token.
 */
export const BROWSER_MODELS = [
  ...["blocks/blocks", "blocks/dropout", "checkpoint/keys/loading"],
  ...["clip", "siglip", "sentence-bert", "gpt2", "gpt2-dropout", "gpt2-refusals", "positions", "embed"],
  ...["clipcap", "clipcap-mapper", "clipcap-refusals", "caption-stream", "decoding", "draw", "first-beyond", "generation"],
  ...["parameters", "parameters-load", "parameters-refusals"],
]
  .map((name) => `packages/models/src/${name}.test.ts`)
  .concat("packages/models/test/many-captions.test.ts");

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
  ...["bleu", "embedded", "published", "retrieval/retrieval", "retrieval/retrieval-tiles", "retrieval/similarity-mse"],
  ...["evaluate/evaluate", "evaluate/evaluate-inputs", "meteor/meteor", "meteor/long-captions", "ngrams/ngrams", "ptb/ptb-tokenize"],
  ...["spice/parse", "spice/spice", "study/metric-study", "study/perturbations", "study/study-abort"],
].map((name) => `packages/metrics/src/${name}.test.ts`);
