// The numerical tests of the ops and the losses on WebGPU in Node (Dawn), on a software Vulkan driver where there is no graphics card:
// half a minute, and a driver that not everybody has, so that `npm test` leaves it out. Arguments are other tests, as vitest filters files.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { env } from "node:process";
import { repository } from "./lib/workspace.mjs";

/** Where Chromium keeps SwiftShader, its software Vulkan driver, with the loader that Dawn needs. */
const FOLDERS = ["/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome"];

/** Gradients by finite differences are left out: thousands of kernels at 0.2 GFLOP/s. */
const OPS = ["ops.test.ts", "kv-cache.test.ts", "batched-product.test.ts"].map((file) => join("backend/src/ops", file));
const TESTS = [...OPS, "core-losses"].map((path) => join(repository, "packages", path));

/** The environment for Dawn: a driver that was chosen already stays; otherwise SwiftShader, where it is. */
function driver() {
  if (env.VK_ICD_FILENAMES || env.VK_DRIVER_FILES || process.platform !== "linux") return {};
  const folder = FOLDERS.find((path) => existsSync(join(path, "vk_swiftshader_icd.json")));
  if (!folder) return {};
  const libraries = [env.LD_LIBRARY_PATH, folder].filter(Boolean).join(delimiter); // the system's own loader first
  return { VK_ICD_FILENAMES: join(folder, "vk_swiftshader_icd.json"), LD_LIBRARY_PATH: libraries };
}

const chosen = driver();
console.log(chosen.VK_ICD_FILENAMES ? `Vulkan by ${chosen.VK_ICD_FILENAMES}` : "The system's own graphics driver");
const tests = process.argv.length > 2 ? process.argv.slice(2) : TESTS;
const { status } = spawnSync(process.execPath, [join(repository, "node_modules/vitest/vitest.mjs"), "run", ...tests, "-t", "on webgpu"], {
  cwd: repository,
  stdio: "inherit",
  env: { ...env, ...chosen, RSDIX_TEST_BACKENDS: "webgpu" },
});
process.exit(status ?? 1);
