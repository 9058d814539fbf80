import { describe, expect, it, vi } from "vitest";
import { exactly, refusal } from "../../../../test/refusal";
import { pictureDataset } from "../../test/picture-dataset";
import { batches } from "./batches";

// Workers make the first batch, too: it is they that are tested.
vi.mock("../workers-node", async (original) => ({ ...(await original<typeof import("../workers-node")>()), firstMaker: () => "workers" }));

const alive = vi.hoisted(() => new Set<unknown>());
vi.mock("node:worker_threads", async () => {
  const actual = await vi.importActual<typeof import("node:worker_threads")>("node:worker_threads");
  class Counted extends actual.Worker {
    constructor(...args: ConstructorParameters<typeof actual.Worker>) {
      super(...args);
      alive.add(this);
      this.on("exit", () => alive.delete(this));
    }
  }
  return { ...actual, Worker: Counted };
});

const set = await pictureDataset(12);
const OPTIONS = { batchSize: 4, seed: 3, preprocess: { size: 6 }, workers: 2 };
const stopped = refusal("ABORTED", exactly("Batches were stopped."));

describe("steps that are asked for at the same time", () => {
  it("share their workers, and close ends all of them", async () => {
    const one = batches(set, OPTIONS);
    const inTurn = [await one.batch(0), await one.batch(2), await one.batch(1)];
    await one.close();
    const source = batches(set, OPTIONS);
    const together = await Promise.all([source.batch(0), source.batch(2), source.batch(1)]);
    expect(together.map(({ pixels }) => pixels)).toEqual(inTurn.map(({ pixels }) => pixels));
    expect(alive.size).toBe(2);
    await source.close();
    expect(alive.size).toBe(0);
  });

  it("end with a close, which leaves no worker, and can be asked for again", async () => {
    const source = batches(set, OPTIONS);
    const asked = Promise.allSettled([source.batch(0), source.batch(1)]);
    await source.close();
    expect(alive.size).toBe(0);
    expect((await asked).map((result) => result.status === "rejected" && result.reason)).toEqual([stopped, stopped]);
    const again = source.batch(1);
    expect((await again).step).toBe(1);
    await source.close();
    expect(alive.size).toBe(0);
  });

  it("can be asked for again after a failure, which isn't kept", async () => {
    const files = new Map([["3.png", new Error("gone")]]);
    const read: typeof set.files.read = (name, options) =>
      files.has(name) ? Promise.reject(files.get(name)) : set.files.read(name, options);
    const source = batches({ ...set, files: { ...set.files, read } }, { batchSize: 12 });
    await expect(source.batch(0)).rejects.toThrow("gone");
    await expect(source.batch(0)).rejects.toThrow("gone");
    files.clear();
    expect((await source.batch(0)).records).toHaveLength(12);
    await source.close();
  });
});
