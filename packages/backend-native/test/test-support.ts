import { binaries } from "../src/binary";

/**
 * Whether there is a native binary to test; where there is none, `describe.runIf(nativeAvailable)` leaves the native suites out, as every test run
 * says once at its start. One that is there but doesn't load is no reason to leave them out: they fail.
 */
export const nativeAvailable: boolean = binaries().length > 0;
