// The numerical tests of the ops and the losses on WebGPU in Node (Dawn), on a software Vulkan driver where there is no graphics card:
// slow, so that `npm test` leaves it out. Further arguments are further vitest projects, for example `npm run test:webgpu -- models`.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { repository } from "./lib/workspace.mjs";

/** Where Chromium keeps SwiftShader, its software Vulkan driver, with the loader that Dawn needs. */
const FOLDERS = ["/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome"];

/** The environment for Dawn: a driver that was chosen already stays; otherwise SwiftShader, where it is. */
function driver() {
  if (process.env.VK_ICD_FILENAMES || process.env.VK_DRIVER_FILES || process.platform !== "linux") return {};
  const folder = FOLDERS.find((path) => existsSync(join(path, "vk_swiftshader_icd.json")));
  if (!folder) return {};
  const libraries = [process.env.LD_LIBRARY_PATH, folder].filter(Boolean).join(delimiter); // the system's own loader first
  return { VK_ICD_FILENAMES: join(folder, "vk_swiftshader_icd.json"), LD_LIBRARY_PATH: libraries };
}

const projects = ["backend", "core-losses", ...process.argv.slice(2)].flatMap((name) => ["--project", name]);
const chosen = driver();
console.log(chosen.VK_ICD_FILENAMES ? `Vulkan by ${chosen.VK_ICD_FILENAMES}` : "The system's own graphics driver");
const { status } = spawnSync(
  process.execPath,
  [join(repository, "node_modules/vitest/vitest.mjs"), "run", ...projects, "-t", "on webgpu"],
  {
    cwd: repository,
    stdio: "inherit",
    env: { ...process.env, ...chosen, RSDIX_TEST_BACKENDS: "webgpu" },
  },
);
process.exit(status ?? 1);
