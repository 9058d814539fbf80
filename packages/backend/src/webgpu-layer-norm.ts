import type * as tf from "@tensorflow/tfjs-core";
import { registerFused } from "./webgpu-kernel";
import { OVER_WORKGROUP, type ProgramBackend, runProgram } from "./webgpu-program";

/** Threads of a row: few where a row is short. */
const threads = (width: number) => (width < 256 ? 64 : 256);

/** Columns and rows that a workgroup adds up at a time; one row's columns lie side by side in memory. */
const COLUMNS = 8;
const LANES = 32;

/** RsdixLayerNorm in one program, its gradient in four, and RsdixSumRows in one; composed they are nine, nineteen and two. */
export function registerWebgpuLayerNorm(): void {
  registerFused<{ epsilon: number }>("RsdixLayerNorm", (backend, { x, gamma, beta }, { epsilon }) => [
    // No state: the gradient computes mean and deviation again, which costs no more than writing and reading them.
    overRows(backend, { key: "norm", inputs: { x: x!, gamma: gamma!, beta: beta! }, shape: x!.shape, epsilon, code: FORWARD }),
  ]);
  registerFused<{ epsilon: number }>("RsdixLayerNormGrad", (backend, { dy, x, gamma }, { epsilon }) => {
    const dx = overRows(backend, { key: "norm_dx", inputs: { x: x!, dy: dy!, gamma: gamma! }, shape: x!.shape, epsilon, code: BACKWARD });
    const rows = overRows(backend, { key: "norm_rows", inputs: { x: x! }, shape: [x!.shape[0]!, 2], epsilon, code: ROWS });
    const normal = "(f32(x[at]) - rowsOf[2 * row]) * rowsOf[2 * row + 1]";
    const dgamma = sumRows(backend, "norm", { dy: dy!, x: x!, rowsOf: rows }, `f32(dy[at]) * ${normal}`);
    backend.disposeData(rows.dataId);
    return [dx, dgamma, sumRows(backend, "plain", { dy: dy! }, "f32(dy[at])")];
  });
  registerFused("RsdixSumRows", (backend, { x }) => [sumRows(backend, "plain", { dy: x! }, "f32(dy[at])")]);
}

interface OverRows {
  readonly key: string;
  readonly inputs: { readonly x: tf.TensorInfo } & Readonly<Record<string, tf.TensorInfo>>;
  readonly shape: readonly number[];
  readonly epsilon: number;
  readonly code: string;
}

/** A workgroup a row, which knows the row's mean and inverse deviation. */
function overRows(backend: ProgramBackend, { key, inputs, shape, epsilon, code }: OverRows): tf.TensorInfo {
  const [rows, width] = inputs.x.shape as [number, number];
  return runProgram(backend, {
    key,
    inputs,
    sizes: { rows, width },
    numbers: { epsilon },
    shape,
    groups: rows,
    block: threads(width),
    code: `
      ${OVER_WORKGROUP}
      fn main(index : i32) {
        let row = min(index / BLOCK, uniforms.rows - 1);
        let thread = i32(localId.x);
        let width = uniforms.width;
        let first = row * width;
        var sum = 0.0;
        for (var i = thread; i < width; i = i + BLOCK) { sum = sum + f32(x[first + i]); }
        let mean = total(sum) / f32(width);
        var squares = 0.0;
        for (var i = thread; i < width; i = i + BLOCK) {
          let centred = f32(x[first + i]) - mean;
          squares = squares + centred * centred;
        }
        let inverse = inverseSqrt(total(squares) / f32(width) + uniforms.epsilon);
        ${code}
      }
    `,
  });
}

const FORWARD = `
  for (var i = thread; i < width; i = i + BLOCK) {
    result[first + i] = (f32(x[first + i]) - mean) * inverse * f32(gamma[i]) + f32(beta[i]);
  }`;

const ROWS = `
  if (thread == 0) {
    result[2 * row] = mean;
    result[2 * row + 1] = inverse;
  }`;

const BACKWARD = `
  var plain = 0.0;
  var along = 0.0;
  for (var i = thread; i < width; i = i + BLOCK) {
    let g = f32(dy[first + i]) * f32(gamma[i]);
    plain = plain + g;
    along = along + g * (f32(x[first + i]) - mean) * inverse;
  }
  let meanPlain = total(plain) / f32(width);
  let meanAlong = total(along) / f32(width);
  for (var i = thread; i < width; i = i + BLOCK) {
    let normal = (f32(x[first + i]) - mean) * inverse;
    result[first + i] = inverse * (f32(dy[first + i]) * f32(gamma[i]) - meanPlain - normal * meanAlong);
  }`;

/** The sum over rows of an expression of `row` and `at`, the place of a number of dy [n, width] -> [width]. */
function sumRows(backend: ProgramBackend, key: string, inputs: { dy: tf.TensorInfo; [name: string]: tf.TensorInfo }, expression: string) {
  const [rows, width] = inputs.dy.shape as [number, number];
  return runProgram(backend, {
    key: `sum_rows_${key}`,
    inputs,
    sizes: { rows, width },
    shape: [width],
    groups: Math.ceil(width / COLUMNS),
    block: COLUMNS * LANES,
    code: `
      var<workgroup> partial : array<f32, BLOCK>;
      fn main(index : i32) {
        let thread = i32(localId.x);
        let lane = thread / ${COLUMNS};
        let column = index / BLOCK * ${COLUMNS} + thread % ${COLUMNS};
        var sum = 0.0;
        if (column < uniforms.width) {
          for (var row = lane; row < uniforms.rows; row = row + ${LANES}) {
            let at = row * uniforms.width + column;
            sum = sum + ${expression};
          }
        }
        partial[thread] = sum;
        workgroupBarrier();
        for (var half = ${LANES / 2}; half > 0; half = half / 2) {
          if (lane < half) { partial[thread] = partial[thread] + partial[thread + half * ${COLUMNS}]; }
          workgroupBarrier();
        }
        if (lane == 0 && column < uniforms.width) { result[column] = partial[thread]; }
      }
    `,
  });
}
