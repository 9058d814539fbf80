import { fail } from "@rsdix/internal";
import { BUCKETS } from "./hashed-features";
import { LinearModel } from "./linear-model";

/** The three classifiers of the caption parser. */
export interface ParserModel {
  readonly tagger: LinearModel;
  readonly steps: LinearModel;
  readonly labels: LinearModel;
}

/** "RSP" and the version of the format. */
export const MAGIC = [0x52, 0x53, 0x50, 1] as const;

// No tag set and no set of relations comes near; the number keeps columns in a byte.
const MAX_CLASSES = 255;

/**
 * Reads a packed model: for each classifier the names of its classes, joined by line feeds, the number of its weights, the distances between
 * their places (row times classes plus class; as variable-length numbers) and the weights, a signed byte each.
 */
export function readParserModel(bytes: Uint8Array): ParserModel {
  const corrupt = (why: string): never => fail("FILE_CORRUPT", `The caption parser's model ${why}: fetch it again.`);
  if (bytes.length < 4 || MAGIC.some((byte, i) => bytes[i] !== byte)) corrupt("has another beginning than it should");
  let at: number = MAGIC.length;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= bytes.length || shift > 28) corrupt("breaks off");
      const byte = bytes[at++]!;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  const classifier = (): LinearModel => {
    const length = number();
    if (length > bytes.length - at) corrupt("breaks off");
    const classes = new TextDecoder().decode(bytes.subarray(at, at + length)).split("\n");
    at += length;
    if (classes.length > MAX_CLASSES) corrupt(`has ${classes.length} classes, more than ${MAX_CLASSES}`);
    const count = number();
    if (count * 2 > bytes.length - at) corrupt("breaks off"); // a place and a weight have a byte each at least
    const columns = new Uint8Array(count);
    const starts = new Int32Array(BUCKETS + 1);
    let place = -1;
    for (let k = 0; k < count; k++) {
      place += number() + 1;
      const row = Math.floor(place / classes.length);
      if (row >= BUCKETS) corrupt(`has a weight in row ${row} of ${BUCKETS}`);
      columns[k] = place % classes.length;
      starts[row + 1]!++;
    }
    for (let row = 0; row < BUCKETS; row++) starts[row + 1]! += starts[row]!;
    if (count > bytes.length - at) corrupt("breaks off");
    const weights = new Int8Array(bytes.slice(at, at + count).buffer);
    at += count;
    return new LinearModel(classes, starts, columns, weights);
  };
  const model = { tagger: classifier(), steps: classifier(), labels: classifier() };
  if (at !== bytes.length) corrupt(`has ${bytes.length - at} bytes too many`);
  if (model.steps.classes.length !== 4) corrupt(`has ${model.steps.classes.length} steps, expected 4`);
  return model;
}
