import { fail, isRecord } from "@rsdix/internal";
import type { ExtraFields } from "../caption-dataset";
import { parseJson } from "./sample-record";
import { DATASET_ENTRY } from "./samples";

/** What our shards say of the whole data set. */
export interface DatasetHead {
  readonly dataset: string;
  readonly extra?: ExtraFields;
  readonly classes?: readonly string[];
}

/** Reads what a shard says of the whole data set; FILE_CORRUPT. */
export function datasetHead(bytes: Uint8Array, shard: string): DatasetHead {
  const where = `${shard}: ${DATASET_ENTRY}`;
  const { dataset, classes, extra } = parseJson(bytes, where);
  if (typeof dataset !== "string") fail("FILE_CORRUPT", `${where}: dataset must be text.`);
  if (classes !== undefined && !(Array.isArray(classes) && classes.every((name) => typeof name === "string"))) {
    fail("FILE_CORRUPT", `${where}: classes must be a list of texts.`);
  }
  if (extra !== undefined && !isRecord(extra)) {
    fail("FILE_CORRUPT", `${where}: extra must be an object.`);
  }
  return { dataset, ...(classes && { classes: classes as string[] }), ...(extra && { extra: extra as ExtraFields }) };
}
