import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { drain } from "../../../../test/drain";
import { exactly, refusal } from "../../../../test/refusal";
import { bayesSearch } from "./bayes-search";
import { gridSearch } from "./grid-search";
import { SpaceCode } from "./space-code";
import type { BegunTrial, TrialContext, TrialRecord } from "./trials";

const SPACE = { x: { type: "continuous", min: 0, max: 1 }, y: { type: "continuous", min: 0, max: 1 } } as const;
type Point = { x: number; y: number };
const lossOf = ({ x, y }: Point) => (x - 0.3) ** 2 + (y - 0.7) ** 2;
const timeless = (records: readonly object[]) => records.map((record) => ({ ...record, seconds: 0 }));

/** An objective whose trials end in an order of the test's own: the one with the highest number of those that run, or the lowest, by turns. */
function byTurns(turn = 0) {
  const running = new Map<number, { point: Point; context: TrialContext; end: () => void }>();
  const most: number[] = [];
  const asked: BegunTrial<Point>[] = [];
  const objective = async (point: Point, context: TrialContext) => {
    asked.push({ trial: context.trial, parameters: { ...point }, origin: context.origin });
    await new Promise<void>((end) => running.set(context.trial, { point, context, end }));
    return lossOf(point);
  };
  /** Takes the trials as they end, each having been let end when all are running that may: `parallel`, or those that are left of `total`. */
  async function take(records: AsyncGenerator<TrialRecord<Point>>, parallel: number, total: number, count = Number.POSITIVE_INFINITY) {
    const list: TrialRecord<Point>[] = [];
    while (list.length < count) {
      const expected = Math.min(parallel, total - list.length);
      const next = records.next();
      let isOver = false;
      void next.then(({ done }) => {
        isOver = done === true;
      });
      for (let tick = 0; tick < 10_000 && running.size < expected && !isOver; tick++) await wait(1);
      most.push(running.size);
      const numbers = [...running.keys()].sort((a, b) => a - b);
      const number = turn++ % 2 === 0 ? numbers.at(-1) : numbers[0];
      if (number !== undefined) {
        running.get(number)!.end();
        running.delete(number);
      }
      const { done, value } = await next;
      if (done) break;
      list.push(value as TrialRecord<Point>);
    }
    return list;
  }
  return { objective, take, asked, most, running };
}

