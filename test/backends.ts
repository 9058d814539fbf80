/** The backends that numerical tests can run on. */
export type TestBackend = "cpu" | "wasm" | "native" | "webgpu" | "webgl" | "tensorflow";

const KNOWN: readonly TestBackend[] = ["cpu", "wasm", "native", "webgpu", "webgl", "tensorflow"];

/** Set by `test/global.ts` for every process of a test run; set by hand it forces a list, for example `RSDIX_TEST_BACKENDS=cpu,native`. */
export const VARIABLE = "RSDIX_TEST_BACKENDS";

/** The backends of this test run. */
export function testBackends(list = process.env[VARIABLE]): TestBackend[] {
  const names = (list ?? "cpu,wasm").split(",").map((name) => name.trim());
  const unknown = names.find((name) => !KNOWN.includes(name as TestBackend));
  if (unknown !== undefined) throw new Error(`${VARIABLE} names "${unknown}"; it takes a list of: ${KNOWN.join(", ")}.`);
  return names as TestBackend[];
}
