import type { CaptionDataset } from "../caption-dataset";
import { checkForm, checkText } from "../check-inputs";
import { recordJson, refuseLoss, withExtra } from "../stringify-karpathy";
import { checkParseOptions, type DraftDataset, type ParseNamedCaptionsOptions, settle } from "./draft";
import { groupCaptions } from "./group-captions";
import {
  captionField,
  expected,
  extraFields,
  filenameField,
  listField,
  numberField,
  objectField,
  sentenceField,
  splitField,
  textField,
} from "./json-fields";
import { parseJsonText } from "./parse-json-text";
import { attemptAll, type Reading } from "./reading";

/**
 * Reads captions as JSON lines: an object a line. It names an image (`filename`, or `file_name` as Hugging Face's metadata.jsonl has it)
 * and its captions: `sentences` in Karpathy's form, `captions` (a list of texts), or `caption` or `text` (one caption; lines of one image
 * are put together). `imgid`, `split` and `label` may be there; an image without `imgid` gets its place among the images; other fields go
 * to the image's `extra`, of a line with one caption to the caption's. A first line without an image names the data set: `{"dataset":"rsicd"}`.
 *
 * @param text - the lines; blank ones are passed over.
 * @param where - what error messages call the source: usually the file's path.
 * @param options - `dataset` ("captions"), `defaultSplit` for lines without splits, `onError` ("throw") and `onSkip`.
 * @returns the data set, its images in the order of their first lines.
 * @throws RsdixError FILE_CORRUPT naming source, line and field at the first thing that is not as expected (with `onError` "skip" the line
 * or caption is left out instead); INVALID_ARGUMENT; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { parseCaptionsJsonLines } from "@rsdix/data";
 * const lines = '{"file_name":"a.png","text":"a river"}\n{"file_name":"a.png","text":"a wide river"}\n';
 * const [image] = parseCaptionsJsonLines(lines, "metadata.jsonl", { defaultSplit: "train" }).images;
 * if (image.sentences[1].raw !== "a wide river") throw new Error("expected both captions of the image");
 * ```
 * @see https://jsonlines.org
 */
export function parseCaptionsJsonLines(text: string, where: string, options: ParseNamedCaptionsOptions = {}): CaptionDataset {
  const reading = checkParseOptions(options, "parseCaptionsJsonLines", ["dataset"]);
  checkText(text, "parseCaptionsJsonLines");
  return settle(draftJsonLines(text, where, reading), options.dataset ?? "captions", options, reading);
}

/** What JSON lines have, with the line of each image. */
export function draftJsonLines(text: string, where: string, reading: Reading): DraftDataset {
  const images = groupCaptions();
  let head: Pick<DraftDataset, "dataset" | "extra"> | undefined;
  text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .forEach((line, index) => {
      if (line.trim() === "") return;
      const place = `${where}: line ${index + 1}`;
      reading.attempt(place, () => {
        const json = objectField(parseJsonText(line, place, reading), place);
        if (!head && images.drafts.length === 0 && isHead(json)) {
          const { dataset, ...extra } = json;
          head = { dataset: textField(dataset, `${place}: dataset`), ...extraFields(extra) };
        } else addLine(json, place, reading, images);
      });
    });
  return { ...head, drafts: images.drafts };
}

function isHead(json: Record<string, unknown>): boolean {
  return Object.hasOwn(json, "dataset") && !Object.hasOwn(json, "filename") && !Object.hasOwn(json, "file_name");
}

const FORMS = ["sentences", "captions", "caption", "text"] as const;
const HINT = ' A line has "sentences", "captions", "caption" or "text".';

function addLine(json: Record<string, unknown>, where: string, reading: Reading, images: ReturnType<typeof groupCaptions>): void {
  const named = Object.hasOwn(json, "filename") ? "filename" : "file_name";
  const form = FORMS.find((key) => Object.hasOwn(json, key)) ?? expected(`${where}: sentences`, "a list", undefined, HINT);
  const { [named]: filename, [form]: value, imgid, split, label, ...extra } = json;
  const fields = {
    filename: filenameField(filename, `${where}: ${named}`),
    imgid: imgid === undefined ? undefined : numberField(imgid, `${where}: imgid`),
    split: split === undefined ? undefined : splitField(split, `${where}: split`),
    label: label === undefined ? undefined : textField(label, `${where}: label`),
  };
  const place = `${where}: ${form}`;
  if (form === "caption" || form === "text") {
    images.addCaptions(fields, [{ raw: captionField(value, place, reading), ...extraFields(extra) }], where);
    return;
  }
  const sentences = attemptAll(
    listField(value, place),
    reading,
    (i) => `${place}[${i}]`,
    (item, at) => (form === "sentences" ? sentenceField(item, at, reading) : { raw: captionField(item, at, reading) }),
  );
  images.addImage({ ...fields, ...extraFields(extra) }, sentences, where);
}

/**
 * Writes a data set as JSON lines: a first line with its name and further fields, then an image a line in Karpathy's form.
 *
 * @param dataset - the data set.
 * @returns text that `parseCaptionsJsonLines` gives back without loss.
 * @throws RsdixError INVALID_ARGUMENT when an `extra` field has a known field's name or a value that JSON cannot hold (such as NaN);
 * FILE_CORRUPT when a field is not as `parseCaptionsJsonLines` wants it.
 * @example
 * ```ts
 * import { type CaptionRecord, parseCaptionsJsonLines, stringifyCaptionsJsonLines } from "@rsdix/data";
 * const image: CaptionRecord = { filename: "park_1.jpg", imgid: 0, split: "train", sentences: [{ raw: "a park" }] };
 * const text = stringifyCaptionsJsonLines({ dataset: "tiny", images: [image] });
 * if (parseCaptionsJsonLines(text, "text").images[0].filename !== "park_1.jpg") throw new Error("nothing is lost");
 * ```
 * @see https://jsonlines.org
 */
export function stringifyCaptionsJsonLines(dataset: CaptionDataset): string {
  checkForm(dataset, "stringifyCaptionsJsonLines");
  const head = withExtra({ dataset: dataset.dataset }, dataset.extra, "the data set", ["filename", "file_name"]);
  const lines = [head, ...dataset.images.map((image, index) => recordJson(image, `images[${index}]`))];
  const text = lines.map((line) => `${JSON.stringify(line, refuseLoss)}\n`).join("");
  parseCaptionsJsonLines(text, "the data set to write"); // what cannot be read back must not be written
  return text;
}
