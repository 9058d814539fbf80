import { linear } from "@rsdix/backend";
import { Parameters } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { expectNoLeak, onEachBackend } from "../../../../test/tensors";
import golden from "../fixtures/train.json";
import {
  AdamW,
  type BatchSource,
  clipByGlobalNorm,
  constantSchedule,
  cosineSchedule,
  emaDecay,
  type FitOptions,
  fit,
  linearSchedule,
  rampSchedule,
  type Schedule,
  type StepRecord,
  type Task,
  updateEma,
} from "../index";

const { x, y, start, runs } = golden.regression;

/** A batch is the rows that it has, of 8. */
type RowRange = [from: number, to: number];

function regression(): { task: Task<RowRange>; parameters: Parameters } {
  const array = (values: number[], ...shape: number[]) => ({ dtype: "float32" as const, shape, data: Float32Array.from(values) });
  const parameters = Parameters.fromCheckpoint(
    [
      { name: "w1", shape: [4, 3], init: "zeros", decay: true },
      { name: "b1", shape: [3], init: "zeros" },
      { name: "w2", shape: [3, 2], init: "zeros", decay: true },
    ],
    new Map([
      ["w1", array(start.w1, 4, 3)],
      ["b1", array(start.b1, 3)],
      ["w2", array(start.w2, 3, 2)],
    ]),
  );
  const get = (name: string) => parameters.get(name) as unknown as tf.Tensor2D;
  const task: Task<RowRange> = {
    name: "regression",
    trainable: () => parameters.trainable(),
    prepare:
      ([from, to]) =>
      () => {
        const input = tf.tensor2d(x.slice(from * 4, to * 4), [to - from, 4]);
        const wanted = tf.tensor2d(y.slice(from * 2, to * 2), [to - from, 2]);
        const hidden = linear(input, get("w1"), get("b1") as unknown as tf.Tensor1D, "tanh");
        return { loss: tf.mean(tf.square(tf.sub(linear(hidden, get("w2")), wanted))) as tf.Scalar };
      },
    state: () => parameters.toCheckpoint(),
    restore: (checkpoint) => parameters.assign(checkpoint),
  };
  return { task, parameters };
}

const rows = (parts: number): BatchSource<RowRange> => ({
  stepsPerEpoch: parts,
  batchSize: 8 / parts,
  batch: (step) => [((step % parts) * 8) / parts, (((step % parts) + 1) * 8) / parts],
});

