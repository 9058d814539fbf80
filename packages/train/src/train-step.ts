import { fail } from "@rsdix/internal";
import type { TrainableParameter } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import type { AdamW } from "./adamw";
import { clipByGlobalNorm, globalNorm } from "./clip-gradients";
import type { Task } from "./task";

/** What one step gave. */
export interface StepOutcome {
  /** The loss before the update. */
  loss: number;
  /** The task's scalars. */
  logs: Record<string, number>;
  /** Norm of all gradients together, before clipping. */
  gradientNorm: number;
  /** What is not finite, when something isn't; the weights are then as before. */
  broken?: string;
}

/** One step: loss, gradients, check, update. Nothing of it stays on the device but the new weights and moments. */
export async function trainStep<Batch>(
  task: Task<Batch>,
  batch: Batch,
  optimizer: AdamW,
  learningRate: number,
  clipNorm?: number,
): Promise<StepOutcome> {
  const { loss, logs, raw, gradients, norm } = differentiate(task, batch, optimizer.parameters, clipNorm);
  try {
    const outcome: StepOutcome = { loss: await read(loss), logs: {}, gradientNorm: await read(norm) };
    for (const [name, value] of Object.entries(logs)) outcome.logs[name] = await read(value);
    // Checked on the host and before the update: on some devices a test for NaN is compiled away.
    if (!Number.isFinite(outcome.loss))
      return { ...outcome, broken: `the loss is ${outcome.loss}${await firstBroken(optimizer.parameters)}` };
    if (!Number.isFinite(outcome.gradientNorm)) {
      const names = optimizer.parameters.map(({ name }) => name);
      return { ...outcome, broken: `the gradients' norm is ${outcome.gradientNorm}${await firstBrokenGradient(names, raw)}` };
    }
    const index = new Map(optimizer.parameters.map(({ name }, i) => [name, i]));
    optimizer.step(({ name }) => gradients[index.get(name)!]!, learningRate);
    return outcome;
  } finally {
    tf.dispose([loss, norm, raw, gradients, Object.values(logs)]);
  }
}

function differentiate<Batch>(task: Task<Batch>, batch: Batch, parameters: readonly TrainableParameter[], clipNorm?: number) {
  let kept: Record<string, tf.Scalar> = {};
  try {
    return tf.tidy(() => {
      const compute = task.prepare(batch);
      const run = () => {
        const result = compute();
        kept = result.logs ?? {};
        for (const value of Object.values(kept)) tf.keep(value);
        return result.loss;
      };
      const variables = parameters.map(({ variable }) => variable);
      const { value, grads } = tf.variableGrads(run, variables);
      const list = parameters.map(
        ({ name, variable }) =>
          grads[variable.name] ??
          fail(
            "INVALID_ARGUMENT",
            `${task.name}: the loss does not depend on the trainable weight "${name}". Freeze it, or use it in the loss.`,
          ),
      );
      const { clipped, norm } = clipNorm === undefined ? { clipped: list, norm: globalNorm(list) } : clipByGlobalNorm(list, clipNorm);
      return { loss: value, logs: kept, raw: list, gradients: clipped, norm };
    });
  } catch (error) {
    tf.dispose(Object.values(kept)); // kept ones outlive the tidy
    throw error;
  }
}

async function read(scalar: tf.Scalar): Promise<number> {
  return (await scalar.data())[0]!;
}

async function firstBroken(parameters: readonly TrainableParameter[]): Promise<string> {
  for (const { name, variable } of parameters) {
    if (!(await variable.data<"float32">()).every(Number.isFinite)) return `, and the weight "${name}" is no longer finite`;
  }
  return "";
}

async function firstBrokenGradient(names: readonly string[], gradients: readonly tf.Tensor[]): Promise<string> {
  for (const [i, gradient] of gradients.entries()) {
    if (!(await gradient.data<"float32">()).every(Number.isFinite)) return `: that of "${names[i]}" is not finite`;
  }
  return "";
}
