import * as tf from "@tensorflow/tfjs-core";
import type { Activation } from "./ops/activations";
import { registerFused } from "./webgpu-kernel";
import { type ProgramBackend, runElementwise } from "./webgpu-program";

/** An activation in WGSL: y of z, and dz of dy and of z or y, as ops/activations.ts has them. */
interface Formula {
  readonly state: "z" | "y";
  readonly forward: string;
  readonly backward: string;
}

const TANH = (x: string) => `(sign(${x}) * (1.0 - exp(-2.0 * abs(${x}))) / (1.0 + exp(-2.0 * abs(${x}))))`;
const SIGMOID = (x: string) => `(1.0 / (1.0 + exp(-(${x}))))`;
/** Abramowitz and Stegun, 7.1.26: within 1.5e-7. */
const ERF = (x: string) => {
  const t = `(1.0 / (1.0 + 0.3275911 * abs(${x})))`;
  const series = [-1.453152027, 1.421413741, -0.284496736, 0.254829592].reduce((sum, a) => `(${sum} * ${t} + ${a})`, "1.061405429");
  return `(sign(${x}) * (1.0 - ${series} * ${t} * exp(-(${x}) * (${x}))))`;
};
const CUMULATIVE = `0.5 * (1.0 + ${ERF(`(z * ${Math.SQRT1_2})`)})`;
const ROOT = Math.sqrt(2 / Math.PI);
const INNER = `(${ROOT} * z * (1.0 + 0.044715 * z * z))`;

const FORMULAS: Record<Activation, Formula> = {
  quickGelu: {
    state: "z",
    forward: `z * ${SIGMOID("1.702 * z")}`,
    backward: `dy * ${SIGMOID("1.702 * z")} * (1.0 + 1.702 * z * (1.0 - ${SIGMOID("1.702 * z")}))`,
  },
  gelu: {
    state: "z",
    forward: `z * ${CUMULATIVE}`,
    backward: `dy * (${CUMULATIVE} + z * ${1 / Math.sqrt(2 * Math.PI)} * exp(-0.5 * z * z))`,
  },
  geluTanh: {
    state: "z",
    forward: `0.5 * z * (1.0 + ${TANH(INNER)})`,
    backward: `dy * 0.5 * (1.0 + ${TANH(INNER)} + z * ${ROOT} * (1.0 + ${3 * 0.044715} * z * z) * (1.0 - ${TANH(INNER)} * ${TANH(INNER)}))`,
  },
  relu: { state: "y", forward: "select(z, 0.0, z < 0.0)", backward: "select(dy, 0.0, y <= 0.0)" },
  tanh: { state: "y", forward: TANH("z"), backward: "dy * (1.0 - y * y)" },
};

interface LinearAttributes {
  readonly activation?: Activation;
  readonly transposeW: boolean;
  readonly training: boolean;
}

/** RsdixLinear in two programs, tfjs's product with its bias and what comes after it, and RsdixActivationGrad in one; composed they are up to eight each. */
export function registerWebgpuLinear(): void {
  registerFused<LinearAttributes>("RsdixLinear", linear);
  registerFused<{ activation: Activation }>("RsdixActivationGrad", (backend, { dy, state }, { activation }) => {
    const { state: name, backward } = FORMULAS[activation];
    return [runElementwise(backend, { key: `${activation}_grad`, inputs: { dy: dy!, [name]: state! }, expression: backward })];
  });
}

type Inputs = Readonly<Record<string, tf.TensorInfo>>;

function linear(backend: ProgramBackend, inputs: Inputs, { activation, transposeW, training }: LinearAttributes): tf.TensorInfo[] {
  const { residual } = inputs;
  const z = product(backend, inputs, transposeW);
  if (!activation) return [residual ? replace(backend, z, add(backend, z, residual)) : z];
  const { state, forward } = FORMULAS[activation];
  const keepsY = training && state === "y";
  const fused = residual && !keepsY;
  const y = runElementwise(backend, {
    key: `${activation}${fused ? "_added" : ""}`,
    inputs: { z, ...(fused && { residual }) },
    expression: fused ? `${forward} + residual` : forward,
  });
  if (training && state === "z") return [y, z];
  backend.disposeData(z.dataId);
  if (!keepsY) return [y];
  if (residual) return [add(backend, y, residual), y];
  backend.incRef(y.dataId); // both are the same numbers
  return [y, y];
}

/** x · w + bias by tfjs. */
function product(backend: ProgramBackend, { x, w, bias }: Inputs, transposeB: boolean): tf.TensorInfo {
  const run = (name: string, inputs: object, attrs: object) =>
    tf.getKernel(name, "webgpu").kernelFunc({ inputs, attrs, backend } as never) as tf.TensorInfo;
  const flags = { transposeA: false, transposeB };
  if (!bias) return run("BatchMatMul", { a: x, b: w }, flags);
  return run("_FusedMatMul", { a: x, b: w, bias }, { ...flags, activation: "linear" });
}

function add(backend: ProgramBackend, z: tf.TensorInfo, residual: tf.TensorInfo): tf.TensorInfo {
  return runElementwise(backend, { key: "added", inputs: { z, residual }, expression: "z + residual" });
}

/** Frees what was needed for the other. */
function replace(backend: ProgramBackend, used: tf.TensorInfo, by: tf.TensorInfo): tf.TensorInfo {
  backend.disposeData(used.dataId);
  return by;
}
