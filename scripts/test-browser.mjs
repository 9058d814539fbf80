// npm run test:browser [-- test files]: the numerical tests of the losses and the models in headless Chromium, on webgpu, webgl and wasm
// (RSDIX_TEST_BACKENDS names others), and those of a device that is lost, of what is kept in a browser's storage, of image files and batches that a browser
// decodes, and of metrics. RSDIX_CHROMIUM names the browser's program where it is not found. With --gate, as a part of `npm test`: exit code 2 where it cannot
// run.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { env } from "node:process";
import { readArguments } from "./lib/arguments.mjs";
import { findAngle } from "./lib/software-gpu.mjs";
import {
  BROWSER_DATA,
  BROWSER_IMAGES,
  BROWSER_METRICS,
  BROWSER_MODELS,
  BROWSER_STORAGE,
  findChromium,
  LOSSES,
  NO_CHROMIUM,
  testNames,
} from "./lib/webgpu.mjs";
import { repository } from "./lib/workspace.mjs";

const [GUARD, DEVICE_LOSS] = ["webgl-guard", "device-loss"].map((name) => `packages/backend/src/${name}.test.ts`);

const { args: files, options } = readArguments("[TEST FILE ...] [--gate]", {
  most: Infinity,
  options: { gate: { type: "boolean", default: false } },
});
const chromium = findChromium();
if (!chromium || (options.gate && process.platform !== "linux")) {
  console.log(chromium ? "a browser without a graphics card is set up on Linux only" : NO_CHROMIUM);
  process.exit(2);
}
const backends = env.RSDIX_TEST_BACKENDS ?? "webgpu,webgl,wasm";
const isGpu = process.platform === "linux" && backends.includes("webgpu");
const angle = isGpu ? await findAngle(chromium) : undefined;
if (isGpu && !angle) console.log("In this browser no page reads what WebGPU drew by software: its tests will fail.");
console.log(`${backends} in ${chromium}${angle ? `, drawn by ${angle}` : ""}`);
const runs =
  files.length > 0
    ? [[...files, "-t", testNames(backends.split(","))]]
    : [
        [LOSSES, GUARD, "-t", testNames(backends.split(","))],
        ...backends.split(",").map((backend) => [...BROWSER_MODELS, "-t", testNames([backend])]), // a page each, for their many programs
        [DEVICE_LOSS, ...BROWSER_STORAGE, BROWSER_IMAGES, ...BROWSER_DATA, ...BROWSER_METRICS],
      ];
const environment = { ...env, RSDIX_CHROMIUM: chromium, RSDIX_TEST_BACKENDS: backends, ...(angle && { RSDIX_ANGLE: angle }) };
const failed = runs.some((run) => {
  const { status } = spawnSync(
    process.execPath,
    [join(repository, "node_modules/vitest/vitest.mjs"), "run", "--config", "vitest.browser.config.ts", ...run],
    { cwd: repository, stdio: "inherit", timeout: 1_200_000, env: environment },
  );
  return status !== 0;
});
process.exit(failed ? 1 : 0);
