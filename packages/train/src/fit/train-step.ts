import type { TrainableParameter } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import type { AdamW, LearningRates } from "../optim/adamw";
import { clipFactor, globalNorm } from "../optim/clip-gradients";
import { entryToBlame } from "./broken-batch";
import { adviceAt, type Broken, brokenBy, brokenWeight, DATA_ADVICE, holdsNumbers, isOfValues } from "./broken-numbers";
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
  /** Called when the weights begin to change: what fails before leaves them as they were. */
  onUpdate?(): void;
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
        const broken = await brokenAtError(error, { task, plan, parameters }, batch, micro).catch(() => undefined); // the error itself counts
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
    if (!Number.isFinite(total) || !Number.isFinite(gradientNorm))
      return { ...outcome, broken: await brokenStep({ task, plan, parameters }, { total, parts: mean.parts, gradientNorm, gradients }) };
    const factor = clipFactor(gradientNorm, clipNorm) / accumulate;
    const index = new Map(parameters.map(({ name }, i) => [name, i]));
    plan.onUpdate?.();
    optimizer.step(({ name }) => gradients[index.get(name)!]!, learningRates, task.average, factor);
    return outcome;
  } finally {
    if (sum) release(sum);
    tf.dispose(norm ?? []);
  }
}

/** A step that went wrong. */
interface FailedStep<Batch> {
  readonly task: Task<Batch>;
  readonly plan: StepPlan<Batch>;
  readonly parameters: readonly TrainableParameter[];
}

/** Whether an error of a step comes from numbers: those of the batch, or the weights. */
async function brokenAtError<Batch>(error: unknown, failed: FailedStep<Batch>, batch: Batch, micro: number): Promise<Broken | undefined> {
  const run = { ...failed, first: firstOf(failed.plan) };
  const entry = isOfValues(error) && (await brokenWeight(run)) === undefined ? await entryIn(batch, failed, micro) : undefined;
  return entry === undefined ? brokenBy(error, run) : { ...ofData(entry), cause: error };
}

/** Where a loss or a gradient that is no number comes from, as far as it can be told. */
async function brokenStep<Batch>(
  failed: FailedStep<Batch>,
  of: { total: number; parts: Record<string, number>; gradientNorm: number; gradients: readonly tf.Tensor[] },
): Promise<Broken> {
  const { plan, parameters } = failed;
  const { total, parts, gradientNorm, gradients } = of;
  const advice = adviceAt(plan.step);
  const part = Object.keys(parts).find((name) => !Number.isFinite(parts[name]));
  const ofPart = part === undefined ? "" : `, its part "${part}" is ${parts[part]}`;
  const result = Number.isFinite(total) ? `the gradients' norm is ${gradientNorm}` : `the loss is ${total}${ofPart}`;
  const weight = await brokenWeight(failed);
  if (weight !== undefined) return { what: `${result}, and the weight "${weight}" is no longer finite`, advice, blame: "weights" };
  const what = `${result}${await firstBrokenGradient(parameters, gradients)}`;
  const entry = await entryInStep(failed);
  if (entry === undefined) return { what, advice, blame: "weights" };
  const data = ofData(entry);
  return { ...data, what: `${what}; ${data.what}` };
}

function ofData(entry: string): Broken {
  return { what: `the batch is not finite, while the weights are: ${entry}`, advice: DATA_ADVICE, blame: "data" };
}

/** A batch whose loss was a number: before the first update there is none yet. */
function firstOf<Batch>({ step, batch }: StepPlan<Batch>): (() => Batch | Promise<Batch>) | undefined {
  return step > 0 ? () => batch(0) : undefined;
}

/** What is to blame in the batches of a step, which are asked for again. */
async function entryInStep<Batch>(failed: FailedStep<Batch>): Promise<string | undefined> {
  const { step, accumulate, batch } = failed.plan;
  try {
    for (let micro = 0; micro < accumulate; micro++) {
      const entry = await entryIn(await batch(step * accumulate + micro), failed, micro);
      if (entry !== undefined) return entry;
    }
  } catch {
    // Nothing is known of them then.
  }
  return undefined;
}

function entryIn<Batch>(batch: Batch, { task, plan, parameters }: FailedStep<Batch>, micro: number): Promise<string | undefined> {
  return entryToBlame(batch, firstOf(plan), async (make) => {
    let one: Differentiated;
    try {
      one = tf.tidy(() => differentiate(task, make(), parameters, { step: plan.step, micro, training: true }));
    } catch (error) {
      return isOfValues(error) ? false : undefined;
    }
    const norm = globalNorm(one.gradients);
    try {
      const { of } = await readScalars({ of: { loss: one.loss, norm } });
      return Object.values(of).every(Number.isFinite);
    } finally {
      release(one);
      norm.dispose();
    }
  });
}

async function firstBrokenGradient(parameters: readonly TrainableParameter[], gradients: readonly tf.Tensor[]): Promise<string> {
  for (const [i, gradient] of gradients.entries()) {
    if (!(await holdsNumbers(gradient))) return `: the gradient of "${parameters[i]!.name}" is not finite`;
  }
  return "";
}
