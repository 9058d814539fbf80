import { fail, type RsdixError, type RsdixErrorCode } from "@rsdix/internal";
import type { TrainableParameter } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import type { Task } from "./task";

/** What is no longer a number, or beyond what a loss can take, and what to do about it. */
export interface Broken {
  readonly what: string;
  readonly advice: string;
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

/** Where to look for what is no number in a batch: its position and the records of its items are not what a loss is computed of. */
const NOT_COMPUTED_WITH = ["position", "records"];
/** What losses and models say of values that they cannot take. */
const OF_VALUES: readonly (RsdixErrorCode | undefined)[] = ["INVALID_ARGUMENT", "NOT_A_NUMBER"];
export const RATE_ADVICE = "Lower the learning rate or clip gradients.";
export const DATA_ADVICE = "Mend or leave out these data: no learning rate helps.";

/** Whether an error may be about values, not about shapes, options or the machine. */
export function isOfValues(error: unknown): boolean {
  return OF_VALUES.includes((error as Partial<RsdixError> | null)?.code);
}

/**
 * Whether numbers are to blame for an error in a step or a validation: weights that are no longer finite, or weights with which the loss of a batch that it
 * was once computed of no longer can be.
 */
export async function brokenBy<Batch>(error: unknown, run: RunAtError<Batch>): Promise<Broken | undefined> {
  const { message = String(error), code } = (error ?? {}) as Partial<RsdixError>;
  const said = message.replace(/\.$/, "");
  const weight = await brokenWeight(run);
  if (weight !== undefined) return { what: `the weight "${weight}" is no longer finite (${said})`, advice: RATE_ADVICE, cause: error };
  if (code === "NOT_A_NUMBER") return { what: said, advice: "", cause: error }; // it says itself what to do
  if (!run.first || !isOfValues(error) || !(await failsNow(run.task, run.first))) return undefined;
  const { name, size } = await largestWeight(run.parameters);
  return {
    what: `the weights have diverged: the loss can't be computed any more, nor that of the first batch (${said}); the largest weight is in "${name}", ${size.toPrecision(3)}`,
    advice: RATE_ADVICE,
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

/** Ends a run: what broke, when, and where it can go on from. */
export function failBroken(when: string, { what, advice, cause }: Broken, location?: string): never {
  const last = location === undefined ? "" : ` The last good checkpoint is ${location}.`;
  return fail("NOT_A_NUMBER", `${when} ${what}.${last}${advice && ` ${advice}`}`, cause);
}

/** Where a batch has something that is no finite number: "pixels[7] is NaN". */
export function brokenEntry(batch: unknown, path = "", depth = 0): string | undefined {
  if (typeof batch === "number") return Number.isFinite(batch) ? undefined : `${path || "the batch"} is ${batch}`;
  if (typeof batch !== "object" || batch === null || depth > 4) return undefined;
  if (batch instanceof tf.Tensor) return batch.isDisposed || batch.dtype !== "float32" ? undefined : inList(batch.dataSync(), path);
  if (batch instanceof Float32Array || batch instanceof Float64Array) return inList(batch, path);
  if (ArrayBuffer.isView(batch)) return undefined;
  for (const [name, value] of Object.entries(batch)) {
    if (NOT_COMPUTED_WITH.includes(name)) continue;
    const at = Array.isArray(batch) ? `${path}[${name}]` : path ? `${path}.${name}` : name;
    const found = brokenEntry(value, at, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether all values of a tensor are finite; one that was freed has none. */
export async function holdsNumbers(tensor: tf.Tensor): Promise<boolean> {
  return tensor.isDisposed || (await tensor.data<"float32">()).every(Number.isFinite);
}

function inList(values: ArrayLike<number>, path: string): string | undefined {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return `${path}[${i}] is ${values[i]}`;
  return undefined;
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
