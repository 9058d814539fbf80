import type * as tf from "@tensorflow/tfjs-core";
import type { AdamWAttributes, AdamWInputs } from "./ops/adamw-update";
import { registerFused } from "./webgpu-kernel";
import { type ProgramBackend, runElementwise } from "./webgpu-program";

/**
 * RsdixAdamW in three programs, four with a moving average, where the composed one takes eighteen; a CLIP has 302 parameters. More outputs than one a
 * program tfjs doesn't have.
 */
export function registerWebgpuAdamW(): void {
  registerFused<AdamWAttributes>("RsdixAdamW", (backend, inputs, attrs) => adamW(backend, inputs as unknown as AdamWInputs, attrs));
}

function adamW(backend: ProgramBackend, inputs: AdamWInputs, attrs: AdamWAttributes): tf.TensorInfo[] {
  const { parameter, gradient, firstMoment, secondMoment, average } = inputs;
  const { learningRate, step, beta1, beta2, epsilon, weightDecay, decay } = attrs;
  const m = mix(backend, { a: firstMoment, b: gradient }, beta1);
  const v = runElementwise(backend, {
    key: "adamw_second",
    inputs: { v: secondMoment, g: gradient },
    numbers: shares(beta2),
    expression: "kept * v + added * (g * g)",
  });
  const p = runElementwise(backend, {
    key: "adamw_parameter",
    inputs: { p: parameter, m, v },
    numbers: {
      kept: 1 - learningRate * weightDecay,
      rate: learningRate / (1 - beta1 ** step),
      rootScale: 1 / Math.sqrt(1 - beta2 ** step),
      epsilon,
    },
    expression: "kept * p - rate * m / (sqrt(v) * rootScale + epsilon)",
  });
  return average ? [p, m, v, mix(backend, { a: average, b: p }, decay!)] : [p, m, v];
}

/** The first moment and the moving average. */
function mix(backend: ProgramBackend, inputs: { a: tf.TensorInfo; b: tf.TensorInfo }, decay: number): tf.TensorInfo {
  return runElementwise(backend, { key: "adamw_mixed", inputs, numbers: shares(decay), expression: "kept * a + added * b" });
}

/** What stays and what is added: 1 - 0.999 in float32 would have but four digits. */
const shares = (decay: number) => ({ kept: decay, added: 1 - decay });
