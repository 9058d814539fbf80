// npm run test:webgpu [-- test files]: the numerical tests of the ops and the losses on WebGPU in Node (Dawn), on a software Vulkan driver where
// there is no graphics card. With --gate, as a part of `npm test`: the losses alone, and exit code 2 where no software driver is installed.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { env } from "node:process";
import { readArguments } from "./lib/arguments.mjs";
import { LOSSES, softwareDriver, testNames } from "./lib/webgpu.mjs";
import { repository } from "./lib/workspace.mjs";

const OPS = ["ops", "kv-cache", "batched-product", "programs", "empties"].map((name) =>
  join("packages/backend/src/ops", `${name}.test.ts`),
);

const { args: files, options } = readArguments("[TEST FILE ...] [--gate]", {
  most: Infinity,
  options: { gate: { type: "boolean", default: false } },
});
const { gate } = options;
const driver = softwareDriver();
if (gate && !driver) {
  console.log("there is no SwiftShader (on Debian: apt-get install chromium-headless-shell)");
  process.exit(2);
}
const chosen = driver?.VK_ICD_FILENAMES ?? env.VK_ICD_FILENAMES ?? env.VK_DRIVER_FILES;
console.log(chosen ? `Vulkan by ${chosen}` : "The system's own graphics driver");
const tests = files.length > 0 ? files : gate ? [LOSSES] : [...OPS, LOSSES];
// One process, and one GPU device, for all files: shaders are compiled once.
const { status } = spawnSync(
  process.execPath,
  [
    join(repository, "node_modules/vitest/vitest.mjs"),
    "run",
    "--no-isolate",
    "--no-file-parallelism",
    ...tests,
    "-t",
    testNames(["webgpu"]),
  ],
  { cwd: repository, stdio: "inherit", timeout: 1_200_000, env: { ...env, ...driver, RSDIX_TEST_BACKENDS: "webgpu" } },
);
process.exit(status === 0 ? 0 : 1);
