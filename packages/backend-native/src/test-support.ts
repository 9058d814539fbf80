import { relative } from "node:path";
import { expect } from "vitest";
import { binaries } from "./binary";

/**
 * Whether there is a native binary to test; where there is none, `describe.runIf(nativeAvailable)` leaves the native suites out, and this file
 * says so. One that is there but doesn't load is no reason to leave them out: they fail.
 */
export const nativeAvailable: boolean = binaries().length > 0;

if (!nativeAvailable) {
  const file = relative(process.cwd(), expect.getState().testPath ?? "");
  process.stdout.write(
    `       ${file}: the native suite did not run: no binary (node packages/backend-native/scripts/build.mjs makes one)\n`,
  );
}
