import type { TrainableParameter } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import type { AdamW, LearningRates } from "../optim/adamw";
import { clipFactor, globalNorm } from "../optim/clip-gradients";
import { added, type Differentiated, differentiate, release } from "./differentiate";
import { readScalars } from "./read-scalars";
import type { StepRecord } from "./records";
import type { Task } from "./task";

/** What one step does. */
export interface StepPlan<Batch> {
  /** Its number, from 0. */
  readonly step: number;
  /** Batches whose gradients are averaged. */
  readonly accumulate: number;
  /** A batch of the run, from 0. */
  batch(index: number): Batch | Promise<Batch>;
  /** Its rates. */
  readonly learningRates: LearningRates;
  /** Largest joint norm of the gradients. */
  readonly clipNorm: number | undefined;
}

/** What one step gave. */
export interface StepOutcome extends Pick<StepRecord, "loss" | "logs" | "gradientNorm"> {
  /** What is not finite, when something isn't; the weights are then as before. */
  broken?: string;
}

/** One step: loss, gradients, check, update. Nothing of it stays on the device but the new weights and moments. */
export async function trainStep<Batch>(task: Task<Batch>, optimizer: AdamW, plan: StepPlan<Batch>): Promise<StepOutcome> {
  const { parameters } = optimizer;
  const { step, accumulate, learningRates, clipNorm } = plan;
  let sum: Differentiated | undefined;
  let norm: tf.Scalar | undefined;
  try {
    for (let micro = 0; micro < accumulate; micro++) {
      const one = differentiate(task, await plan.batch(step * accumulate + micro), parameters, { step, micro, training: true });
      sum = sum ? added(sum, one) : one;
    }
    const { loss, parts, logs, gradients } = sum!;
    norm = globalNorm(gradients);
    const mean = await readScalars({ loss: { loss, norm }, parts, logs }, accumulate);
    const total = mean.loss.loss!;
    const gradientNorm = mean.loss.norm!;
    const outcome = { loss: { total, ...mean.parts }, logs: mean.logs, gradientNorm };
    // Checked on the host and before the update: on some devices a test for NaN is compiled away.
    if (!Number.isFinite(total))
      return { ...outcome, broken: `the loss is ${total}${await firstBroken(parameters, mean.parts, gradients)}` };
    if (!Number.isFinite(gradientNorm))
      return { ...outcome, broken: `the gradients' norm is ${gradientNorm}${await firstBrokenGradient(parameters, gradients)}` };
    const factor = clipFactor(gradientNorm, clipNorm) / accumulate;
    const index = new Map(parameters.map(({ name }, i) => [name, i]));
    const gradientOf = ({ name }: TrainableParameter) => {
      const gradient = gradients[index.get(name)!]!;
      return factor === 1 ? gradient : tf.mul(gradient, factor);
    };
    optimizer.step(gradientOf, learningRates, task.average);
    return outcome;
  } finally {
    if (sum) release(sum);
    tf.dispose(norm ?? []);
  }
}

/** Where a loss that is no number comes from, as far as it can be told. */
async function firstBroken(
  parameters: readonly TrainableParameter[],
  parts: Record<string, number>,
  gradients: readonly tf.Tensor[],
): Promise<string> {
  for (const { name, variable } of parameters) {
    if (!(await holdsNumbers(variable))) return `, and the weight "${name}" is no longer finite`;
  }
  const part = Object.keys(parts).find((name) => !Number.isFinite(parts[name]));
  const ofPart = part === undefined ? "" : `, its part "${part}" is ${parts[part]}`;
  return `${ofPart}${await firstBrokenGradient(parameters, gradients)}`;
}

async function firstBrokenGradient(parameters: readonly TrainableParameter[], gradients: readonly tf.Tensor[]): Promise<string> {
  for (const [i, gradient] of gradients.entries()) {
    if (!(await holdsNumbers(gradient))) return `: the gradient of "${parameters[i]!.name}" is not finite`;
  }
  return "";
}

async function holdsNumbers(tensor: tf.Tensor): Promise<boolean> {
  return (await tensor.data<"float32">()).every(Number.isFinite);
}
