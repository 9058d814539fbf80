import * as tf from "@tensorflow/tfjs-core";

/** Where to look for what is no number in a batch: its position and the records of its items are not what a loss is computed of. */
const NOT_COMPUTED_WITH = ["position", "records"];
const DEEPEST = 4;

/** What asks whether the loss of a batch is a number; undefined where that can't be told. The batch is made where the tensors in it are freed. */
export type LossIsNumber<Batch> = (make: () => Batch) => Promise<boolean | undefined>;

/**
 * The entry of a batch that keeps its loss from being a number, such as "pixels[7] is NaN"; undefined where none does. An entry that is no finite number is not
 * to blame for that alone: a mask may well have -Infinity, and a place that isn't known may be NaN. It is to blame where the loss is a number with 0 in its
 * place, and none with it; where that can't be tried, the first is.
 *
 * @param first A batch whose loss was a number: what it has as well is not looked at.
 */
export async function entryToBlame<Batch>(
  batch: Batch,
  first: (() => Batch | Promise<Batch>) | undefined,
  lossIsNumber: LossIsNumber<Batch>,
): Promise<string | undefined> {
  const usual = first ? await entriesOfFirst(first) : new Map<string, string>();
  const suspects = new Map([...brokenEntries(batch)].filter(([kind]) => !usual.has(kind)));
  if (suspects.size === 0) return undefined;
  const without = (spared?: string) => () => mended(batch, (kind) => suspects.has(kind) && kind !== spared) as Batch;
  const mends = await lossIsNumber(without());
  if (mends === false) return undefined;
  for (const [kind, entry] of mends ? suspects : []) if ((await lossIsNumber(without(kind))) === false) return entry;
  const harmless = mends && (suspects.size === 1 || (await lossIsNumber(() => batch)));
  return harmless ? undefined : suspects.values().next().value;
}

/** What is no finite number in a batch, the first of each kind: of one field, and of one of NaN, Infinity and -Infinity. */
function brokenEntries(batch: unknown): Map<string, string> {
  const found = new Map<string, string>();
  mended(batch, (kind, entry) => {
    if (!found.has(kind)) found.set(kind, entry);
    return false;
  });
  return found;
}

async function entriesOfFirst<Batch>(first: () => Batch | Promise<Batch>): Promise<Map<string, string>> {
  try {
    return brokenEntries(await first());
  } catch {
    return new Map(); // nothing is known of it then
  }
}

/** Says of an entry that is no finite number whether 0 takes its place. */
type Mends = (kind: string, entry: string) => boolean;

/** Where a value is in a batch: "items[3].size" of the field "items[].size". */
interface Place {
  readonly path: string;
  readonly field: string;
}

/** A batch with 0 in the place of some of what is no finite number; the batch itself where there is none of it. What is given is left alone. */
function mended(value: unknown, mends: Mends, at: Place = { path: "", field: "" }, depth = 0): unknown {
  if (typeof value === "number") return mendedNumber(value, mends, at.path || "the batch", at.field);
  if (typeof value !== "object" || value === null || depth > DEEPEST) return value;
  if (value instanceof tf.Tensor) return mendedTensor(value, mends, at);
  if (value instanceof Float32Array || value instanceof Float64Array) return mendedList(value, mends, at);
  if (ArrayBuffer.isView(value)) return value;
  const isList = Array.isArray(value);
  const changed: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    if (NOT_COMPUTED_WITH.includes(name)) continue;
    const below = (parent: string, item: string) => (isList ? `${parent}${item}` : parent ? `${parent}.${name}` : name);
    const place = { path: below(at.path, `[${name}]`), field: below(at.field, "[]") };
    const better = mended(inner, mends, place, depth + 1);
    if (!Object.is(better, inner)) changed[name] = better;
  }
  if (Object.keys(changed).length === 0) return value;
  return isList ? Object.assign([...value], changed) : Object.assign(Object.create(Object.getPrototypeOf(value)), value, changed);
}

function mendedNumber(value: number, mends: Mends, path: string, field: string): number {
  return Number.isFinite(value) || !mends(`${field} ${value}`, `${path} is ${value}`) ? value : 0;
}

function mendedList<T extends Float32Array | Float64Array>(values: T, mends: Mends, { path, field }: Place): T {
  let copy: T | undefined;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i]) || mendedNumber(values[i]!, mends, `${path}[${i}]`, field) !== 0) continue;
    copy ??= values.slice() as T;
    copy[i] = 0;
  }
  return copy ?? values;
}

function mendedTensor(tensor: tf.Tensor, mends: Mends, at: Place): tf.Tensor {
  if (tensor.isDisposed || tensor.dtype !== "float32") return tensor;
  const values = tensor.dataSync<"float32">();
  const better = mendedList(values, mends, at);
  return better === values ? tensor : tf.tensor(better, tensor.shape);
}
