import { fail } from "@rsdix/internal";
import { dsvFormat } from "d3-dsv";
import type { CaptionDataset, CaptionSentence, ExtraFields, JsonValue } from "../caption-dataset";
import { checkForm, checkText } from "../check-inputs";
import { storeName } from "../files/file-name";
import { refuseLoss } from "../stringify-karpathy";
import { checkParseOptions, type DraftDataset, type ParseNamedCaptionsOptions, settle } from "./draft";
import { groupCaptions, type ImageFields } from "./group-captions";
import { captionField, expected, extraFields, filenameField, objectField, splitField, textField, tokensField } from "./json-fields";
import { parseJsonText } from "./parse-json-text";
import { type Reading, startReading } from "./reading";

/** Options of `parseCaptionsCsv`. */
export interface ParseCaptionsCsvOptions extends ParseNamedCaptionsOptions {
  /** What is between fields: "," or a tab; "," unless told otherwise. */
  readonly separator?: "," | "\t";
}

/** A column for what CSV has no place for, as JSON: a caption's words, further fields, an image without captions. */
const JSON_COLUMN = "rsdix_json";
const JSON_FIELDS = ["tokens", "extra", "label", "image", "none", "file"];
// A line that no file has: it is a row of its own unless a quote before it was never closed.
const END = "\u0000end of file";
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Reads captions as CSV with a header. Columns: `filename` (or `file_name`), and either `caption` (or `text`), a row a caption, rows of
 * one image put together; or `caption_1`, `caption_2` and so on, a row an image, where empty fields are no captions (with both, `caption`
 * is the first of the image's). `imgid`, `split` and `label` may be there; an image without `imgid` gets its place among the images; other columns go to the
 * caption's `extra` as text, and to the image's where a row is an image.
 *
 * @param text - the table; fields may be in quotes, a quote within them is written twice, line ends are LF or CRLF.
 * @param where - what error messages call the source: usually the file's path.
 * @param options - `separator` (","), `dataset` ("captions"), `defaultSplit` for rows without splits, `onError` ("throw") and `onSkip`.
 * @returns the data set, its images in the order of their first rows.
 * @throws RsdixError FILE_CORRUPT naming source, line and column at the first thing that is not as expected (with `onError` "skip" the row
 * is left out instead); INVALID_ARGUMENT; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { parseCaptionsCsv } from "@rsdix/data";
 * const csv = 'filename,caption\na.png,a river\na.png,"a river, and trees"\n';
 * const [image] = parseCaptionsCsv(csv, "captions.csv", { defaultSplit: "train" }).images;
 * if (image.sentences[1].raw !== "a river, and trees") throw new Error("expected both captions of the image");
 * ```
 * @see RFC 4180, https://www.rfc-editor.org/rfc/rfc4180
 */
export function parseCaptionsCsv(text: string, where: string, options: ParseCaptionsCsvOptions = {}): CaptionDataset {
  const reading = checkParseOptions(options, "parseCaptionsCsv", ["dataset", "separator"]);
  checkText(text, "parseCaptionsCsv");
  const { separator = ",", dataset = "captions" } = options;
  if (separator !== "," && separator !== "\t") fail("INVALID_ARGUMENT", `separator must be "," or a tab, got ${String(separator)}.`);
  return settle(draftCsv(text, where, reading, separator), dataset, options, reading);
}

/** What a table has, with the line of each image. */
export function draftCsv(text: string, where: string, reading: Reading, separator: string): DraftDataset {
  const [header = [], ...rows] = rowsOf(text, where, separator);
  const columns = columnsOf(header, `${where}: line 1`);
  const images = groupCaptions();
  let file: ExtraFields | undefined;
  let line = 1 + linesWithin(header);
  for (const row of rows) {
    line++;
    const place = `${where}: line ${line}`;
    line += linesWithin(row);
    if (row.length === 1 && row[0] === "") continue; // a blank line
    reading.attempt(place, () => {
      if (row.length !== header.length) {
        const hint = `A field with a ${separator === "," ? "comma" : "tab"} in it must be in quotes.`;
        fail("FILE_CORRUPT", `${place} has ${row.length} fields, the header has ${header.length}. ${hint}`);
      }
      const { fields, sentences, whole } = readRow(row, columns, place, reading);
      if (whole) file ??= whole;
      if (columns.captions) images.addImage(fields, sentences, place);
      else images.addCaptions(fields, sentences, place);
    });
  }
  return { drafts: images.drafts, ...(file && { extra: file }) };
}

function rowsOf(text: string, where: string, separator: string): string[][] {
  const body = text.replace(/^\uFEFF/, "");
  const rows: string[][] = dsvFormat(separator).parseRows(`${body.replace(/\r?\n$/, "")}\n${END}`);
  if (rows.at(-1)?.[0] !== END) {
    const line = 1 + rows.slice(0, -1).reduce((lines, row) => lines + 1 + linesWithin(row), 0);
    fail("FILE_CORRUPT", `${where}: line ${line} opens a quote that is never closed. Write a quote within quotes twice.`);
  }
  return rows.slice(0, -1);
}

function linesWithin(row: readonly string[]): number {
  let lines = 0;
  for (const field of row) for (let at = field.indexOf("\n"); at >= 0; at = field.indexOf("\n", at + 1)) lines++;
  return lines;
}

interface Columns {
  readonly filename: number;
  /** The column of captions, a row a caption. */
  readonly caption?: number;
  /** The columns of captions, a row an image. */
  readonly captions?: readonly number[];
  readonly imgid: number;
  readonly split: number;
  readonly label: number;
  readonly json: number;
  readonly further: readonly (readonly [name: string, index: number])[];
}

function columnsOf(header: readonly string[], where: string): Columns {
  const twice = header.find((name, i) => header.indexOf(name) !== i);
  if (twice !== undefined) fail("FILE_CORRUPT", `${where} names the column ${JSON.stringify(twice)} twice.`);
  const first = (...names: string[]) => names.map((name) => header.indexOf(name)).find((index) => index >= 0) ?? -1;
  const filename = first("filename", "file_name");
  const caption = first("caption", "text");
  const numberOf = (name: string) => Number(/^caption_(\d+)$/.exec(name)?.[1] ?? -1);
  const numbered = header
    .map((name, index) => ({ index, number: numberOf(name) }))
    .filter(({ number }) => number >= 0)
    .sort((a, b) => a.number - b.number)
    .map(({ index }) => index);
  if (filename < 0 || (caption < 0 && numbered.length === 0)) {
    const got = header.map((name) => JSON.stringify(name)).join(", ") || "nothing";
    fail("FILE_CORRUPT", `${where} must name the columns filename and caption (or caption_1, caption_2, ...), got ${got}.`);
  }
  const known = { imgid: first("imgid"), split: first("split"), label: first("label"), json: first(JSON_COLUMN) };
  const captions = [...(caption >= 0 ? [caption] : []), ...numbered];
  const used = new Set([filename, ...Object.values(known), ...captions]);
  const further = header.map((name, index) => [name, index] as const).filter(([, index]) => !used.has(index));
  return { filename, ...(numbered.length > 0 ? { captions } : { caption }), ...known, further };
}

function readRow(
  row: readonly string[],
  columns: Columns,
  where: string,
  reading: Reading,
): { fields: ImageFields; sentences: CaptionSentence[]; whole?: ExtraFields } {
  const given = (index: number) => (index < 0 || row[index] === "" ? undefined : row[index]);
  const number = given(columns.imgid);
  const split = given(columns.split);
  const json = jsonOf(given(columns.json), `${where}: ${JSON_COLUMN}`);
  const further = Object.fromEntries(columns.further.map(([name, index]) => [name, row[index]!]));
  const fields = {
    filename: filenameField(row[columns.filename], `${where}: filename`),
    imgid: number === undefined ? undefined : wholeNumber(number, `${where}: imgid`),
    split: split === undefined ? undefined : splitField(split, `${where}: split`),
    label: json.label ?? given(columns.label),
    extra: json.image ?? (columns.captions ? extraFields(further).extra : undefined),
  };
  const sentence = (index: number): CaptionSentence => ({
    raw: captionField(row[index], `${where}: caption`, reading),
    ...(json.tokens && { tokens: json.tokens }),
    ...(columns.captions ? {} : extraFields({ ...further, ...json.extra })),
  });
  const indices = columns.captions ? columns.captions.filter((index) => row[index]!.trim() !== "") : json.none ? [] : [columns.caption!];
  return { fields, sentences: indices.map(sentence), ...(json.file && { whole: json.file }) };
}

function wholeNumber(text: string, where: string): number {
  const number = Number(text);
  return /^-?\d+$/.test(text) && Number.isSafeInteger(number) ? number : expected(where, "a whole number", text);
}

interface JsonCell {
  tokens?: string[];
  extra?: ExtraFields;
  label?: string;
  image?: ExtraFields;
  none?: boolean;
  file?: ExtraFields;
}

function jsonOf(text: string | undefined, where: string): JsonCell {
  if (text === undefined) return {};
  const { tokens, label, none, ...objects } = objectField(parseJsonText(text, where, startReading({})), where);
  for (const [key, item] of Object.entries(objects)) {
    if (!JSON_FIELDS.includes(key)) fail("FILE_CORRUPT", `${where} has a field "${key}"; it takes ${JSON_FIELDS.join(", ")}.`);
    objectField(item, `${where}: ${key}`);
  }
  return {
    ...(objects as JsonCell),
    ...(tokens !== undefined && { tokens: tokensField(tokens, `${where}: tokens`) }),
    ...(label !== undefined && { label: textField(label, `${where}: label`) }),
    ...(none === true && { none }),
  };
}

/**
 * Writes a data set as CSV, a row a caption: `filename`, `imgid`, `split`, `label` where there are any, `caption`, and a column
 * `rsdix_json` where there is what CSV has no place for (a caption's words, further fields, images without captions).
 *
 * @param dataset - the data set; its name has no place in this form.
 * @returns text that `parseCaptionsCsv` gives back without loss.
 * @throws RsdixError INVALID_ARGUMENT when two images have the same file, for half of a character (a lone surrogate), when there are further fields of the
 * whole file but no images, or for a value that JSON cannot hold (such as NaN); FILE_CORRUPT when a field is not as `parseCaptionsCsv` wants it.
 * @example
 * ```ts
 * import { type CaptionRecord, stringifyCaptionsCsv } from "@rsdix/data";
 * const image: CaptionRecord = { filename: "a.png", imgid: 0, split: "train", sentences: [{ raw: "a lake" }, { raw: "a lake, blue" }] };
 * const csv = stringifyCaptionsCsv({ dataset: "tiny", images: [image] });
 * if (csv !== 'filename,imgid,split,caption\na.png,0,train,a lake\na.png,0,train,"a lake, blue"\n') throw new Error("expected two rows");
 * ```
 * @see RFC 4180, https://www.rfc-editor.org/rfc/rfc4180
 */
export function stringifyCaptionsCsv(dataset: CaptionDataset): string {
  checkForm(dataset, "stringifyCaptionsCsv");
  const { images, extra: whole } = dataset;
  if (whole && images.length === 0) fail("INVALID_ARGUMENT", "CSV has no place for fields of the whole file where there are no images.");
  const seen = new Map<string, number>();
  const hasLabels = images.some(({ label }) => label);
  let hasJson = false;
  const rows = images.flatMap(({ filename, imgid, split, label, sentences, extra }, index) => {
    const file = storeName(filename);
    const before = seen.get(file);
    if (before !== undefined) fail("INVALID_ARGUMENT", `images[${before}] and images[${index}] both have the file "${filename}".`);
    seen.set(file, index);
    return (sentences.length > 0 ? sentences : [undefined]).map((sentence, i) => {
      const cell: JsonCell = {
        ...(sentence?.tokens && { tokens: [...sentence.tokens] }),
        ...(sentence?.extra && { extra: sentence.extra }),
        ...(label === "" && { label }),
        ...(i === 0 && extra && { image: extra }),
        ...(!sentence && { none: true }),
        ...(i === 0 && index === 0 && whole && { file: whole }),
      };
      const json = Object.keys(cell).length > 0 ? JSON.stringify(cell as { [key: string]: JsonValue }, refuseLoss) : "";
      hasJson ||= json !== "";
      const row = [filename, String(imgid), split, label ?? "", sentence?.raw ?? "", json];
      if (LONE_SURROGATE.test(row.join("\n"))) {
        fail(
          "INVALID_ARGUMENT",
          `images[${index}] ("${filename}") has half of a character (a lone surrogate), which UTF-8 cannot hold. Remove it.`,
        );
      }
      return row;
    });
  });
  const table = [["filename", "imgid", "split", "label", "caption", JSON_COLUMN], ...rows];
  const columns = [0, 1, 2, ...(hasLabels ? [3] : []), 4, ...(hasJson ? [5] : [])];
  const text = `${dsvFormat(",").formatRows(table.map((row) => columns.map((column) => row[column]!)))}\n`;
  parseCaptionsCsv(text, "the data set to write"); // what cannot be read back must not be written
  return text;
}
