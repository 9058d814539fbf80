import { describe, expect, it } from "vitest";
import { drain } from "../../../../test/drain";
import { bayesSearch } from "./bayes-search";
import { gridSearch } from "./grid-search";
import type { SearchSpace } from "./space";
import { SpaceCode } from "./space-code";
import { parseTrials, type TrialRecord } from "./trials";

const MIXED = {
  lr: { type: "continuous", min: 1e-6, max: 1e-2, scale: "log" },
  layers: { type: "integer", min: 1, max: 8 },
  schedule: { type: "categorical", choices: ["cosine", "linear", null] },
} as const;
type MixedPoint = { lr: number; layers: number; schedule: "cosine" | "linear" | null };
/** 0 at lr 1e-4, 6 layers, "linear". */
const mixed = ({ lr, layers, schedule }: MixedPoint) =>
  (Math.log10(lr) + 4) ** 2 + 0.2 * Math.abs(layers - 6) + (schedule === "linear" ? 0 : 1);

/** What does not differ from run to run. */
const timeless = (records: readonly TrialRecord<object>[]) => records.map((record) => ({ ...record, seconds: 0 }));
const lines = (records: readonly object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join("");
const values = (records: readonly TrialRecord<object>[]) => records.flatMap((record) => (record.state === "done" ? record.value : []));

describe("bayesSearch", () => {
  it("finds the best of continuous, whole and chosen parameters", async () => {
    for (const randomState of [0, 1, 2]) {
      const trials = await drain(bayesSearch(MIXED, mixed, { nIter: 25, randomState }));
      const best = trials.reduce((a, b) => (a.state === "done" && b.state === "done" && b.value < a.value ? b : a));
      expect(best.parameters).toMatchObject({ layers: 6, schedule: "linear" });
      expect(Math.abs(Math.log10(best.parameters.lr) + 4)).toBeLessThan(0.2);
    }
  });

  it("tries 5 points that are spread and 10 of the model, all valid, none twice", async () => {
    const trials = await drain(bayesSearch(MIXED, mixed));
    expect(trials.map(({ trial }) => trial)).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
    expect(trials.map(({ origin }) => origin)).toEqual([...Array(5).fill("initial"), ...Array(10).fill("model")]);
    const code = new SpaceCode(MIXED);
    for (const { parameters } of trials) expect(code.encode(parameters)).not.toHaveProperty("wrong");
    expect(new Set(trials.map(({ parameters }) => code.key(parameters))).size).toBe(15);
    const parts = trials.slice(0, 5).map(({ parameters }) => Math.floor(((Math.log10(parameters.lr) + 6) / 4) * 5));
    expect(parts.sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it("looks for the highest as it does for the lowest of the negative, failed trials the worst", async () => {
    const failing = (sign: number) => (point: MixedPoint) => (point.layers === 1 ? Number.NaN : sign * mixed(point));
    const lowest = await drain(bayesSearch(MIXED, failing(1), { nIter: 7 }));
    const highest = await drain(bayesSearch(MIXED, failing(-1), { nIter: 7, mode: "max" }));
    expect(lowest.some(({ state }) => state === "failed")).toBe(true);
    expect(highest.map(({ parameters }) => parameters)).toEqual(lowest.map(({ parameters }) => parameters));
    expect(values(highest)).toEqual(values(lowest).map((value) => -value));
    const rest = await drain(bayesSearch(MIXED, failing(-1), { nIter: 7, mode: "max", earlier: highest.slice(0, 6) }));
    expect(timeless(rest)).toEqual(timeless(highest.slice(6)));
  });

  it("goes on after any trial as if it had never stopped", async () => {
    const whole = await drain(bayesSearch(MIXED, mixed, { nIter: 7 }));
    for (const done of [1, 4, 5, 6, 11]) {
      const earlier = parseTrials(lines(whole.slice(0, done)), MIXED);
      const rest = await drain(bayesSearch(MIXED, mixed, { nIter: 7, earlier }));
      expect(timeless(rest)).toEqual(timeless(whole.slice(done)));
    }
    expect(await drain(bayesSearch(MIXED, mixed, { nIter: 7, earlier: whole }))).toEqual([]);
    expect(timeless(await drain(bayesSearch(MIXED, mixed, { nIter: 7, randomState: 43 })))).not.toEqual(timeless(whole));
  });

  it("records what fails, and keeps away from it", async () => {
    const space = { x: { type: "continuous", min: 0, max: 1 } } as const;
    const broken = ({ x }: { x: number }) => {
      if (x > 0.6) throw new Error("out of memory");
      return x > 0.5 ? Number.NaN : (x - 0.4) ** 2;
    };
    const trials = await drain(bayesSearch(space, broken, { nIter: 15 }));
    expect(trials).toHaveLength(20);
    const failed = trials.filter(({ state }) => state === "failed");
    expect(new Set(failed.map((trial) => trial.state === "failed" && trial.error))).toEqual(
      new Set(["out of memory", "The objective must give a finite number, got NaN."]),
    );
    expect(failed.filter(({ origin }) => origin === "model").length).toBeLessThan(6);
    expect(Math.min(...values(trials))).toBeLessThan(1e-3);
    const none = await drain(
      bayesSearch(space, () => {
        throw "text";
      }),
    );
    expect(none.map((trial) => trial.state === "failed" && trial.error)).toEqual(Array(15).fill("text"));
    expect(new Set(none.map(({ parameters }) => parameters.x)).size).toBe(15);
  });

  it("is not blinded by a loss that exploded", async () => {
    const space = { x: { type: "continuous", min: 0, max: 1 } } as const;
    const exploding = ({ x }: { x: number }) => (x > 0.8 ? 1e12 : (x - 0.3) ** 2);
    expect(Math.min(...values(await drain(bayesSearch(space, exploding))))).toBeLessThan(1e-3);
  });

  it("takes numbers of any size", async () => {
    const space = { x: { type: "continuous", min: 0, max: 1 } } as const;
    for (const size of [1e308, 1e-308, 0]) {
      const trials = await drain(bayesSearch(space, ({ x }) => (x > 0.5 ? size : -size)));
      expect(trials.map(({ state }) => state)).toEqual(Array(15).fill("done"));
      expect(new Set(trials.map(({ parameters }) => parameters.x)).size).toBe(15);
    }
  });

  it("ends where a finite space is tried whole", async () => {
    const space = { a: { type: "integer", min: -1, max: 1 }, b: { type: "categorical", choices: [true, false] } } as const;
    const trials = await drain(bayesSearch(space, ({ a, b }) => a * (b ? 1 : -1), { nIter: 100 }));
    expect(trials).toHaveLength(6);
    expect(new Set(lines(trials.map(({ parameters }) => parameters)).split("\n")).size).toBe(7);
    const close = { a: { type: "continuous", min: 1, max: 1 + Number.EPSILON } } as const;
    expect((await drain(bayesSearch(close, () => 1))).length).toBeLessThan(4);
    const one = { a: { type: "categorical", choices: ["only"] } } as const;
    expect(await drain(bayesSearch(one, () => 1))).toHaveLength(1);
  });

  it("stops when it is told to, and what was broken by that is no failure", async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const run = drain(
      bayesSearch(
        MIXED,
        async (_, { trial, signal }) => {
          seen.push(trial);
          expect(signal.aborted).toBe(false);
          if (trial === 3) {
            controller.abort(new Error("enough"));
            expect(signal.reason).toBe(controller.signal.reason);
            throw new Error("killed");
          }
          return trial;
        },
        { signal: controller.signal },
      ),
    );
    await expect(run).rejects.toMatchObject({ code: "ABORTED", message: "The search was stopped after 2 trials." });
    expect(seen).toEqual([1, 2, 3]);
  });

  it("does not let an objective change its point's record", async () => {
    const [first] = await drain(
      bayesSearch(
        { x: { type: "continuous", min: 1, max: 2 } },
        (point) => {
          point.x = 99;
          return 1;
        },
        { nInitPoints: 1, nIter: 0 },
      ),
    );
    expect(first!.parameters.x).toBeLessThanOrEqual(2);
  });

  it.each<[unknown, string]>([
    [null, "bayesSearch: the space must be an object of at least one parameter, got null."],
    [{}, "bayesSearch: the space must be an object of at least one parameter, got [object Object]."],
    [{ x: 1 }, 'bayesSearch: the parameter "x" must be described by an object, got 1.'],
    [{ x: { type: "real" } }, 'bayesSearch: the parameter "x" must have a type, "continuous", "integer" or "categorical", got real.'],
    [
      { x: { type: "integer", min: 1, max: 1 } },
      'bayesSearch: the parameter "x" must have a min (1) below its max (1), or be categorical with one choice.',
    ],
    [{ x: { type: "integer", min: 1.5, max: 3 } }, 'bayesSearch: the parameter "x": min must be a whole number, got 1.5.'],
    [{ x: { type: "continuous", min: 2, max: 1 } }, 'bayesSearch: the parameter "x": max must be a finite number at least 2, got 1.'],
    [
      { x: { type: "integer", min: 0, max: 1, scale: "log" } },
      'bayesSearch: the parameter "x": min must be a whole number at least 1, got 0.',
    ],
    [
      { x: { type: "continuous", min: 1, max: 2, scale: "ln" } },
      'bayesSearch: the parameter "x" must have the scale "linear" or "log", got ln.',
    ],
    [{ x: { type: "categorical", choices: [] } }, 'bayesSearch: the parameter "x" must have a list of choices, got [object Array].'],
    [{ x: { type: "categorical", choices: ["a", "a"] } }, 'bayesSearch: the parameter "x" has the choice a twice.'],
    [
      { x: { type: "categorical", choices: [Number.NaN] } },
      'bayesSearch: the parameter "x": a choice must be a text, a finite number, a boolean or null, got NaN.',
    ],
  ])("refuses the space %j", async (space, message) => {
    await expect(drain(bayesSearch(space as SearchSpace, () => 1))).rejects.toMatchObject({ code: "INVALID_ARGUMENT", message });
  });

  it.each([
    [
      null,
      "INVALID_ARGUMENT",
      "bayesSearch's options must be an object of nInitPoints, nIter, randomState, mode, parallel, earlier, begun, signal, got null.",
    ],
    [
      5,
      "INVALID_ARGUMENT",
      "bayesSearch's options must be an object of nInitPoints, nIter, randomState, mode, parallel, earlier, begun, signal, got 5.",
    ],
    [{ nIter: -1 }, "INVALID_ARGUMENT", "nIter must be a whole number at least 0 and at most 10000, got -1."],
    [{ nInitPoints: 0 }, "INVALID_ARGUMENT", "nInitPoints must be a whole number at least 1 and at most 10000, got 0."],
    [
      { randomState: 0.5 },
      "INVALID_ARGUMENT",
      `randomState must be a whole number at least 0 and at most ${Number.MAX_SAFE_INTEGER}, got 0.5.`,
    ],
    [{ mode: "most" }, "INVALID_ARGUMENT", 'mode must be "min" or "max", got most.'],
    [{ parallel: 0 }, "INVALID_ARGUMENT", "parallel must be a whole number at least 1 and at most 1024, got 0."],
    [{ begun: 5 }, "INVALID_ARGUMENT", "bayesSearch: begun must be a list of trials, got 5."],
    [{ begun: [{ trial: 1 }] }, "INVALID_ARGUMENT", "bayesSearch: begun[0] must have an origin of initial, model, grid, got undefined."],
    [{ earlier: 5 }, "INVALID_ARGUMENT", "bayesSearch: earlier must be a list of trials, got 5."],
    [{ earlier: [5] }, "INVALID_ARGUMENT", "bayesSearch: earlier[0] must be a trial, got 5."],
    [
      { iterations: 5 },
      "UNKNOWN_OPTION",
      'bayesSearch has no option "iterations". It takes: nInitPoints, nIter, randomState, mode, parallel, earlier, begun, signal.',
    ],
  ])("refuses the options %j", async (options, code, message) => {
    await expect(drain(bayesSearch(MIXED, mixed, options as object))).rejects.toMatchObject({ code, message });
  });

  it("refuses an objective that is no function", async () => {
    const message = (where: string) => ({
      code: "INVALID_ARGUMENT",
      message: `${where}: the objective must be a function of a point, got 5.`,
    });
    await expect(drain(bayesSearch(MIXED, 5 as never))).rejects.toMatchObject(message("bayesSearch"));
    await expect(drain(gridSearch(MIXED, 5 as never))).rejects.toMatchObject(message("gridSearch"));
  });
});

describe("gridSearch", () => {
  const space = { lr: { type: "continuous", min: 1e-5, max: 1e-3, scale: "log" }, n: { type: "integer", min: 1, max: 4 } } as const;

  it("tries every combination once, ends included", async () => {
    const trials = await drain(gridSearch(space, ({ lr, n }) => lr * n, { levels: 3 }));
    expect(trials.map(({ parameters }) => parameters.n)).toEqual([1, 3, 4, 1, 3, 4, 1, 3, 4]);
    expect(trials.map(({ parameters }) => parameters.lr)).toBeAllclose([1e-5, 1e-5, 1e-5, 1e-4, 1e-4, 1e-4, 1e-3, 1e-3, 1e-3]);
    expect([trials[0]!.parameters.lr, trials[8]!.parameters.lr]).toEqual([1e-5, 1e-3]);
    expect(trials.map(({ trial, origin }) => [trial, origin])).toEqual(trials.map((_, i) => [i + 1, "grid"]));
    expect(await drain(gridSearch(MIXED, mixed))).toHaveLength(5 * 5 * 3);
  });

  it("goes on where it was, and survives what fails", async () => {
    const failing = ({ lr, n }: { lr: number; n: number }) => (n === 1 ? Number.NaN : lr * n);
    const whole = await drain(gridSearch(space, failing, { levels: 3 }));
    expect(whole.filter(({ state }) => state === "failed")).toHaveLength(3);
    const earlier = parseTrials(lines(whole.slice(0, 4)), space);
    expect(timeless(await drain(gridSearch(space, failing, { levels: 3, earlier })))).toEqual(timeless(whole.slice(4)));
  });

  it("refuses wrong input", async () => {
    await expect(drain(gridSearch(space, () => 1, { levels: 1 }))).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: "levels must be a whole number at least 2 and at most 1000, got 1.",
    });
    await expect(drain(gridSearch(space, () => 1, { nIter: 1 } as object))).rejects.toMatchObject({ code: "UNKNOWN_OPTION" });
    const signal = AbortSignal.abort();
    await expect(drain(gridSearch(space, () => 1, { signal }))).rejects.toMatchObject({
      code: "ABORTED",
      message: "The search was stopped after 0 trials.",
    });
  });
});
