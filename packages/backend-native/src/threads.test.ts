import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { nativeAvailable } from "../test/test-support";
import { builtBinary } from "./binary";
import { defaultThreads } from "./threads";

/** Runs a script with the addon as `addon`; what it prints as JSON. The number of threads is set once a process, so each has one of its own. */
function inProcess(threads: number, body: string): unknown {
  const script = `
    const addon = require(${JSON.stringify(process.env.RSDIX_NATIVE_BINARY ?? builtBinary())});
    const info = addon.configure(${threads});
    let state = 1;
    const random = () => (state = (state * 48271) % 2147483647) / 2147483647 - 0.5;
    const numbers = (n) => Float32Array.from({ length: n }, random);
    (async () => console.log(JSON.stringify(await (async () => {${body}})())))();`;
  return JSON.parse(execFileSync(process.execPath, ["--eval", script], { encoding: "utf8", maxBuffer: 2 ** 26 }));
}

describe("the number of threads", () => {
  it("comes from RSDIX_THREADS, or is a core each", () => {
    const before = process.env.RSDIX_THREADS;
    try {
      process.env.RSDIX_THREADS = "3";
      expect(defaultThreads()).toBe(3);
      for (const wrong of ["0", "-1", "2.5", "many", "65"]) {
        process.env.RSDIX_THREADS = wrong;
        expect(defaultThreads).toThrow(new RegExp(`whole number from 1 to 64, got "${wrong}"`));
      }
      delete process.env.RSDIX_THREADS;
      expect(defaultThreads()).toBeGreaterThanOrEqual(1);
    } finally {
      if (before === undefined) delete process.env.RSDIX_THREADS;
      else process.env.RSDIX_THREADS = before;
    }
  });
});

describe.runIf(nativeAvailable)("the pool", () => {
  it("gives the same results on any number of threads", () => {
    const body = `
      const [m, n, k] = [90, 200, 150];
      const [x, w, bias, y, slope] = [numbers(m * k), numbers(k * n), numbers(n), new Float32Array(m * n), new Float32Array(m * n)];
      addon.linear(x, w, y, m, n, k, bias, 2, null, slope, false);
      return [info.threads, ...y];`;
    const [one, ...expected] = inProcess(1, body) as number[];
    expect(one).toBe(1);
    for (const threads of [2, 3, 7]) {
      const [count, ...values] = inProcess(threads, body) as number[];
      expect(count).toBe(threads);
      expect(values).toBeAllclose(expected, { rtol: 1e-6, atol: 1e-6 });
    }
  });

  it("is shared by worker threads: right results, and no more threads than asked for", () => {
    const result = inProcess(
      3,
      `
      const { Worker } = require("node:worker_threads");
      const fs = require("node:fs");
      const source = \`
        const { workerData, parentPort } = require("node:worker_threads");
        const addon = require(workerData.binary);
        addon.configure(50); // too late: the first call set the number
        const size = 160;
        const a = new Float32Array(size * size).fill(workerData.value), b = new Float32Array(size * size).fill(1), c = new Float32Array(size * size);
        let wrong = 0;
        for (let i = 0; i < 300; i++) {
          c.fill(0);
          addon.product(a, b, c, false, false, size, size, size, 1, 0, 0);
          for (const x of c) if (Math.abs(x - size * workerData.value) > 1e-3 * size * workerData.value) wrong++;
        }
        parentPort.postMessage(wrong);\`;
      const tasks = () => (process.platform === "linux" ? fs.readdirSync("/proc/self/task").length : 0);
      const binary = ${JSON.stringify(process.env.RSDIX_NATIVE_BINARY ?? builtBinary())};
      const before = tasks();
      const small = new Float32Array(160 * 160);
      addon.product(small, small, new Float32Array(160 * 160), false, false, 160, 160, 160, 1, 0, 0);
      const helpers = tasks() - before;
      const workers = [1, 2, 3, 4].map((value) => new Worker(source, { eval: true, workerData: { binary, value } }));
      const wrong = await Promise.all(workers.map((worker) => new Promise((done, fail) => worker.on("message", done).on("error", fail))));
      return { wrong, helpers };`,
    );
    expect(result).toEqual({ wrong: [0, 0, 0, 0], helpers: process.platform === "linux" ? 2 : 0 });
  });

  it.runIf(process.platform === "linux")("outlives the worker thread that loaded it: its threads still run the addon's code", () => {
    const binary = JSON.stringify(process.env.RSDIX_NATIVE_BINARY ?? builtBinary());
    const script = `
      const { Worker } = require("node:worker_threads");
      const source = \`
        const addon = require(require("node:worker_threads").workerData);
        addon.configure(3);
        const a = new Float32Array(40000).fill(1), c = new Float32Array(40000);
        for (let i = 0; i < 20; i++) addon.product(a, a, c, false, false, 200, 200, 200, 1, 0, 0);\`;
      new Worker(source, { eval: true, workerData: ${binary} }).on("exit", () => {
        console.log(require("node:fs").readFileSync("/proc/self/maps", "utf8").includes("rsdix.node"));
      });`;
    expect(execFileSync(process.execPath, ["--eval", script], { encoding: "utf8" }).trim()).toBe("true");
  });
});
