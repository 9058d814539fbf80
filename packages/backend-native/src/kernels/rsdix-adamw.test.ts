import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { expectSame, type Numbers, normal, onNative, onStock, toTensor } from "../../test/oracle";
import { nativeAvailable } from "../../test/test-support";
import { loadAddon } from "../addon";
import { registerNativeBackend } from "../register";

const attrs = { learningRate: 0.01, step: 3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1, decay: 0.99 };

/** The step in plain numbers, in double precision. */
function reference(inputs: Record<string, Numbers>): Numbers[] {
  const { learningRate, step, beta1, beta2, epsilon, weightDecay, decay } = attrs;
  const { parameter, gradient, firstMoment, secondMoment, average } = inputs as Record<string, Numbers>;
  const outputs = [parameter, firstMoment, secondMoment, ...(average ? [average] : [])].map((n) => ({
    shape: n!.shape,
    values: new Float32Array(n!.values),
  }));
  for (let i = 0; i < gradient!.values.length; i++) {
    const g = gradient!.values[i]!;
    const m = firstMoment!.values[i]! * beta1 + g * (1 - beta1);
    const v = secondMoment!.values[i]! * beta2 + g * g * (1 - beta2);
    const change = (m / (Math.sqrt(v / (1 - beta2 ** step)) + epsilon)) * (learningRate / (1 - beta1 ** step));
    const p = parameter!.values[i]! * (1 - learningRate * weightDecay) - change;
    [p, m, v].forEach((value, k) => {
      outputs[k]!.values[i] = value;
    });
    if (average) outputs[3]!.values[i] = decay * average.values[i]! + (1 - decay) * p;
  }
  return outputs;
}

function inputsOf(length: number, withAverage: boolean): Record<string, Numbers> {
  const secondMoment = normal(4, [length]);
  secondMoment.values.forEach((v, i) => {
    secondMoment.values[i] = v * v;
  });
  const average = withAverage ? { average: normal(5, [length]) } : {};
  return { parameter: normal(1, [length]), gradient: normal(2, [length]), firstMoment: normal(3, [length]), secondMoment, ...average };
}

describe.runIf(nativeAvailable)("AdamW on native", () => {
  it.each([0, 1, 15, 17, 1000, 40_003])("takes the step of %i numbers, with and without a moving average", async (length) => {
    for (const withAverage of [false, true]) {
      const inputs = inputsOf(length, withAverage);
      expectSame(await onNative("RsdixAdamW", inputs, attrs), reference(inputs), 1e-6);
    }
  });

  it("moves an average alone", async () => {
    const inputs = { average: normal(1, [33]), parameter: normal(2, [33]) };
    const expected = await onStock(inputs, ({ average, parameter }) => tf.add(tf.mul(average!, 0.9), tf.mul(parameter!, 0.1)));
    expectSame(await onNative("RsdixEma", inputs, { decay: 0.9 }), expected, 1e-6);
  });

  it("NaN and infinity stay where they are", async () => {
    const inputs = inputsOf(20, true);
    inputs.gradient!.values[3] = Number.NaN;
    inputs.gradient!.values[5] = Number.POSITIVE_INFINITY;
    expectSame(await onNative("RsdixAdamW", inputs, attrs), reference(inputs), 1e-6);
  });

  it("takes no array that is too short", () => {
    const { adamW, average } = loadAddon();
    const [one, two] = [new Float32Array(1), new Float32Array(2)];
    expect(() => adamW(two, two, two, one, null, two, two, two, null, 2, 0, 0, 0, 0, 0, 0, 0)).toThrow(/argument 3 must hold 2/);
    expect(() => adamW(two, two, two, two, two, two, two, two, null, 2, 0, 0, 0, 0, 0, 0, 0)).toThrow(/argument 8 must be a Float32Array/);
    expect(() => average(two, two, one, 2, 0.5)).toThrow(/argument 2 must hold 2/);
  });
});

describe.runIf(nativeAvailable)("AdamW on native works in place", () => {
  beforeAll(async () => {
    await registerNativeBackend();
    await tf.setBackend("native");
  });

  interface State {
    parameter: tf.Variable;
    firstMoment: tf.Variable;
    secondMoment: tf.Variable;
    average: tf.Variable;
  }

  function step(state: State, gradient: tf.Tensor): void {
    const outputs = tf.engine().runKernel("RsdixAdamW", { ...state, gradient } as unknown as tf.NamedTensorMap, attrs) as tf.Tensor[];
    [state.parameter, state.firstMoment, state.secondMoment, state.average].forEach((variable, i) => {
      variable.assign(outputs[i]!);
      outputs[i]!.dispose();
    });
  }

  function start(length = 100): State {
    const variable = (name: string) => tf.tidy(() => tf.variable(tf.add(toTensor(inputsOf(length, true)[name]!), 0)));
    return {
      parameter: variable("parameter"),
      firstMoment: variable("firstMoment"),
      secondMoment: variable("secondMoment"),
      average: variable("average"),
    };
  }

  const dispose = (state: State) => tf.dispose(Object.values(state));

  it("without new memory from the second step on", () => {
    const state = start();
    const gradient = toTensor(normal(2, [100]));
    step(state, gradient);
    const before = Object.values(state).map((variable: tf.Variable) => variable.dataId);
    const count = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) step(state, gradient);
    expect(Object.values(state).map((variable: tf.Variable) => variable.dataId)).toEqual(before);
    expect(tf.memory().numTensors).toBe(count);
    dispose(state);
    gradient.dispose();
  });

  it("but never under a clone, a reshape or an array that was read", () => {
    const state = start();
    const gradient = toTensor(normal(2, [100]));
    step(state, gradient);
    const held = [
      tf.clone(state.parameter),
      tf.reshape(state.firstMoment, [10, 10]),
      tf.slice(state.secondMoment, [0], [50]),
      tf.clone(state.average),
    ];
    const copies = held.map((tensor) => Float32Array.from(tensor.dataSync()));
    step(state, gradient);
    const arrays = Object.values(state).map((variable: tf.Variable) => variable.dataSync() as Float32Array);
    const arraysBefore = arrays.map((array) => array.slice());
    step(state, gradient);
    held.forEach((tensor, i) => {
      expect(tensor.dataSync()).toEqual(copies[i]);
    });
    expect(arrays).toEqual(arraysBefore);
    expect(state.parameter.dataSync()).not.toEqual(arraysBefore[0]);
    tf.dispose(held);
    dispose(state);
    gradient.dispose();
  });

  it("the same numbers in place as in new memory", () => {
    const [inPlace, copied] = [start(), start()];
    const gradient = toTensor(normal(2, [100]));
    for (let i = 0; i < 3; i++) {
      step(inPlace, gradient);
      for (const variable of Object.values(copied) as tf.Variable[]) variable.dataSync(); // somebody holds the arrays: never in place
      step(copied, gradient);
    }
    for (const name of ["parameter", "firstMoment", "secondMoment", "average"] as const) {
      expect(inPlace[name].dataSync()).toEqual(copied[name].dataSync());
    }
    dispose(inPlace);
    dispose(copied);
    gradient.dispose();
  });
});
