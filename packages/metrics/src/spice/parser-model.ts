import { fail } from "@rsdix/internal";
import { BUCKETS, MAX_TEMPLATES } from "./hashed-features";
import { LinearModel } from "./linear-model";
import { type ParserWords, readWords } from "./parser-words";

/** The three classifiers of the caption parser, and its words. */
export interface ParserModel {
  readonly tagger: LinearModel;
  readonly steps: LinearModel;
  readonly labels: LinearModel;
  readonly words: ParserWords;
}

/** "RSP" and the version of the format. */
export const MAGIC = [0x52, 0x53, 0x50, 2] as const;

// No tag set and no set of relations comes near; the number keeps columns in a byte.
const MAX_CLASSES = 255;

/**
 * Reads a packed model: lists of words, joined by line feeds, and the templates of each classifier, four bytes a template, all behind their
 * lengths; then for each classifier the names of its classes, joined likewise, the number of its weights, the distances between their places (row
 * times classes plus class; as variable-length numbers) and the weights, a signed byte each.
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
  const take = (length = number()): Uint8Array => {
    if (length > bytes.length - at) corrupt("breaks off");
    at += length;
    return bytes.subarray(at - length, at);
  };
  const text = (): string => new TextDecoder().decode(take());
  const templatesOf = (): Uint8Array => {
    const templates = take();
    if (templates.length % 4 !== 0 || templates.length > 4 * MAX_TEMPLATES) corrupt(`has ${templates.length} bytes of templates`);
    return templates;
  };
  const classifier = (templates: Uint8Array): LinearModel => {
    const classes = text().split("\n");
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
    const weights = new Int8Array(take(count).slice().buffer);
    return new LinearModel(classes, templates, starts, columns, weights);
  };
  const words = readWords(text(), corrupt);
  const [ofTagger, ofSteps, ofLabels] = [templatesOf(), templatesOf(), templatesOf()];
  const model = { words, tagger: classifier(ofTagger), steps: classifier(ofSteps), labels: classifier(ofLabels) };
  if (at !== bytes.length) corrupt(`has ${bytes.length - at} bytes too many`);
  if (model.steps.classes.length !== 4) corrupt(`has ${model.steps.classes.length} steps, expected 4`);
  return model;
}
