import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it, vi } from "vitest";
import { measureEach } from "../bench/each.mjs";
import { LEFT_OUT } from "../bench/machine.mjs";
import { obstacle, SUITES } from "../bench/suites.mjs";
import { temporaryFolder } from "./lib/temporary-folder.mjs";
import { repository } from "./lib/workspace.mjs";

const built = existsSync(join(repository, "packages/train/dist/index.js"));
const hasNative = existsSync(join(repository, `packages/backend-native/build/${process.platform}-${process.arch}/rsdix.node`));

/** What is started of each suite that measures beside a peer, and the script that brings the peer. */
const BESIDE_PEERS = [
  ["metrics", "bench/metrics/run.mjs", ["--quick"], "bench/metrics/setup.mjs"],
  ["data", "bench/data/run.mjs", ["--quick"], "bench/data/setup.mjs"],
  ["models", "bench/models/run.mjs", ["--quick"], "bench/models/setup.mjs"],
  ["losses", "bench/losses/run.mjs", ["--quick", "--only", "pytorch"], "bench/backend/setup.mjs"],
  ["backend", "bench/backend/run.mjs", ["--quick", "--only", "sgemm"], "bench/backend/setup.mjs"],
  ["gpu", "bench/gpu.mjs", ["--python", "no-python"], "bench/backend/setup.mjs"],
];
/** What has no peer, or measures something without it. */
const WITHOUT_PEERS = ["train", "scale", "service", "self-distillation"];

async function withoutPeers(script, ...args) {
  const env = { ...process.env, RSDIX_BENCH_PEERS: temporaryFolder() };
  const child = spawn(process.execPath, [join(repository, script), ...args], { cwd: repository, env, stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code, out, err };
}

it.skipIf(!built).each(BESIDE_PEERS)(
  "%s is left out where its peers aren't there, and says in a line what makes them",
  async (...suite) => {
    const [, script, args, setup] = suite;
    const { code, err } = await withoutPeers(script, ...args);
    expect(err).toMatch(/^.+\n$/);
    expect(err).toContain(`node ${setup}`);
    expect(code).toBe(LEFT_OUT);
  },
);

it.skipIf(!hasNative)("what a suite can measure without its peers it measures, and says what it leaves out", async () => {
  const { code, out, err } = await withoutPeers("bench/backend/run.mjs", "--quick", "--only", "sgemm-512,size");
  expect([code, err]).toEqual([0, ""]);
  expect(out).toContain("Left out: sgemm-512. Not all peers are there: node bench/backend/setup.mjs makes them.\n");
  expect(out).toMatch(/^ {2}[\d.]+ MB against 25\.00, ratio [\d.]+: limit$/m);
});

it("without the native backend its suite measures what it has for wasm, which takes minutes", () => {
  const suite = SUITES.find(({ name }) => name === "backend");
  expect([suite.all("native"), suite.all("wasm")]).toEqual([[], ["--only", "clip30m-b8"]]);
  expect(obstacle(suite, { backend: "wasm", hasCard: false, isQuick: true })).toBe("it has no quick form on wasm");
  expect(obstacle(suite, { backend: "wasm", hasCard: false, isQuick: false })).toBeUndefined();
  expect(obstacle(suite, { backend: "native", hasCard: false, isQuick: true })).toBeUndefined();
});

it.skipIf(!built)("the index is measured without LanceDB, and says what brings it", async () => {
  const { code, out, err } = await withoutPeers("bench/scale/run.mjs", "index", "200", "--quick");
  expect([code, err]).toEqual([0, ""]);
  expect(out).toContain("No LanceDB: its rows are left out (node bench/scale/setup.mjs brings it).\n");
  expect(out).toContain("index of 200 vectors of 512: recall@10");
});

it("every suite is tried without its peers", () => {
  expect([...BESIDE_PEERS.map(([name]) => name), ...WITHOUT_PEERS].sort()).toEqual(SUITES.map(({ name }) => name).sort());
});

it("a suite that is quick on wasm is measured in full on it, too, where there is no native backend", () => {
  const onWasm = SUITES.filter(({ needsCard, quick }) => !needsCard && quick?.("wasm")?.includes("wasm"));
  expect(onWasm.map(({ name }) => name)).toEqual(["models", "losses", "train", "scale"]);
  for (const { name, all } of onWasm) expect(all("wasm"), name).toContain("wasm");
});

it("what fails in a suite is said in a line, and costs the rest nothing", async () => {
  const said = vi.spyOn(console, "error").mockReturnValue();
  const measured = [];
  const measure = async (name) => {
    if (name === "broken") throw new Error("python peer.py ended with code 1: Traceback\n  File\nValueError: no images\n");
    measured.push(name);
  };
  expect(await measureEach(["first", "broken", "last"], (name) => `section ${name}`, measure)).toBe(1);
  expect(measured).toEqual(["first", "last"]);
  expect(said.mock.calls).toEqual([["section broken FAILED: ValueError: no images"]]);
  expect(await measureEach(["first"], String, measure)).toBe(0);
  said.mockRestore();
});
