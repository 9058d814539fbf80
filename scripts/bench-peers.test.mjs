import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { expect, it, vi } from "vitest";
import { peersFolder } from "../bench/backend/peers.mjs";
import { needs as needsOfData } from "../bench/data/peers.mjs";
import { measureEach, possible } from "../bench/each.mjs";
import { LEFT_OUT } from "../bench/machine.mjs";
import { needs as needsOfMetrics } from "../bench/metrics/peers.mjs";
import { SUITES } from "../bench/suites.mjs";
import { scratchFolder } from "../test/scratch-folder.ts";
import { repository } from "./lib/workspace.mjs";

const built = existsSync(join(repository, "packages/train/dist/index.js"));
const isNative = built && existsSync(join(repository, `packages/backend-native/build/${process.platform}-${process.arch}/rsdix.node`));

/** What makes our own side, where that isn't there. */
const NATIVE = "packages/backend-native/scripts/build.mjs";

/** What is started of each suite that measures beside a peer, and the script that brings the peer. */
const BESIDE_PEERS = [
  ["metrics", "bench/metrics/run.mjs", ["--quick"], "bench/metrics/setup.mjs"],
  ["data", "bench/data/run.mjs", ["--quick"], "bench/data/setup.mjs"],
  ["models", "bench/models/run.mjs", ["--quick"], "bench/models/setup.mjs"],
  ["losses", "bench/losses/run.mjs", ["--quick", "--only", "pytorch"], "bench/backend/setup.mjs"],
  ["backend", "bench/backend/run.mjs", ["--quick", "--only", "sgemm"], isNative ? "bench/backend/setup.mjs" : NATIVE],
  ["gpu", "bench/gpu.mjs", ["--python", "no-python"], "bench/backend/setup.mjs"],
];
/** What has no peer, or measures something without it. */
const WITHOUT_PEERS = ["train", "scale", "service", "self-distillation"];

/** A folder of peers that has so much of what setup.mjs makes, without content. */
function peersOf(files) {
  const folder = scratchFolder();
  for (const file of files.map((path) => join(folder, relative(peersFolder, path)))) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "");
  }
  return folder;
}

function startWith(given, script, args) {
  const env = { ...process.env, RSDIX_BENCH_PEERS: scratchFolder(), ...given };
  return spawn(process.execPath, [join(repository, script), ...args], { cwd: repository, env, stdio: ["ignore", "pipe", "pipe"] });
}

async function runWith(given, script, ...args) {
  const child = startWith(given, script, args);
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code, out, err };
}
const withoutPeers = (...started) => runWith({}, ...started);

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

it.skipIf(!built)("the index is measured without LanceDB, and says what brings it", async () => {
  const { code, out, err } = await withoutPeers("bench/scale/run.mjs", "index", "200", "--quick");
  expect([code, err]).toEqual([0, ""]);
  expect(out).toContain("No LanceDB: its rows are left out (node bench/scale/setup.mjs brings it).\n");
  expect(out).toContain("index of 200 vectors of 512: recall@10");
});

it.skipIf(!isNative)(
  "of the backend's rows those are left out whose peers aren't there, and the size, which has none, is measured",
  async () => {
    const { code, out, err } = await withoutPeers("bench/backend/run.mjs", "--quick", "--only", "sgemm,size");
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^Left out: rows beside openblas \(node bench\/backend\/setup\.mjs makes what is needed\)\.\n/);
    expect(out).toMatch(/ MB against 25\.00, ratio /);
  },
);

it.skipIf(!built)("without the native backend its rows are left out, and the backend's row on wasm is measured", async () => {
  const without = { RSDIX_NATIVE_BINARY: join(repository, "gone.node") };
  const none = await runWith(without, "bench/backend/run.mjs", "--quick", "--only", "sgemm-512,size");
  expect(none).toEqual({
    code: LEFT_OUT,
    out: "",
    err: "Left out: sgemm-512, size (node packages/backend-native/scripts/build.mjs makes the native backend).\n",
  });
  const child = startWith(without, "bench/backend/run.mjs", ["--quick", "--only", "size,clip30m"]);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  expect((await lines.next()).value).toMatch(/^Left out: size \(/);
  expect((await lines.next()).value).toContain("on wasm, batch 8 (clip30m-b8)");
  child.kill();
  await once(child, "close");
});

it.skipIf(!built)("the size of the metrics is measured without Python, and memory of reading images, too", async () => {
  const metrics = { RSDIX_BENCH_PEERS: peersOf(needsOfMetrics.size) };
  const sizes = await runWith(metrics, "bench/metrics/run.mjs", "--quick", "--only", "ngram,all,size");
  expect([sizes.code, sizes.err]).toEqual([0, ""]);
  expect(sizes.out).toMatch(/^Left out: ngram, all \(node bench\/metrics\/setup\.mjs makes what is needed\)\.\n/);
  expect(sizes.out).toContain("all that @rsdix/metrics exports");
  const images = { RSDIX_BENCH_PEERS: peersOf(needsOfData.memory) };
  const { out, err } = await runWith(images, "bench/data/run.mjs", "--quick", "--only", "first,memory");
  expect(out).toBe("Left out: first (node bench/data/setup.mjs makes what is needed).\n");
  expect(err).toContain("must have 1000 images, got 0"); // it was tried
});

it("what can't be measured is said once for each reason, by name, and the rest goes on", () => {
  const said = vi.spyOn(console, "log").mockReturnValue();
  const why = (name) => ({ a: "no peer", b: "no card", c: "no peer" })[name];
  expect(possible(["a", "b", "c", "d", "a"], why)).toEqual(["d"]);
  expect(said.mock.calls).toEqual([["Left out: a, c (no peer); b (no card)."]]);
  expect(possible(["d"], why)).toEqual(["d"]);
  expect(said).toHaveBeenCalledTimes(1);
  said.mockRestore();
});

it("every suite is tried without its peers", () => {
  expect([...BESIDE_PEERS.map(([name]) => name), ...WITHOUT_PEERS].sort()).toEqual(SUITES.map(({ name }) => name).sort());
});

it("a suite that is quick on wasm is measured in full on it, too, where there is no native backend", () => {
  const onWasm = SUITES.filter(({ needsCard, quick }) => !needsCard && quick?.("wasm").includes("wasm"));
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
