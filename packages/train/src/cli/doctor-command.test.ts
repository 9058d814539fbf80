import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { cli } from "../../test/run-cli";

// Processes import what was built: here of the sources, where its own imports are found.
const { root, bundle, places } = vi.hoisted(() => {
  const root = new URL("../../../../", import.meta.url);
  const bundle = new URL(`node_modules/.cache/rsdix/backend-${process.pid}.mjs`, root);
  return { root, bundle, places: new Map<string, string>() };
});
vi.mock("../doctor/module-url", () => ({ moduleUrl: (name: string) => places.get(name) ?? bundle.href }));

beforeAll(async () => {
  await mkdir(new URL(".", bundle), { recursive: true });
  await build({
    entryPoints: [fileURLToPath(new URL("packages/backend/src/index.ts", root))],
    ...{ bundle: true, outfile: fileURLToPath(bundle), format: "esm", platform: "node", target: "node20", packages: "external" },
    ...{ tsconfig: fileURLToPath(new URL("tsconfig.json", root)), logLevel: "error" },
  });
});
afterAll(() => rm(bundle, { force: true }));

/** A module in the place of @rsdix/backend. */
async function instead(code: string): Promise<void> {
  const file = join(scratchFolder(), "backend.mjs");
  await writeFile(file, code);
  places.set("@rsdix/backend", pathToFileURL(file).href);
}

describe("rsdix doctor", () => {
  it("starts each backend, and says what works and what is missing", async () => {
    const { code, out, err } = await cli(["doctor", "--json"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const said = JSON.parse(out);
    expect(said.node).toEqual({ version: process.versions.node, supported: true });
    const names = said.backends.map(({ name }: { name: string }) => name);
    expect(names).toEqual(["tfjs-node-gpu", "native", "tfjs-node", "webgpu", "wasm", "cpu"]);
    expect(said.backends.slice(-2)).toEqual([
      { name: "wasm", state: "works", backend: "wasm", device: "cpu", threads: 1 },
      { name: "cpu", state: "works", backend: "cpu", device: "cpu", threads: 1 },
    ]);
    for (const { state, reason } of said.backends) expect(reason === undefined).toBe(state === "works");
    expect(said.auto).toEqual(expect.any(String));
    expect(said.packages).toContainEqual({ name: "sharp", use: "decoding images", version: expect.stringMatching(/^\d+\.\d+/) });
  });

  it("says it in lines, too", async () => {
    const { code, out } = await cli(["doctor", "--backends", "wasm,cpu"]);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^Node \d+\.\d+\.\d+; \w+ \w+, \d+ processors, \d+ GiB\n\nBackends:\n {2}wasm {2}works {2}cpu, 1 thread, loss and gradient are right\n/,
    );
    expect(out).toMatch(/\n\nOptional packages:\n {2}@tensorflow\/tfjs +\d/);
  });

  it("ends with 1 when none works, and says of each what to do", async () => {
    await instead(`export const selfCheck = async () => {};
export const startBackend = async (name) => {
  const missing = { code: "MISSING_DEPENDENCY" };
  if (name === "native") throw Object.assign(new Error("@rsdix/backend-native is not installed. Run: npm install @rsdix/backend-native"), missing);
  if (name === "wasm") throw Object.assign(new Error("The backend computes wrongly:\\n  1"), { code: "BACKEND_WRONG_RESULT" });
  if (name === "tfjs-node") process.kill(process.pid, "SIGILL");
  console.error("Cannot go on");
  process.exit(3);
};`);
    const { code, out, err } = await cli(["doctor", "--backends", "native,wasm,tfjs-node,webgpu"]);
    places.clear();
    expect(code).toBe(1);
    expect(err).toMatch(/^error: BACKEND_UNAVAILABLE: None of native, wasm, tfjs-node, webgpu works here; above is why\./);
    expect(out).toMatch(/ native +missing +@rsdix\/backend-native is not installed\. Run: npm install @rsdix\/backend-native\n/);
    expect(out).toMatch(/ wasm +fails +The backend computes wrongly: 1\n/);
    expect(out).toMatch(/ webgpu +fails +It ended its process with 3: Cannot go on\n/);
    if (process.platform !== "win32")
      expect(out).toMatch(/ tfjs-node +fails +It ended its process with SIGILL, as code for another processor does/);
  });

  it("takes a check of values that fails for a backend that fails", async () => {
    await instead(`export const startBackend = async (name) => ({ name, device: "cpu" });
export const selfCheck = async () => { throw Object.assign(new Error("loss should be 1"), { code: "BACKEND_WRONG_RESULT" }); };`);
    const { code, out } = await cli(["doctor", "--backends", "cpu"]);
    places.clear();
    expect(code).toBe(1);
    expect(out).toMatch(/ cpu +fails +loss should be 1\n/);
  });

  it("tells which packages are missing where ours look for them", async () => {
    const folder = scratchFolder();
    await mkdir(join(folder, "node_modules/geotiff"), { recursive: true });
    await writeFile(join(folder, "node_modules/geotiff/package.json"), '{"version":"9.8.7"}');
    for (const name of ["data", "scale"]) places.set(`@rsdix/${name}`, pathToFileURL(join(folder, name, "dist/index.js")).href);
    const { out } = await cli(["doctor", "--backends", "cpu"]);
    places.clear();
    expect(out).toMatch(/ geotiff +9\.8\.7 +scenes of Sentinel-2/);
    expect(out).toMatch(/ proj4 +missing +scenes of Sentinel-2: rsdix data patches: npm install proj4(\n|$)/);
    expect(out).toMatch(/ usearch +missing +vector indexes: rsdix index: npm install usearch\n/);
    for (const name of ["bullmq", "ioredis"])
      expect(out).toMatch(new RegExp(` ${name} +missing +work of many machines: --on redis: npm install ${name}(\n|$)`));
  });

  it("stops when told to", async () => {
    const controller = new AbortController();
    const run = cli(["doctor", "--backends", "cpu"], {
      signal: controller.signal,
      isTTY: true,
      onErr: () => controller.abort(new Error("interrupted")),
    });
    expect(await run).toMatchObject({ code: 130, err: expect.stringContaining('Stopped: Looking at the backend "cpu" was stopped.') });
  });

  it.each([
    [["--backends", "abacus"], 'error: INVALID_ARGUMENT: There is no backend "abacus" in Node. Known are tfjs-node-gpu, native,'],
    [["--backends", "webgl"], 'error: INVALID_ARGUMENT: There is no backend "webgl" in Node.'],
    [["--backends", "wasm,,cpu"], "It must be names with commas between them, none of them empty."],
    [["--backends"], "error: option '--backends <names>' argument missing"],
    [["cpu"], "error: too many arguments for 'doctor'"],
    [["--jsn"], "error: unknown option '--jsn'"],
  ])("refuses %j", async (args, message) => {
    const { code, out, err } = await cli(["doctor", ...args]);
    expect({ code, out, err }).toEqual({ code: 2, out: "", err: expect.stringContaining(message) });
  });
});
