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

/**
 * The names of the tests that run on these backends, as `vitest -t` takes them. What takes differences of a loss is left out: it evaluates the loss
 * dozens of times, at 0.2 GFLOP/s, to check a gradient that the goldens check too.
 */
export function testNames(backends) {
  return `^(?!.*differences).* on (?:${backends.join("|")})(?: |$)`;
}

/** The tests of the losses. */
export const LOSSES = "packages/core-losses/";
