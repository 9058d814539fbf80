import * as tf from "@tensorflow/tfjs-core";
import type { AdamWAttributes, AdamWInputs } from "./ops/adamw-update";

/** What is used of tfjs' WebGPUBackend: a program of one output, inputs as its variables name them. */
interface ProgramBackend {
  runWebGPUProgram(
    program: Program,
    inputs: tf.TensorInfo[],
    dtype: "float32",
    uniforms: { type: "float32"; data: number[] }[],
  ): tf.TensorInfo;
}

/** tfjs' WebGPUProgram. */
interface Program {
  readonly variableNames: readonly string[];
  readonly uniforms: string;
  readonly shaderKey: string;
  readonly outputShape: number[];
  readonly dispatchLayout: { x: number[] };
  readonly dispatch: [number, number, number];
  readonly workgroupSize: [number, number, number];
  readonly size: true;
  getUserCode(): string;
}

const WORKGROUP = 128;

/** An expression for each number of flat tensors; inputs and numbers by their names. */
interface Formula {
  readonly key: string;
  readonly tensors: readonly string[];
  readonly numbers: readonly string[];
  readonly expression: string;
}

/** The first moment and the moving average. */
const MIXED: Formula = { key: "mixed", tensors: ["a", "b"], numbers: ["kept", "added"], expression: "kept * a + added * b" };
const SECOND: Formula = { key: "second", tensors: ["v", "g"], numbers: ["kept", "added"], expression: "kept * v + added * (g * g)" };
const PARAMETER: Formula = {
  key: "parameter",
  tensors: ["p", "m", "v"],
  numbers: ["kept", "rate", "rootScale", "epsilon"],
  expression: "kept * p - rate * m / (sqrt(v) * rootScale + epsilon)",
};

/**
 * RsdixAdamW on WebGPU in three programs, four with a moving average, where the composed one takes eighteen: in Node a program costs the processor a fifth of
 * a millisecond, whatever it computes, and a CLIP has 302 parameters. More outputs than one a program tfjs doesn't have.
 */
export function registerWebgpuAdamW(): void {
  if (tf.getKernel("RsdixAdamW", "webgpu")) tf.unregisterKernel("RsdixAdamW", "webgpu"); // the composed one, where it has run
  tf.registerKernel({
    kernelName: "RsdixAdamW",
    backendName: "webgpu",
    kernelFunc: ({ inputs, attrs, backend }) =>
      adamW(backend as ProgramBackend, inputs as unknown as AdamWInputs, attrs as unknown as AdamWAttributes),
  });
}

function adamW(backend: ProgramBackend, inputs: AdamWInputs, attrs: AdamWAttributes): tf.TensorInfo[] {
  const { parameter, gradient, firstMoment, secondMoment, average } = inputs;
  const { learningRate, step, beta1, beta2, epsilon, weightDecay, decay } = attrs;
  const m = evaluate(backend, MIXED, [firstMoment, gradient], shares(beta1));
  const v = evaluate(backend, SECOND, [secondMoment, gradient], shares(beta2));
  const p = evaluate(
    backend,
    PARAMETER,
    [parameter, m, v],
    [1 - learningRate * weightDecay, learningRate / (1 - beta1 ** step), 1 / Math.sqrt(1 - beta2 ** step), epsilon],
  );
  return average ? [p, m, v, evaluate(backend, MIXED, [average, p], shares(decay!))] : [p, m, v];
}

/** What stays and what is added: 1 - 0.999 in float32 would have but four digits. */
const shares = (decay: number) => [decay, 1 - decay];

function evaluate(backend: ProgramBackend, formula: Formula, inputs: readonly tf.TensorInfo[], numbers: readonly number[]): tf.TensorInfo {
  const { shape } = inputs[0]!;
  const size = tf.util.sizeFromShape(shape);
  const flat = inputs.map(({ dataId, dtype }) => ({ dataId, dtype, shape: [size] }));
  const uniforms = numbers.map((value) => ({ type: "float32" as const, data: [value] }));
  const { dataId } = backend.runWebGPUProgram(programOf(formula, size), flat, "float32", uniforms);
  return { dataId, shape, dtype: "float32" };
}

/** Anew each time: tfjs writes into it. */
function programOf({ key, tensors, numbers, expression }: Formula, size: number): Program {
  const read = tensors.map((name) => `let ${name} = get${name.toUpperCase()}ByOutputIndex(index);`);
  const named = numbers.map((name) => `let ${name} = uniforms.${name};`);
  return {
    variableNames: tensors.map((name) => name.toUpperCase()),
    uniforms: numbers.map((name) => `${name} : f32,`).join(" "),
    shaderKey: `rsdix_adamw_${key}`,
    outputShape: [size],
    dispatchLayout: { x: [0] },
    dispatch: [Math.ceil(size / WORKGROUP), 1, 1],
    workgroupSize: [WORKGROUP, 1, 1],
    size: true,
    getUserCode: () => `
      fn main(index : i32) {
        if (index < uniforms.size) {
          ${[...read, ...named].join("\n          ")}
          setOutputAtIndex(index, ${expression});
        }
      }
    `,
  };
}
