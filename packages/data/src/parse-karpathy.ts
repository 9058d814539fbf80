import type { CaptionDataset, CaptionRecord } from "./caption-dataset";
import { checkParseOptions, type Draft, type DraftDataset, type ParseCaptionsOptions, settle, settleSplits } from "./captions/draft";
import {
  extraFields,
  filenameField,
  listField,
  numberField,
  objectField,
  sentenceField,
  splitField,
  textField,
} from "./captions/json-fields";
import { attemptAll, type Reading, startReading } from "./captions/reading";

/** Options of `parseKarpathy` and `readKarpathy`. */
export interface ParseKarpathyOptions extends ParseCaptionsOptions {}

/**
 * Checks a value read from JSON and gives it as a data set. The form is that of Karpathy's splits and of RSICD, UCM-Captions and RSITMD:
 * `{ dataset, images: [{ filename, imgid, split, sentences: [{ raw, tokens? }], label? }] }`. Fields it does not know go to `extra`, and file
 * names get one spelling: "./a\\b.png" becomes "a/b.png".
 *
 * @param json - what `JSON.parse` returned.
 * @param where - what error messages call the source: usually the file's path.
 * @param options - `defaultSplit` for files without splits, `onError` ("throw") and `onSkip`.
 * @returns the data set, with every field checked and no file name that leaves the image folder.
 * @throws RsdixError FILE_CORRUPT naming source, image and field at the first thing that is not as expected (with `onError` "skip" an
 * image or a caption is left out instead); INVALID_ARGUMENT; UNKNOWN_OPTION.
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
  const reading = checkParseOptions(options, "parseKarpathy");
  return settleKarpathy(json, where, options, reading);
}

/** The data set that a value in Karpathy's form is. */
export function settleKarpathy(json: unknown, where: string, options: ParseKarpathyOptions, reading: Reading): CaptionDataset {
  const draft = draftKarpathy(json, where, reading);
  return settle(draft, textField(draft.dataset, `${where}: dataset`), options, reading);
}

/** What a value in Karpathy's form has, with the place of each image; the name may be missing. */
export function draftKarpathy(json: unknown, where: string, reading: Reading): DraftDataset {
  const { dataset, images, ...extra } = objectField(json, `${where}: the file`);
  const items = listField(images, `${where}: images`);
  return {
    ...(dataset !== undefined && { dataset: textField(dataset, `${where}: dataset`) }),
    drafts: attemptAll(
      items,
      reading,
      (i) => `${where}: images[${i}]`,
      (item, place) => draftRecord(item, place, reading),
    ),
    ...extraFields(extra),
  };
}

/** One image's record, checked; what is wrong is said of `where`. */
export function parseRecord(json: unknown, where: string): CaptionRecord {
  const reading = startReading({});
  return settleSplits([draftRecord(json, where, reading)], undefined, reading)[0]!;
}

function draftRecord(json: unknown, where: string, reading: Reading): Draft {
  const { filename, imgid, split, sentences, label, ...extra } = objectField(json, where);
  const record = {
    filename: filenameField(filename, `${where}.filename`),
    imgid: numberField(imgid, `${where}.imgid`),
    ...(split !== undefined && { split: splitField(split, `${where}.split`) }),
    sentences: attemptAll(
      listField(sentences, `${where}.sentences`),
      reading,
      (i) => `${where}.sentences[${i}]`,
      (sentence, place) => sentenceField(sentence, place, reading),
    ),
    ...(label !== undefined && { label: textField(label, `${where}.label`) }),
    ...extraFields(extra),
  };
  return { record, where };
}