describe("bayesSearch, some trials at a time", () => {
  const options = { nInitPoints: 4, nIter: 10, parallel: 4 };
  const TOTAL = 14;

  it("runs as many as it may, in different places, and gives each a number of its own", async () => {
    const { objective, take, most, asked } = byTurns();
    const trials = await take(bayesSearch(SPACE, objective, options), 4, TOTAL);
    expect(most.slice(0, 11)).toEqual(Array(11).fill(4)); // the last three run out
    expect(Math.max(...most)).toBe(4);
    expect(trials.map(({ trial }) => trial)).not.toEqual(asked.map(({ trial }) => trial));
    expect(trials.map(({ trial }) => trial).sort((a, b) => a - b)).toEqual(Array.from({ length: 14 }, (_, i) => i + 1));
    expect(asked.map(({ origin }) => origin)).toEqual([...Array(4).fill("initial"), ...Array(10).fill("model")]);
    for (const [i, { parameters: a }] of asked.slice(0, 8).entries())
      for (const { parameters: b } of asked.slice(0, i)) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(0.02);
  });

  it("proposes the same for the same order of ends, and another point where other trials run", async () => {
    const [first, second] = [byTurns(), byTurns()];
    await first.take(bayesSearch(SPACE, first.objective, options), 4, TOTAL);
    await second.take(bayesSearch(SPACE, second.objective, options), 4, TOTAL);
    expect(first.asked).toEqual(second.asked);
    const alone = await drain(bayesSearch(SPACE, lossOf, { ...options, parallel: 1 }));
    expect(first.asked.slice(0, 4).map(({ parameters }) => parameters)).toEqual(alone.slice(0, 4).map(({ parameters }) => parameters));
    expect(first.asked[4]!.parameters).not.toEqual(alone[4]!.parameters);
  });

  it("goes on after any trial as if it had never stopped, those that had begun being run first", async () => {
    const whole = byTurns();
    const trials = await whole.take(bayesSearch(SPACE, whole.objective, options), 4, TOTAL);
    for (const done of [1, 4, 7, 12]) {
      const before = byTurns();
      const stopped = bayesSearch(SPACE, before.objective, options);
      const earlier = await before.take(stopped, 4, TOTAL, done);
      const begun = [...before.running.keys()].sort((a, b) => a - b).map((number) => before.asked.find(({ trial }) => trial === number)!);
      const after = byTurns(done);
      const rest = await after.take(bayesSearch(SPACE, after.objective, { ...options, earlier, begun }), 4, TOTAL - done);
      for (const { end } of before.running.values()) end();
      await stopped.return();
      expect(timeless([...earlier, ...rest])).toEqual(timeless(trials));
    }
  });

  it("fills numbers that were left out, and knows nothing before the first result", async () => {
    const [second] = (await drain(bayesSearch(SPACE, lossOf, { nInitPoints: 2, nIter: 0 }))).slice(1);
    const rest = await drain(bayesSearch(SPACE, lossOf, { nInitPoints: 2, nIter: 2, earlier: [second!] }));
    expect(rest.map(({ trial }) => trial)).toEqual([1, 3, 4]);
    const { objective, take, asked } = byTurns();
    await take(bayesSearch(SPACE, objective, { nInitPoints: 1, nIter: 3, parallel: 4 }), 4, 4);
    expect(asked.map(({ origin }) => origin)).toEqual(Array(4).fill("initial"));
    expect(new Set(asked.map(({ parameters }) => new SpaceCode(SPACE).key({ ...parameters }))).size).toBe(4);
  });

  it("tries each point of a finite space once, and survives failures", async () => {
    const space = { a: { type: "integer", min: 1, max: 7 } } as const;
    const objective = async ({ a }: { a: number }) => {
      await wait(1);
      if (a % 2 === 0) throw new Error("out of memory");
      return a;
    };
    const trials = await drain(bayesSearch(space, objective, { nIter: 30, parallel: 3 }));
    expect(trials.map(({ parameters }) => parameters.a).sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(trials.filter(({ state }) => state === "failed")).toHaveLength(3);
  });
});

describe("some trials at a time: the end", () => {
  const grid = { a: { type: "integer", min: 1, max: 9 } } as const;

  it("stops those that run, and keeps what was quicker than the signal", async () => {
    const controller = new AbortController();
    const stopped: number[] = [];
    const objective = async ({ a }: { a: number }, { signal }: TrialContext) => {
      if (a === 1) return 1;
      if (a === 2) controller.abort(new Error("enough"));
      else await new Promise((resolve) => signal.addEventListener("abort", resolve));
      if (a === 2) return 2;
      stopped.push(a);
      throw new Error("killed");
    };
    const seen: number[] = [];
    const run = (async () => {
      for await (const { trial } of gridSearch(grid, objective, { levels: 9, parallel: 4, signal: controller.signal })) seen.push(trial);
    })();
    await expect(run).rejects.toEqual(refusal("ABORTED", exactly("The search was stopped after 2 trials.")));
    expect(seen).toEqual([1, 2]);
    for (const number of stopped) expect(number).toBeGreaterThan(2);
  });

  it("stops those that run when no more is taken, and waits for them", async () => {
    let running = 0;
    const objective = async ({ a }: { a: number }, { signal }: TrialContext) => {
      if (a === 1) return 1;
      running++;
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      await wait(20);
      running--;
      throw new Error("killed");
    };
    for await (const { trial } of gridSearch(grid, objective, { levels: 9, parallel: 3 })) {
      expect(trial).toBe(1);
      break;
    }
    expect(running).toBe(0);
  });

  it("tries a grid's points once each, with what had begun and what was done left out", async () => {
    const done = { type: "trial", trial: 2, parameters: { a: 2 }, origin: "grid", seconds: 1, state: "done", value: 2 } as const;
    const begun = [{ trial: 1, parameters: { a: 5 }, origin: "grid" }] as const;
    const trials = await drain(gridSearch(grid, ({ a }) => a, { levels: 9, parallel: 2, earlier: [done], begun }));
    expect(trials.map(({ trial, parameters }) => [trial, parameters.a]).sort((a, b) => a[0]! - b[0]!)).toEqual([
      [1, 5],
      ...[1, 3, 4, 6, 7, 8, 9].map((a, i) => [i + 3, a]),
    ]);
    await expect(drain(gridSearch(grid, () => 1, { parallel: 1.5 }))).rejects.toEqual(
      expect.objectContaining({ message: "parallel must be a whole number at least 1 and at most 1024, got 1.5." }),
    );
    await expect(drain(gridSearch(grid, () => 1, { earlier: [done], begun: [{ ...begun[0], trial: 2 }] }))).rejects.toEqual(
      expect.objectContaining({ message: "gridSearch: begun[0] must have a number of its own, and there was a trial 2 before." }),
    );
  });
});