onEachBackend("training equals PyTorch", () => {
  type Name = keyof typeof golden.fits;
  const learningRate = 0.05;
  it.each<[Name, FitOptions]>([
    ["clipped", { schedule: constantSchedule({ learningRate, warmupSteps: 5 }), clipNorm: 0.3 }],
    [
      "groups",
      {
        schedule: linearSchedule({ learningRate, warmupSteps: 5, totalSteps: 50 }),
        groups: [
          { name: "slow", match: /^w1$/, learningRateFactor: 0.1 },
          { name: "heavy", match: (name) => name === "w2", weightDecay: 0.4 },
        ],
      },
    ],
    ["accumulated", { schedule: rampSchedule({ learningRate }), accumulate: 4 }],
    ["averaged", { learningRate, schedule: (totalSteps, rate) => cosineSchedule({ learningRate: rate, warmupSteps: 5, totalSteps }) }],
  ])("over 50 steps: %s", async (name, options) => {
    const before = tf.memory().numTensors;
    const expected = golden.fits[name];
    const { task, parameters } = regression();
    const teacher = parameters.clone({ trainable: false });
    const average = { of: (weight: string) => teacher.get(weight) as tf.Variable, decay: (update: number) => emaDecay(update, 0.8) };
    const steps: StepRecord[] = [];
    const trained = { ...task, ...(name === "averaged" && { average }) };
    for await (const record of fit(trained, rows(options.accumulate ?? 1), { steps: 50, ...options })) {
      if (record.type === "step") steps.push(record);
    }
    const close = { rtol: 1e-5, atol: 1e-5 };
    expect(steps.map(({ loss }) => loss.total)).toBeAllclose(expected.losses, close);
    expect(steps.map(({ gradientNorm }) => gradientNorm)).toBeAllclose(expected.norms, close);
    for (const weight of ["w1", "b1", "w2"] as const) {
      expect(parameters.get(weight).dataSync(), weight).toBeAllclose(expected.end[weight], close);
      expect(teacher.get(weight).dataSync(), weight).toBeAllclose(expected.average[weight], close);
    }
    parameters.dispose();
    teacher.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(["matrices", "all"] as const)("AdamW with a cosine schedule over 50 steps, decay on %s", async (decay) => {
    const before = tf.memory().numTensors;
    const { task, parameters } = regression();
    const losses: number[] = [];
    const schedule = cosineSchedule({ learningRate: 0.05, warmupSteps: 5, totalSteps: 50 });
    for await (const record of fit(task, rows(1), { steps: 50, schedule, optimizer: { weightDecay: 0.1, decay } })) {
      if (record.type === "step") losses.push(record.loss.total);
    }
    expect(losses).toBeAllclose(runs[decay].losses, { rtol: 1e-5, atol: 1e-6 });
    for (const [name, values] of Object.entries(runs[decay].end)) {
      expect(parameters.get(name).dataSync(), name).toBeAllclose(values, { rtol: 1e-5, atol: 1e-5 });
    }
    parameters.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("EMA with warm-up decay", () => {
    expectNoLeak(() => {
      const { values, states } = golden.ema;
      const make = (data: number[]) =>
        Parameters.fromCheckpoint(
          [{ name: "w", shape: [3], init: "zeros" }],
          new Map([["w", { dtype: "float32", shape: [3], data: Float32Array.from(data) }]]),
        );
      const teacher = make(values[0]!);
      values.forEach((student, n) => {
        const now = make(student);
        updateEma(teacher, now, emaDecay(n, 0.7));
        now.dispose();
        expect(teacher.get("w").dataSync()).toBeAllclose(states[n]!);
      });
      teacher.dispose();
    });
  });

  it("clipping by the joint norm", () => {
    for (const { maxNorm, norm, clipped } of golden.clip.cases) {
      expectNoLeak(() => {
        tf.tidy(() => {
          const gradients = [tf.tensor2d(golden.clip.gradients[0]!, [3, 2]), tf.tensor1d(golden.clip.gradients[1]!)];
          const result = clipByGlobalNorm(gradients, maxNorm);
          expect(result.norm.dataSync()).toBeAllclose([norm]);
          result.clipped.forEach((gradient, i) => {
            expect(gradient.dataSync()).toBeAllclose(clipped[i]!);
          });
        });
      });
    }
  });
});

describe("schedules equal transformers' and torch's", () => {
  const make: Record<keyof typeof golden.schedules, Schedule> = {
    cosine: cosineSchedule({ learningRate: 0.3, warmupSteps: 4, totalSteps: 25 }),
    cosineNoWarmup: cosineSchedule({ learningRate: 0.3, totalSteps: 25 }),
    linear: linearSchedule({ learningRate: 0.3, warmupSteps: 4, totalSteps: 25 }),
    constant: constantSchedule({ learningRate: 0.3, warmupSteps: 4 }),
    ramp: rampSchedule({ learningRate: 0.3 }),
  };
  it.each(Object.keys(make) as (keyof typeof make)[])("%s", (name) => {
    // Beyond the run's end transformers' cosine rises again; ours stays at 0.
    const expected = golden.schedules[name].map((rate, step) => (name.startsWith("cosine") && step > 25 ? 0 : rate));
    expect(expected.map((_, step) => make[name](step))).toBeAllclose(expected, { rtol: 1e-12, atol: 1e-15 });
  });
  it("refuse what makes no sense", () => {
    expect(() => cosineSchedule({ learningRate: 1, warmupSteps: 9, totalSteps: 5 })).toThrow(
      /warmupSteps \(9\) must not exceed totalSteps \(5\)/,
    );
    expect(() => linearSchedule({ learningRate: -1, totalSteps: 5 })).toThrow(/learningRate must be a finite number at least 0, got -1/);
    expect(() => rampSchedule({ learningRate: 1, warmup: 3 } as never)).toThrow(/no option "warmup"/);
  });
});

describe("AdamW", () => {
  it("refuses a frozen model and a foreign state, changing nothing", async () => {
    expect(() => new AdamW([])).toThrow(/at least one trainable parameter/);
    const variable = tf.variable(tf.tensor1d([1, 2]));
    const optimizer = new AdamW([{ name: "w", variable, decay: false }]);
    const state = await optimizer.state();
    state.set("second.w", { dtype: "float32", shape: [3], data: new Float32Array(3) });
    expect(() => optimizer.restore(state)).toThrow(/"second.w" must be float32 of shape \[2\], the checkpoint has float32 of shape \[3\]/);
    optimizer.dispose();
    variable.dispose();
  });
});
