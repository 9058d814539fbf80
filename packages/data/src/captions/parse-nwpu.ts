import { fail } from "@rsdix/internal";
import type { CaptionDataset, CaptionSentence } from "../caption-dataset";
import { checkParseOptions, type Draft, type DraftDataset, type ParseNamedCaptionsOptions, settle } from "./draft";
import {
  captionField,
  expected,
  extraFields,
  filenameField,
  listField,
  numberField,
  objectField,
  splitField,
  textField,
} from "./json-fields";
import { attemptAll, type Reading } from "./reading";

/**
 * Checks a value read from NWPU-Captions' JSON and gives it as a data set. The form is
 * `{ class: [{ filename, imgid, split, raw, raw_1, raw_2, ... }] }`; the image is at `class/filename`, and its label is the class with
 * blanks for "_". Fields it does not know go to `extra`.
 *
 * @param json - what `JSON.parse` returned.
 * @param where - what error messages call the source: usually the file's path.
 * @param options - `dataset` ("nwpu-captions"), `defaultSplit` for files without splits, `onError` ("throw") and `onSkip`.
 * @returns the data set, its images in the order of the file.
 * @throws RsdixError FILE_CORRUPT naming source, class, image and field at the first thing that is not as expected (with `onError` "skip"
 * an image or a caption is left out instead); INVALID_ARGUMENT; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { parseNwpu } from "@rsdix/data";
 * const json = { dense_forest: [{ filename: "forest_001.jpg", imgid: 0, split: "train", raw: "a forest", raw_1: "many trees" }] };
 * const [image] = parseNwpu(json, "dataset_nwpu.json").images;
 * if (image.filename !== "dense_forest/forest_001.jpg" || image.label !== "dense forest") throw new Error("expected the class");
 * ```
 * @see https://github.com/HaiyanHuang98/NWPU-Captions
 */
export function parseNwpu(json: unknown, where: string, options: ParseNamedCaptionsOptions = {}): CaptionDataset {
  const reading = checkParseOptions(options, "parseNwpu", ["dataset"]);
  return settle(draftNwpu(json, where, reading), options.dataset ?? "nwpu-captions", options, reading);
}

/** What a value in NWPU's form has, with the place of each image. */
export function draftNwpu(json: unknown, where: string, reading: Reading): DraftDataset {
  const classes = Object.entries(objectField(json, `${where}: the file`));
  const drafts: Draft[] = [];
  for (const [name, images] of classes) {
    const place = `${where}: ${JSON.stringify(name)}`;
    // A loop, as more arguments than the stack holds would be an error.
    for (const draft of reading.attempt(place, () => draftClass(name, images, place, reading)) ?? []) drafts.push(draft);
  }
  return { drafts };
}

function draftClass(name: string, images: unknown, where: string, reading: Reading): Draft[] {
  if (name === "" || /[/\\]/.test(name)) fail("FILE_CORRUPT", `${where} is no name of a class, which is a folder's.`);
  const label = className(name);
  return attemptAll(
    listField(images, where),
    reading,
    (i) => `${where}[${i}]`,
    (image, place) => draftImage(name, label, image, place, reading),
  );
}

function draftImage(folder: string, ofFolder: string, json: unknown, where: string, reading: Reading): Draft {
  const { filename, imgid, split, label = ofFolder, ...rest } = objectField(json, where);
  const captions: number[] = [];
  const extra: [string, unknown][] = [];
  for (const key of Object.keys(rest)) {
    const index = captionIndex(key);
    if (index !== undefined) captions.push(index);
    else extra.push([key, rest[key]]);
  }
  captions.sort((a, b) => a - b);
  if (captions.some((index, i) => index !== i)) {
    const missing = captionKey(captions.findIndex((index, i) => index !== i));
    expected(`${where}.${missing}`, "text", undefined, " Captions are raw, raw_1, raw_2 and so on.");
  }
  const sentence = (index: number, place: string): CaptionSentence => ({ raw: captionField(rest[captionKey(index)], place, reading) });
  const record = {
    filename: filenameField(`${folder}/${textField(filename, `${where}.filename`)}`, `${where}.filename`),
    imgid: numberField(imgid, `${where}.imgid`),
    ...(split !== undefined && { split: splitField(split, `${where}.split`) }),
    sentences: attemptAll(captions, reading, (i) => `${where}.${captionKey(i)}`, sentence),
    label: textField(label, `${where}.label`),
    ...extraFields(Object.fromEntries(extra)),
  };
  return { record, where };
}

/** Which caption a key holds: "raw" the first, "raw_1" the second. */
export function captionIndex(key: string): number | undefined {
  if (key === "raw") return 0;
  return /^raw_[1-9]\d{0,5}$/.test(key) ? Number(key.slice(4)) : undefined;
}

/** The key of a caption. */
export function captionKey(index: number): string {
  return index === 0 ? "raw" : `raw_${index}`;
}

/** A class's name as prompts need it. */
export function className(folder: string): string {
  return folder.replaceAll("_", " ");
}
