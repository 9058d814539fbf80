import type { TrainableParameter } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import type { AdamW, LearningRates } from "../optim/adamw";
import { clipFactor, globalNorm } from "../optim/clip-gradients";
import { type Broken, brokenBy, brokenEntry, brokenWeight, DATA_ADVICE, holdsNumbers, isOfValues, RATE_ADVICE } from "./broken-numbers";
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
  broken?: Broken;
  /** Items that it was computed of, where the task tells. */
  items?: number;
}

/** One step: loss, gradients, check, update. Nothing of it stays on the device but the new weights and moments. */
export async function trainStep<Batch>(task: Task<Batch>, optimizer: AdamW, plan: StepPlan<Batch>): Promise<StepOutcome> {
  const { parameters } = optimizer;
  const { step, accumulate, learningRates, clipNorm } = plan;
  let sum: Differentiated | undefined;
  let norm: tf.Scalar | undefined;
  let items = 0;
  try {
    for (let micro = 0; micro < accumulate; micro++) {
      const batch = await plan.batch(step * accumulate + micro);
      try {
        const one = differentiate(task, batch, parameters, { step, micro, training: true });
        sum = sum ? added(task.name, sum, one) : one;
        items += task.itemsIn?.(batch) ?? 0;
      } catch (error) {
        const broken = await brokenAtError(error, task, parameters, plan, batch).catch(() => undefined); // the error itself counts
        if (!broken) throw error;
        return { loss: { total: Number.NaN }, logs: {}, gradientNorm: Number.NaN, broken };
      }
    }
    const { loss, parts, logs, gradients } = sum!;
    norm = globalNorm(gradients);
    const mean = await readScalars({ loss: { loss, norm }, parts, logs }, accumulate);
    const total = mean.loss.loss!;
    const gradientNorm = mean.loss.norm!;
    const outcome = { loss: { total, ...mean.parts }, logs: mean.logs, gradientNorm, ...(task.itemsIn && { items }) };
    // Checked on the host and before the update: on some devices a test for NaN is compiled away.
    if (!Number.isFinite(total))
      return { ...outcome, broken: await brokenLoss(task, plan, { total, parts: mean.parts, gradients, parameters }) };
    if (!Number.isFinite(gradientNorm)) {
      const what = `the gradients' norm is ${gradientNorm}${await firstBrokenGradient(parameters, gradients)}`;
      return { ...outcome, broken: { what, advice: RATE_ADVICE } };
    }
    const factor = clipFactor(gradientNorm, clipNorm) / accumulate;
    const index = new Map(parameters.map(({ name }, i) => [name, i]));
    optimizer.step(({ name }) => gradients[index.get(name)!]!, learningRates, task.average, factor);
    return outcome;
  } finally {
    if (sum) release(sum);
    tf.dispose(norm ?? []);
  }
}

/** Whether an error of a step comes from numbers: those of the batch, or the weights. */
async function brokenAtError<Batch>(
  error: unknown,
  task: Task<Batch>,
  parameters: readonly TrainableParameter[],
  { step, batch: batchOf }: StepPlan<Batch>,
  batch: Batch,
): Promise<Broken | undefined> {
  const run = { task, parameters, first: step > 0 ? () => batchOf(0) : undefined };
  const entry = isOfValues(error) && (await brokenWeight(run)) === undefined ? brokenEntry(batch) : undefined;
  if (entry === undefined) return brokenBy(error, run);
  return { what: `the batch is not finite, while the weights are: ${entry}`, advice: DATA_ADVICE, cause: error };
}

/** Where a loss that is no number comes from, as far as it can be told. */
async function brokenLoss<Batch>(
  task: Task<Batch>,
  plan: StepPlan<Batch>,
  of: { total: number; parts: Record<string, number>; gradients: readonly tf.Tensor[]; parameters: readonly TrainableParameter[] },
): Promise<Broken> {
  const { total, parts, gradients, parameters } = of;
  const weight = await brokenWeight({ task, parameters });
  if (weight !== undefined) return { what: `the loss is ${total}, and the weight "${weight}" is no longer finite`, advice: RATE_ADVICE };
  const part = Object.keys(parts).find((name) => !Number.isFinite(parts[name]));
  const ofPart = part === undefined ? "" : `, its part "${part}" is ${parts[part]}`;
  const what = `the loss is ${total}${ofPart}${await firstBrokenGradient(parameters, gradients)}`;
  const entry = await brokenBatch(plan);
  if (entry === undefined) return { what, advice: RATE_ADVICE };
  return { what: `${what}; the batch is not finite, while the weights are: ${entry}`, advice: DATA_ADVICE };
}

/** What is no number in the batches of a step, which are asked for again. */
async function brokenBatch<Batch>({ step, accumulate, batch }: StepPlan<Batch>): Promise<string | undefined> {
  try {
    for (let micro = 0; micro < accumulate; micro++) {
      const entry = brokenEntry(await batch(step * accumulate + micro));
      if (entry !== undefined) return entry;
    }
  } catch {
    // Nothing is known of them then.
  }
  return undefined;
}

async function firstBrokenGradient(parameters: readonly TrainableParameter[], gradients: readonly tf.Tensor[]): Promise<string> {
  for (const [i, gradient] of gradients.entries()) {
    if (!(await holdsNumbers(gradient))) return `: the gradient of "${parameters[i]!.name}" is not finite`;
  }
  return "";
}
