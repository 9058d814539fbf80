import * as tf from "@tensorflow/tfjs-core";

/** What is used of tfjs' WebGPUBackend: a program of one output, inputs as its variables name them. */
export interface ProgramBackend {
  runWebGPUProgram(
    program: TfjsProgram,
    inputs: tf.TensorInfo[],
    dtype: "float32",
    uniforms: { type: "float32" | "int32"; data: number[] }[],
  ): tf.TensorInfo;
  disposeData(dataId: object): boolean;
  incRef(dataId: object): void;
}

/** tfjs' WebGPUProgram. */
interface TfjsProgram {
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

/** Threads of a workgroup where each computes a number of its own. */
const WORKGROUP = 128;

/** A program in WGSL. Tensors are flat there: `x[i]` is a number of the input x, `result[i]` one of the output. */
export interface Program {
  /** Tells it from others that are written differently. */
  readonly key: string;
  readonly inputs: Readonly<Record<string, tf.TensorInfo>>;
  /** Whole numbers, `uniforms.name`; those of `numbers` may be broken. */
  readonly sizes?: Readonly<Record<string, number>>;
  readonly numbers?: Readonly<Record<string, number>>;
  readonly shape: readonly number[];
  /** Workgroups of `BLOCK` threads; more may run, of which the last is to do nothing or the same again. */
  readonly groups: number;
  readonly block: number;
  /** With `fn main(index : i32)`; `index / BLOCK` is the workgroup, `i32(localId.x)` the thread in it. */
  readonly code: string;
}

/** Runs a program; the output is new. */
export function runProgram(backend: ProgramBackend, program: Program): tf.TensorInfo {
  const { key, inputs, sizes = {}, numbers = {}, groups, block, code } = program;
  const shape = [...program.shape];
  const length = (of: number[]) => [tf.util.sizeFromShape(of)];
  const made: TfjsProgram = {
    variableNames: Object.keys(inputs),
    uniforms: [...Object.keys(sizes).map((name) => `${name} : i32,`), ...Object.keys(numbers).map((name) => `${name} : f32,`)].join(" "),
    shaderKey: `rsdix_${key}`,
    outputShape: length(shape),
    dispatchLayout: { x: [0] },
    dispatch: [groups, 1, 1],
    workgroupSize: [block, 1, 1],
    size: true,
    getUserCode: () => `const BLOCK = ${block};\n${code}`,
  };
  const uniforms = [
    ...Object.values(sizes).map((value) => ({ type: "int32" as const, data: [value] })),
    ...Object.values(numbers).map((value) => ({ type: "float32" as const, data: [value] })),
  ];
  const flat = Object.values(inputs).map(({ dataId, dtype, shape: of }) => ({ dataId, dtype, shape: length(of) }));
  const { dataId } = backend.runWebGPUProgram(made, flat, "float32", uniforms);
  return { dataId, shape, dtype: "float32" };
}

/** A program that computes each number of the output from those at its place in the inputs, which are named as in the expression. */
export function runElementwise(
  backend: ProgramBackend,
  { key, inputs, numbers = {}, expression }: Pick<Program, "key" | "inputs" | "numbers"> & { readonly expression: string },
): tf.TensorInfo {
  const { shape } = Object.values(inputs)[0]!;
  const read = Object.keys(inputs).map((name) => `let ${name} = f32(${tensorName(name)}[index]);`);
  const named = Object.keys(numbers).map((name) => `let ${name} = uniforms.${name};`);
  return runProgram(backend, {
    key,
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [tensorName(name), tensor])),
    numbers,
    shape,
    groups: Math.ceil(tf.util.sizeFromShape(shape) / WORKGROUP),
    block: WORKGROUP,
    code: `
      fn main(index : i32) {
        if (index < uniforms.size) {
          ${[...read, ...named].join("\n          ")}
          result[index] = ${expression};
        }
      }
    `,
  });
}

const tensorName = (name: string) => `${name}Tensor`;

/** Sums (or takes the largest) over a workgroup: every thread hands in a number and gets the whole. Call it where all threads come by. */
export const OVER_WORKGROUP = `
  var<workgroup> partial : array<f32, BLOCK>;
  fn total(value : f32) -> f32 {
    let thread = i32(localId.x);
    partial[thread] = value;
    workgroupBarrier();
    for (var half = BLOCK / 2; half > 0; half = half / 2) {
      if (thread < half) { partial[thread] = partial[thread] + partial[thread + half]; }
      workgroupBarrier();
    }
    let whole = partial[0];
    workgroupBarrier();
    return whole;
  }
  fn largest(value : f32) -> f32 {
    let thread = i32(localId.x);
    partial[thread] = value;
    workgroupBarrier();
    for (var half = BLOCK / 2; half > 0; half = half / 2) {
      if (thread < half) { partial[thread] = max(partial[thread], partial[thread + half]); }
      workgroupBarrier();
    }
    let whole = partial[0];
    workgroupBarrier();
    return whole;
  }
`;
