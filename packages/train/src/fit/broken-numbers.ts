import { fail, type RsdixError, type RsdixErrorCode } from "@rsdix/internal";
import type { TrainableParameter } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import type { Task } from "./task";

/** What is no longer a number, or beyond what a loss can take, and what to do about it. */
export interface Broken {
  readonly what: string;
  readonly advice: string;
  /** What is to blame: the data; the weights, which are then nothing to go on from; undefined where it can't be told. */
  readonly blame?: "data" | "weights";
  /** The error that it showed in, where there was one. */
  readonly cause?: unknown;
}

/** A run in which an error came up. */
export interface RunAtError<Batch> {
  readonly task: Task<Batch>;
  readonly parameters: readonly TrainableParameter[];
  /** A batch whose loss could be computed before the first update; undefined where there was no update yet. */
  readonly first: (() => Batch | Promise<Batch>) | undefined;
}

/** What losses and models say of values that they cannot take. */
const OF_VALUES: readonly RsdixErrorCode[] = ["INVALID_ARGUMENT", "NOT_A_NUMBER"];
export const RATE_ADVICE = "Lower the learning rate or clip gradients.";
export const DATA_ADVICE = "Mend or leave out these data: no learning rate helps.";
const START_ADVICE = "No update was made yet: look at the loss, and at the weights that it starts with.";

/** Whether an error is of these packages. Another says what its author meant by it, whatever its code, and is handed on as it is. */
export function isOurs(error: unknown): error is RsdixError {
  return (error as Partial<RsdixError> | null | undefined)?.name === "RsdixError";
}

/** Whether an error may be about values, not about shapes, options or the machine. */
export function isOfValues(error: unknown): error is RsdixError {
  return isOurs(error) && OF_VALUES.includes(error.code);
}

/** What to do about weights that a step, counted from 0, found broken. */
export function adviceAt(step: number): string {
  return step === 0 ? START_ADVICE : RATE_ADVICE;
}

/**
 * Whether numbers are to blame for an error of a loss or a model in a step or a validation: weights that are no longer finite, or weights with which the loss
 * of a batch that it was once computed of no longer can be.
 */
export async function brokenBy<Batch>(error: unknown, run: RunAtError<Batch>): Promise<Broken | undefined> {
  if (!isOfValues(error)) return undefined;
  const said = error.message.replace(/\.$/, "");
  const weight = await brokenWeight(run);
  const advice = run.first ? RATE_ADVICE : START_ADVICE;
  if (weight !== undefined) return { what: `the weight "${weight}" is no longer finite (${said})`, advice, blame: "weights", cause: error };
  if (error.code === "NOT_A_NUMBER") return { what: said, advice: "", cause: error }; // it says itself what to do
  if (!run.first || !(await failsNow(run.task, run.first))) return undefined;
  const { name, size } = await largestWeight(run.parameters);
  return {
    what: `the weights have diverged: the loss can't be computed any more, nor that of the first batch (${said}); the largest weight is in "${name}", ${size.toPrecision(3)}`,
    advice,
    blame: "weights",
    cause: error,
  };
}

/** The first weight, or average of one, that is not finite. */
export async function brokenWeight<Batch>({ task, parameters }: Omit<RunAtError<Batch>, "first">): Promise<string | undefined> {
  for (const { name, variable } of parameters) if (!(await holdsNumbers(variable))) return name;
  for (const { name } of parameters) {
    const average = task.average?.of(name);
    if (average && !(await holdsNumbers(average))) return `${name} (its moving average)`;
  }
  return undefined;
}

/** Ends a run: what broke, when, and where it can go on from (`last`, a sentence after a space). */
export function failBroken(when: string, { what, advice, cause }: Broken, last: string): never {
  return fail("NOT_A_NUMBER", `${when} ${what}.${last}${advice && ` ${advice}`}`, cause);
}

/** Whether all values of a tensor are finite; one that was freed has none. */
export async function holdsNumbers(tensor: tf.Tensor): Promise<boolean> {
  return tensor.isDisposed || (await tensor.data<"float32">()).every(Number.isFinite);
}

/** Whether the loss of a batch for which there once was one fails too: then it isn't for the batch that it failed. */
async function failsNow<Batch>(task: Task<Batch>, first: () => Batch | Promise<Batch>): Promise<boolean> {
  let batch: Batch;
  try {
    batch = await first();
  } catch {
    return false; // nothing is known then
  }
  try {
    tf.tidy(() => void task.prepare(batch, { step: 0, micro: 0, training: false })());
    return false;
  } catch (error) {
    return isOfValues(error);
  }
}

async function largestWeight(parameters: readonly TrainableParameter[]): Promise<{ name: string; size: number }> {
  let largest = { name: "", size: -1 };
  for (const { name, variable } of parameters) {
    let size = 0;
    for (const value of await variable.data<"float32">()) size = Math.max(size, Math.abs(value));
    if (size > largest.size) largest = { name, size };
  }
  return largest;
}
