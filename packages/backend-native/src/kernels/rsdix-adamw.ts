import type { TensorInfo } from "@tensorflow/tfjs-core";
import { type NativeBackend, size } from "../native-backend";
import type { NativeKernel } from "../register";

/** The addon's optimiser step. A target may be its source. */
export interface AdamWAddon {
  /** rate: the learning rate over 1 - beta1^step; correction: the inverse root of 1 - beta2^step; shrink: what weight decay leaves. */
  adamW(
    parameter: Float32Array,
    gradient: Float32Array,
    first: Float32Array,
    second: Float32Array,
    average: Float32Array | null,
    newParameter: Float32Array,
    newFirst: Float32Array,
    newSecond: Float32Array,
    newAverage: Float32Array | null,
    length: number,
    beta1: number,
    beta2: number,
    rate: number,
    correction: number,
    epsilon: number,
    shrink: number,
    decay: number,
  ): void;
  /** out = decay · average + (1 - decay) · parameter. */
  average(average: Float32Array, parameter: Float32Array, out: Float32Array, length: number, decay: number): void;
}

interface AdamWAttributes {
  learningRate: number;
  step: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  decay?: number;
}

/** One AdamW step, and one of the parameter's moving average where there is one. */
export const rsdixAdamW: NativeKernel = ({ inputs, attrs, backend }) => {
  const { parameter, gradient, firstMoment, secondMoment, average } = inputs as Record<string, TensorInfo>;
  const { learningRate, step, beta1, beta2, epsilon, weightDecay, decay = 0 } = attrs as unknown as AdamWAttributes;
  const p = target(backend, parameter!);
  const m = target(backend, firstMoment!);
  const v = target(backend, secondMoment!);
  const mean = average && target(backend, average);
  backend.addon.adamW(
    p.from,
    backend.floats(gradient!),
    m.from,
    v.from,
    mean?.from ?? null,
    p.to,
    m.to,
    v.to,
    mean?.to ?? null,
    size(parameter!.shape),
    beta1,
    beta2,
    learningRate / (1 - beta1 ** step),
    1 / Math.sqrt(1 - beta2 ** step),
    epsilon,
    1 - learningRate * weightDecay,
    decay,
  );
  return [p.output(), m.output(), v.output(), ...(mean ? [mean.output()] : [])];
};

/** A step of a moving average. */
export const rsdixEma: NativeKernel = ({ inputs, attrs, backend }) => {
  const { average, parameter } = inputs as { average: TensorInfo; parameter: TensorInfo };
  const mean = target(backend, average);
  backend.addon.average(mean.from, backend.floats(parameter), mean.to, size(average.shape), attrs.decay as number);
  return [mean.output()];
};

interface Target {
  from: Float32Array;
  to: Float32Array;
  output(): TensorInfo;
}

/** Where a tensor's new values go: its own memory if nobody else can see that, new memory otherwise. */
function target(backend: NativeBackend, info: TensorInfo): Target {
  const from = backend.floats(info);
  if (!backend.isExclusive(info)) {
    const to = backend.allocate(from.length);
    return { from, to, output: () => backend.result(info.shape, to) };
  }
  const output = () => {
    backend.changed(info);
    backend.incRef(info.dataId);
    return { dataId: info.dataId, shape: info.shape, dtype: info.dtype };
  };
  return { from, to: from, output };
}
