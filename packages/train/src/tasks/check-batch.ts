import { fail, show } from "@rsdix/internal";
import type { TokenBatch } from "@rsdix/models";

/** A batch, once it is found to be an object, with the lists that a task reads of it. */
export function checkedBatch<Batch>(batch: Batch, where: string, lists: readonly (keyof Batch & string)[] = []): Batch {
  if (show(batch) !== "[object Object]") fail("INVALID_ARGUMENT", `${where}: a batch must be an object, got ${show(batch)}.`);
  const isList = (value: unknown) => Array.isArray(value) || ArrayBuffer.isView(value);
  const missing = lists.find((name) => !isList(batch[name]));
  if (missing !== undefined) fail("INVALID_ARGUMENT", `${where}: a batch needs ${missing}, got ${show(batch[missing])}.`);
  return batch;
}

/** Texts as tokens, once they are found to be a batch of them. */
export function checkedTokens(tokens: TokenBatch, where: string): TokenBatch {
  if (show(tokens?.ids) === "[object Int32Array]" && Array.isArray(tokens.shape) && tokens.shape.length === 2) return tokens;
  const got = show(tokens) === "[object Object]" ? `ids ${show(tokens.ids)} and shape ${show(tokens.shape)}` : show(tokens);
  return fail(
    "INVALID_ARGUMENT",
    `${where}: a batch's tokens must be { ids, shape: [texts, length] } with ids in an Int32Array, got ${got}.`,
  );
}
