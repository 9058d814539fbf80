// npm run test:sanitize [-- test files]: the tests of the native backend under AddressSanitizer. Our kernels are compiled with its checks, and Node takes its
// memory from it, so that one number read or written past an array ends the run. (OpenBLAS is as it comes, without checks.) Exit code 2: it could not run.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { HERE } from "../packages/backend-native/scripts/build.mjs";
import { findCompiler } from "../packages/backend-native/scripts/toolchain.mjs";
import { readArguments } from "./lib/arguments.mjs";
import { repository } from "./lib/workspace.mjs";

const { args: files } = readArguments("[TEST FILE ...]", { most: Infinity });

function notRun(why) {
  console.log(why.trimEnd());
  process.exit(2);
}

if (process.platform !== "linux") notRun("AddressSanitizer is set up on Linux only.");
const build = spawnSync(process.execPath, [join(repository, "packages/backend-native/scripts/build.mjs"), "--sanitize"], {
  encoding: "utf8",
});
if (build.status !== 0) {
  console.log(build.stderr.trimEnd());
  process.exit(build.status ?? 1);
}
const { program, args } = findCompiler(HERE);
const runtime = spawnSync(program, [...args, "-print-file-name=libasan.so"], { encoding: "utf8" }).stdout.trim();
if (!runtime.startsWith("/")) notRun(`${program} has no libasan.so: AddressSanitizer needs GCC here.`);

const env = {
  ...process.env,
  LD_PRELOAD: runtime,
  ASAN_OPTIONS: "detect_leaks=0", // Node frees nothing when it ends
  RSDIX_NATIVE_BINARY: build.stdout.trim(),
  RSDIX_TEST_BACKENDS: "cpu,native",
};
const vitest = join(repository, "node_modules/vitest/vitest.mjs");
const { status } = spawnSync(process.execPath, [vitest, "run", "--project", "backend-native", ...files], {
  cwd: repository,
  env,
  stdio: "inherit",
});
process.exit(status === 0 ? 0 : 1);
