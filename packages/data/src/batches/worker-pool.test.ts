import { describe, expect, it, vi } from "vitest";
import { pictureDataset } from "../../test/picture-dataset";
import { batches } from "./batches";

// Workers make the first batch, too: it is they that are tested.
vi.mock("../workers-node", async (original) => ({ ...(await original<typeof import("../workers-node")>()), firstMaker: () => "workers" }));

// A worker that breaks down at the third image, in the way that the test says.
const script = vi.hoisted(() => ({ onThird: "" }));
vi.mock("node:worker_threads", async () => {
  const actual = await vi.importActual<typeof import("node:worker_threads")>("node:worker_threads");
  class Breaking extends actual.Worker {
    constructor(url: URL) {
      if (script.onThird === "missing") super(new URL("./no-such-worker.js", url));
      else
        super(
          `let n = 0; require("node:worker_threads").parentPort.on("message", ({ id }) => { if (id !== undefined && ++n === 3) { ${script.onThird} } })`,
          { eval: true, ...(script.onThird.includes("fill") && { resourceLimits: { maxOldGenerationSizeMb: 8 } }) },
        );
    }
  }
  return { ...actual, Worker: Breaking };
});

describe("a worker that breaks down", () => {
  it.each([
    ["process.exit(3)", "FILE_CORRUPT", 'ended while it had "0.png", "1.png", "2.png"(, "\\d.png")* of memory: it exited with code 3'],
    ['throw new Error("segment")', "FILE_CORRUPT", 'ended while it had "0.png", .*: segment'],
    ["const all = []; for (;;) all.push(new Array(1e5).fill(1.5));", "OUT_OF_MEMORY", 'out of memory while it had "0.png"'],
    ["missing", "MISSING_DEPENDENCY", "cannot be started .*copy decode-worker.js"],
  ])("by %s ends the run with the files that it had", async (onThird, code, message) => {
    script.onThird = onThird;
    const run = async () => {
      for await (const _ of batches(await pictureDataset(6), {
        batchSize: 6,
        shuffle: false,
        workers: 1,
        concurrency: 4,
        onError: "skip",
      }));
    };
    await expect(run()).rejects.toMatchObject({ name: "RsdixError", code, message: expect.stringMatching(new RegExp(message)) });
  });
});
