// Runs this package's tests under AddressSanitizer, in a clone of the repository: `node packages/backend-native/scripts/sanitize.mjs [test files]`.
// V8's arrays come from malloc, so a kernel that reads or writes one number past an array ends the run. RSDIX_ISA chooses the instruction set.
import { execFileSync, spawnSync } from "node:child_process";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "./build.mjs";

if (process.platform !== "linux") throw new Error("AddressSanitizer is loaded before Node here by LD_PRELOAD: Linux only.");
const root = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const { addon } = await build({ sanitize: true });
const runtime = execFileSync(process.env.CXX ?? "c++", ["-print-file-name=libasan.so"], { encoding: "utf8" }).trim();
const { status } = spawnSync(
  process.execPath,
  // addon.test.ts starts programs on binaries of its own choice.
  ["node_modules/vitest/vitest.mjs", "run", "--project", "backend-native", "--exclude", "src/addon.test.ts", ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: "inherit",
    env: {
      ...process.env,
      LD_PRELOAD: runtime,
      ASAN_OPTIONS: "detect_leaks=0", // Node itself leaves memory behind when it ends
      RSDIX_NATIVE_BINARY: addon,
    },
  },
);
process.exitCode = status ?? 1;
