import { size } from "../native-backend";
import type { NativeKernel } from "../register";
import { type Words, words, wordsLike, wordsResult } from "../words";

/** The addon's choice between two arrays. */
export interface SelectAddon {
  /** y[i] = condition[i] == 1 ? t[i] : e[i] */
  select(condition: Uint8Array, t: Words, e: Words, y: Words, n: number): void;
}

/** Where the condition has the shape of both; one that chooses rows is the stock kernel's. */
export const select: NativeKernel = ({ inputs, backend }) => {
  const condition = inputs.condition!;
  const t = inputs.t!;
  const e = inputs.e!;
  const n = size(t.shape);
  const chosen = backend.data.get(condition.dataId).values;
  if (t.dtype !== e.dtype || !(chosen instanceof Uint8Array) || chosen.length !== n || size(e.shape) !== n) return undefined;
  const values = words(backend, t);
  if (!values) return undefined;
  const y = wordsLike(backend, values, n);
  backend.addon.select(chosen, values, words(backend, e)!, y, n);
  return wordsResult(backend, t.shape, y);
};
