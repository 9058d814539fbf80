import { createRandom } from "@rsdix/internal";
import { describe, expect, it } from "vitest";
import { drain } from "../../../test/drain";
import { clipScore } from "./clip-score";
import { type BatchOptions, distinctBatches, Tally } from "./distinct-batches";
import { fense } from "./fense";
import { sbertSim } from "./sbert-sim";

const rows = (texts: readonly unknown[]) => texts.map(() => [1]);

describe("how injected models are called", () => {
  it("every distinct caption once, in the order in which they appear, in full batches", async () => {
    const batches: string[][] = [];
    const embed = (texts: readonly string[]) => {
      batches.push([...texts]);
      return rows(texts);
    };
    await sbertSim(["a", "b", "a"], [["b", "c"], ["d", "a", "d"], ["e"]], { embed, batchSize: 2 });
    expect(batches).toEqual([["a", "b"], ["c", "d"], ["e"]]);
  });

  it.each([1, 2, 3, 50])("gives every group what was made of its items (batches of %i)", async (batchSize) => {
    const random = createRandom(batchSize);
    const groups = Array.from({ length: 60 }, () => Array.from({ length: random.int(5) }, () => random.int(40)));
    const seen: number[] = [];
    const sizes: number[] = [];
    const call = async (batch: number[]) => {
      seen.push(...batch);
      sizes.push(batch.length);
      return batch.map((item) => `made of ${item}`);
    };
    const made = await drain(distinctBatches(groups, call, batchSize, new Tally({}, "test")));
    expect(made).toEqual(groups.map((group) => group.map((item) => `made of ${item}`)));
    expect(seen).toEqual([...new Set(groups.flat())]);
    expect(sizes.slice(0, -1).every((size) => size === batchSize)).toBe(true);
  });

  it("progress counts distinct captions, of both models where there are two", async () => {
    const steps: [number, number][] = [];
    const onProgress: BatchOptions["onProgress"] = ({ done, total }) => steps.push([done, total]);
    await sbertSim(["a", "b"], [["a"], ["c", "c"]], { embed: rows, batchSize: 2, onProgress });
    expect(steps.splice(0)).toEqual([
      [2, 3],
      [3, 3],
    ]);
    await clipScore(["a", "a"], ["1.png", "2.png"], { embedImages: rows, embedTexts: rows, onProgress });
    expect(steps.splice(0)).toEqual([
      [2, 3],
      [3, 3],
    ]);
    const fluencyErrors = (texts: readonly string[]) => texts.map(() => 0);
    await fense(["a", "b"], [["c"], ["d"]], { embed: rows, fluencyErrors, onProgress });
    expect(steps).toEqual([
      [4, 6],
      [6, 6],
    ]);
  });

  it("the signal stops between batches, and is given to the model", async () => {
    const controller = new AbortController();
    const given: unknown[] = [];
    const embed = (texts: readonly string[], options: object) => {
      given.push(options);
      controller.abort("enough");
      return rows(texts);
    };
    const run = sbertSim(["a"], [["b", "c"]], { embed, batchSize: 2, signal: controller.signal });
    await expect(run).rejects.toMatchObject({ code: "ABORTED", message: "sbertSim was stopped after 2 of 3.", cause: "enough" });
    expect(given).toEqual([{ signal: controller.signal }]);
    const none = sbertSim(["a"], [["b"]], { embed, signal: AbortSignal.abort() });
    await expect(none).rejects.toMatchObject({ code: "ABORTED", message: "sbertSim was stopped after 0 of 2." });
    await sbertSim(["a"], [["b"]], { embed });
    expect(given.slice(1)).toEqual([{}]);
  });

  it("lets others run between two batches of a model that never pauses", async () => {
    const order: string[] = [];
    const embed = (texts: readonly string[]) => {
      order.push(texts[0]!);
      return rows(texts);
    };
    setImmediate(() => order.push("others"));
    await sbertSim(["a"], [["b"]], { embed, batchSize: 1 });
    expect(order[0]).toBe("others");
    expect(order.slice(1)).toEqual(["a", "b"]);
  });

  it("what a model throws comes through as it is", async () => {
    const broken = new Error("out of order");
    const embed = () => Promise.reject(broken);
    await expect(sbertSim(["a"], [["b"]], { embed })).rejects.toBe(broken);
  });
});
