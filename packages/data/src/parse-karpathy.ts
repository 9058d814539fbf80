import { checkOptions, fail } from "@rsdix/internal";
import {
  type CaptionDataset,
  type CaptionRecord,
  type CaptionSentence,
  type ExtraFields,
  type JsonValue,
  SPLITS,
  type Split,
} from "./caption-dataset";
import { filenameProblem } from "./filename-problem";

/** Options of `parseKarpathy` and `readKarpathy`. */
export interface ParseKarpathyOptions {
  /** The split of records that name none (to be drawn with `randomSplit` afterwards); without it, a record without a split is an error. */
  readonly defaultSplit?: Split;
}

/**
 * Checks a value read from JSON and gives it as a data set. The form is that of Karpathy's splits and of RSICD, UCM-Captions and RSITMD:
 * `{ dataset, images: [{ filename, imgid, split, sentences: [{ raw, tokens? }], label? }] }`. Fields it does not know go to `extra`.
 *
 * @param json - what `JSON.parse` returned.
 * @param where - what error messages call the source: usually the file's path.
 * @param options - `defaultSplit` for files without splits.
 * @returns the data set, with every field checked and no file name that leaves the image folder.
 * @throws RsdixError FILE_CORRUPT naming source, image and field at the first thing that is not as expected; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { parseKarpathy } from "@rsdix/data";
 * const image = { filename: "park_1.jpg", imgid: 0, split: "train", sentences: [{ raw: "a park" }], lat: 45.5 };
 * const { images } = parseKarpathy({ dataset: "tiny", images: [image] }, "tiny.json");
 * if (images[0].extra?.lat !== 45.5) throw new Error("unknown fields are kept in extra");
 * ```
 * @see Karpathy and Fei-Fei, "Deep visual-semantic alignments for generating image descriptions", https://arxiv.org/abs/1412.2306
 */
export function parseKarpathy(json: unknown, where: string, options: ParseKarpathyOptions = {}): CaptionDataset {
  checkOptions(options, ["defaultSplit"], "parseKarpathy");
  const { dataset, images, ...extra } = object(json, `${where}: the file`);
  return {
    dataset: text(dataset, `${where}: dataset`),
    images: list(images, `${where}: images`).map((image, index) => parseRecord(image, `${where}: images[${index}]`, options)),
    ...extraFields(extra),
  };
}

function parseRecord(json: unknown, where: string, { defaultSplit }: ParseKarpathyOptions): CaptionRecord {
  const { filename, imgid, split = defaultSplit, sentences, label, ...extra } = object(json, where);
  const problem = filenameProblem(filename);
  if (problem) fail("FILE_CORRUPT", `${where}.filename ${problem}, got ${show(filename)}.`);
  if (!Number.isSafeInteger(imgid)) expected(`${where}.imgid`, "a whole number", imgid);
  if (split !== "restval" && !SPLITS.includes(split as Split)) {
    const hint = split === undefined ? " Give readKarpathy a defaultSplit if the file has no splits." : "";
    expected(`${where}.split`, 'one of "train", "val", "test", "restval"', split, hint);
  }
  return {
    filename: filename as string,
    imgid: imgid as number,
    split: split as CaptionRecord["split"],
    sentences: list(sentences, `${where}.sentences`).map((sentence, i) => parseSentence(sentence, `${where}.sentences[${i}]`)),
    ...(label !== undefined && { label: text(label, `${where}.label`) }),
    ...extraFields(extra),
  };
}

function parseSentence(json: unknown, where: string): CaptionSentence {
  const { raw, tokens, ...extra } = object(json, where);
  return {
    raw: text(raw, `${where}.raw`),
    ...(tokens !== undefined && { tokens: list(tokens, `${where}.tokens`).map((token, i) => text(token, `${where}.tokens[${i}]`)) }),
    ...extraFields(extra),
  };
}

function extraFields(extra: Record<string, unknown>): { extra?: ExtraFields } {
  return Object.keys(extra).length > 0 ? { extra: extra as Record<string, JsonValue> } : {};
}

function object(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) expected(where, "an object", value);
  return value as Record<string, unknown>;
}

function list(value: unknown, where: string): unknown[] {
  return Array.isArray(value) ? value : expected(where, "a list", value);
}

function text(value: unknown, where: string): string {
  return typeof value === "string" ? value : expected(where, "text", value);
}

function expected(where: string, what: string, value: unknown, hint = ""): never {
  return fail("FILE_CORRUPT", `${where} must be ${what}, got ${value === undefined ? "nothing" : show(value)}.${hint}`);
}

function show(value: unknown): string {
  const shown = JSON.stringify(value) ?? String(value);
  return shown.length > 60 ? `${shown.slice(0, 60)}...` : shown;
}
