import { fail, show } from "@rsdix/internal";

/** A batch, once it is found to be an object, with the lists that a task reads of it. */
export function checkedBatch<Batch>(batch: Batch, where: string, lists: readonly (keyof Batch & string)[] = []): Batch {
  if (show(batch) !== "[object Object]") fail("INVALID_ARGUMENT", `${where}: a batch must be an object, got ${show(batch)}.`);
  const missing = lists.find((name) => typeof (batch[name] as { length?: unknown } | undefined)?.length !== "number");
  if (missing !== undefined) fail("INVALID_ARGUMENT", `${where}: a batch needs ${missing}, got ${show(batch[missing])}.`);
  return batch;
}
