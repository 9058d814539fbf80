import type { DatasetDeclaration } from "../declarations/declaration";
import { NWPU_CAPTIONS } from "../declarations/nwpu-captions";
import { RSICD } from "../declarations/rsicd";
import { RSITMD } from "../declarations/rsitmd";
import { S2LCD } from "../declarations/s2lcd";
import { UCMD } from "../declarations/ucmd";
import type { FilesSource } from "../files/open-files";
import { draftKarpathy } from "../parse-karpathy";
import { draftCsv } from "./csv";
import type { DraftDataset } from "./draft";
import { draftJsonLines } from "./json-lines";
import { type CaptionForm, type LoadCaptionsOptions, type LoadedCaptions, loadCaptions } from "./load-captions";
import { parseJsonText } from "./parse-json-text";
import { draftNwpu } from "./parse-nwpu";
import type { Reading } from "./reading";
import { draftS2lcdXml } from "./s2lcd-xml";

/**
 * Opens RSICD: `dataset_rsicd.json` and `RSICD_images`.
 *
 * @param source - its folder (Node), zip file, picked files or address, or a store of files.
 * @param options - `split`, `subset`, `extraTest`, `annotations`, `annotationsFrom`, `images`, `inFolders`, `onError` ("throw"),
 * `onSkip` and `signal`.
 * @returns the data set with its files, and what was left out.
 * @throws RsdixError (as a rejection) FILE_NOT_FOUND saying what was looked for and what is there; FILE_CORRUPT with file and place;
 * EMPTY_DATA; INVALID_ARGUMENT; UNKNOWN_OPTION; FILE_TOO_LARGE; DOWNLOAD_FAILED; ABORTED.
 * @example
 * ```ts
 * import { type FileStore, rsicd } from "@rsdix/data";
 * const image = { filename: "airport_1.jpg", imgid: 0, split: "train", sentences: [{ raw: "many planes are parked ." }] };
 * const files: FileStore = {
 *   name: "RSICD",
 *   names: async () => ["RSICD_images/airport_1.jpg", "dataset_rsicd.json"],
 *   read: async () => new TextEncoder().encode(JSON.stringify({ dataset: "rsicd", images: [image] })),
 *   close: async () => undefined,
 * };
 * const set = await rsicd(files); // or await rsicd("./RSICD")
 * if (set.images[0].sentences[0].raw !== "many planes are parked .") throw new Error("expected the caption");
 * ```
 * @see {@link RSICD}, whose `citation` and `sources` name it
 */
export function rsicd(source: FilesSource, options: LoadCaptionsOptions = {}): Promise<LoadedCaptions> {
  return loadCaptions(source, options, known("rsicd", RSICD, readKarpathyText));
}

/**
 * Opens UCM-Captions: `dataset_ucmd.json` or `dataset.json`, and its images (.tif, or copies of another kind).
 *
 * @param source - its folder (Node), zip file, picked files or address, or a store of files.
 * @param options - as those of `rsicd`.
 * @returns the data set with its files, and what was left out.
 * @throws RsdixError (as a rejection), as `rsicd` does: FILE_NOT_FOUND, FILE_CORRUPT, EMPTY_DATA and the others.
 * @example
 * ```ts
 * import { type FileStore, ucmd } from "@rsdix/data";
 * const image = { filename: "1.tif", imgid: 0, split: "train", sentences: [{ raw: "There is a piece of farmland ." }] };
 * const files: FileStore = {
 *   name: "UCM_captions",
 *   names: async () => ["dataset.json", "imgs/1.tif"],
 *   read: async () => new TextEncoder().encode(JSON.stringify({ dataset: "UCM", images: [image] })),
 *   close: async () => undefined,
 * };
 * if ((await ucmd(files)).images[0].filename !== "1.tif") throw new Error("expected the image");
 * ```
 * @see {@link UCMD}, whose `citation` and `sources` name it
 */
export function ucmd(source: FilesSource, options: LoadCaptionsOptions = {}): Promise<LoadedCaptions> {
  return loadCaptions(source, options, known("ucmd", UCMD, readKarpathyText));
}

/**
 * Opens RSITMD: `dataset_RSITMD.json` and `images`.
 *
 * @param source - its folder (Node), zip file, picked files or address, or a store of files.
 * @param options - as those of `rsicd`.
 * @returns the data set with its files, and what was left out.
 * @throws RsdixError (as a rejection), as `rsicd` does: FILE_NOT_FOUND, FILE_CORRUPT, EMPTY_DATA and the others.
 * @example
 * ```ts
 * import { type FileStore, rsitmd } from "@rsdix/data";
 * const image = { filename: "bridge_1.tif", imgid: 0, split: "test", sentences: [{ raw: "A long bridge over a river." }] };
 * const files: FileStore = {
 *   name: "RSITMD",
 *   names: async () => ["dataset_RSITMD.json", "images/bridge_1.tif"],
 *   read: async () => new TextEncoder().encode(JSON.stringify({ dataset: "RSITMD", images: [image] })),
 *   close: async () => undefined,
 * };
 * if ((await rsitmd(files)).images[0].split !== "test") throw new Error("expected the annotation's split");
 * ```
 * @see {@link RSITMD}, whose `citation` and `sources` name it
 */
export function rsitmd(source: FilesSource, options: LoadCaptionsOptions = {}): Promise<LoadedCaptions> {
  return loadCaptions(source, options, known("rsitmd", RSITMD, readKarpathyText));
}

/**
 * Opens NWPU-Captions: `dataset_nwpu.json` and a folder a class in `NWPU_images`. Labels are the classes with blanks for "_".
 *
 * @param source - its folder (Node), zip file, picked files or address, or a store of files.
 * @param options - as those of `rsicd`.
 * @returns the data set with its files and classes, and what was left out.
 * @throws RsdixError (as a rejection), as `rsicd` does: FILE_NOT_FOUND, FILE_CORRUPT, EMPTY_DATA and the others.
 * @example
 * ```ts
 * import { type FileStore, nwpuCaptions } from "@rsdix/data";
 * const json = { dense_residential: [{ filename: "dense_residential_001.jpg", imgid: 0, split: "train", raw: "many houses", raw_1: "roofs" }] };
 * const files: FileStore = {
 *   name: "NWPU-Captions",
 *   names: async () => ["NWPU_images/dense_residential/dense_residential_001.jpg", "dataset_nwpu.json"],
 *   read: async () => new TextEncoder().encode(JSON.stringify(json)),
 *   close: async () => undefined,
 * };
 * if ((await nwpuCaptions(files)).classes?.[0] !== "dense residential") throw new Error("expected the class");
 * ```
 * @see {@link NWPU_CAPTIONS}, whose `citation` and `sources` name it
 */
export function nwpuCaptions(source: FilesSource, options: LoadCaptionsOptions = {}): Promise<LoadedCaptions> {
  const read = (text: string, where: string, reading: Reading) => draftNwpu(parseJsonText(text, where, reading), where, reading);
  return loadCaptions(source, options, known("nwpuCaptions", NWPU_CAPTIONS, read));
}

/**
 * Opens S2LCD, from its XML or from its JSON. It has no splits: unless told otherwise 80/10/10 are drawn.
 *
 * @param source - its folder (Node), zip file, picked files or address, or a store of files.
 * @param options - as those of `rsicd`.
 * @returns the data set with its files, and what was left out.
 * @throws RsdixError (as a rejection), as `rsicd` does: FILE_NOT_FOUND, FILE_CORRUPT, EMPTY_DATA and the others.
 * @example
 * ```ts
 * import { type FileStore, s2lcd } from "@rsdix/data";
 * const xml = '<annotations><image id="0" name="patch_1.tif"><mask label="Dense forest and bare soil."/></image></annotations>';
 * const files: FileStore = {
 *   name: "S2LCD",
 *   names: async () => ["annotations.xml", "images/patch_1.tif"],
 *   read: async () => new TextEncoder().encode(xml),
 *   close: async () => undefined,
 * };
 * const set = await s2lcd(files, { split: { train: 0, val: 0, seed: 1 } });
 * if (set.images[0].split !== "test") throw new Error("with 0 and 0 everything is for testing");
 * ```
 * @see {@link S2LCD}, whose `citation` and `sources` name it
 */
export function s2lcd(source: FilesSource, options: LoadCaptionsOptions = {}): Promise<LoadedCaptions> {
  const form = known("s2lcd", S2LCD, (text, where, reading) => {
    return /^\s*</.test(text) ? draftS2lcdXml(text, where, reading) : readKarpathyText(text, where, reading);
  });
  return loadCaptions(source, options, { ...form, annotations: { ...form.annotations, extensions: [".json", ".xml"] } });
}

/**
 * Opens any data set with an annotation in Karpathy's form.
 *
 * @param source - its folder (Node), zip file, picked files or address, or a store of files.
 * @param options - as those of `rsicd`; without `annotations` the only JSON file is taken.
 * @returns the data set with its files, and what was left out.
 * @throws RsdixError (as a rejection), as `rsicd` does: FILE_NOT_FOUND, FILE_CORRUPT, EMPTY_DATA and the others.
 * @example
 * ```ts
 * import { type FileStore, karpathy } from "@rsdix/data";
 * const image = { filename: "a.png", imgid: 0, split: "val", sentences: [{ raw: "a river" }] };
 * const files: FileStore = {
 *   name: "mine",
 *   names: async () => ["a.png", "mine.json"],
 *   read: async () => new TextEncoder().encode(JSON.stringify({ dataset: "mine", images: [image] })),
 *   close: async () => undefined,
 * };
 * const set = await karpathy(files, { annotations: "mine.json", images: "" });
 * if (set.dataset !== "mine") throw new Error("expected the data set's name");
 * ```
 * @see Karpathy and Fei-Fei, "Deep visual-semantic alignments for generating image descriptions", https://arxiv.org/abs/1412.2306
 */
export function karpathy(source: FilesSource, options: LoadCaptionsOptions = {}): Promise<LoadedCaptions> {
  return loadCaptions(source, options, unknown("karpathy", [".json"], readKarpathyText));
}

/**
 * Opens a data set with captions in a CSV file, in the forms of `parseCaptionsCsv`; in a file that ends in .tsv, tabs are between fields.
 *
 * @param source - its folder (Node), zip file, picked files or address, or a store of files.
 * @param options - as those of `rsicd`; without `annotations` the only CSV or TSV file is taken.
 * @returns the data set with its files, and what was left out.
 * @throws RsdixError (as a rejection), as `rsicd` does: FILE_NOT_FOUND, FILE_CORRUPT, EMPTY_DATA and the others.
 * @example
 * ```ts
 * import { captionsCsv, type FileStore } from "@rsdix/data";
 * const files: FileStore = {
 *   name: "mine",
 *   names: async () => ["captions.csv", "images/a.png"],
 *   read: async () => new TextEncoder().encode("filename,caption\na.png,a river\na.png,a wide river\n"),
 *   close: async () => undefined,
 * };
 * if ((await captionsCsv(files)).images[0].sentences.length !== 2) throw new Error("expected both captions");
 * ```
 * @see RFC 4180, https://www.rfc-editor.org/rfc/rfc4180
 */
export function captionsCsv(source: FilesSource, options: LoadCaptionsOptions = {}): Promise<LoadedCaptions> {
  const read = (text: string, where: string, reading: Reading, name: string) =>
    draftCsv(text, where, reading, name.toLowerCase().endsWith(".tsv") ? "\t" : ",");
  return loadCaptions(source, options, unknown("captionsCsv", [".csv", ".tsv"], read));
}

/**
 * Opens a data set with captions in JSON lines, in the forms of `parseCaptionsJsonLines`.
 *
 * @param source - its folder (Node), zip file, picked files or address, or a store of files.
 * @param options - as those of `rsicd`; without `annotations` the only .jsonl or .ndjson file is taken.
 * @returns the data set with its files, and what was left out.
 * @throws RsdixError (as a rejection), as `rsicd` does: FILE_NOT_FOUND, FILE_CORRUPT, EMPTY_DATA and the others.
 * @example
 * ```ts
 * import { captionsJsonLines, type FileStore } from "@rsdix/data";
 * const files: FileStore = {
 *   name: "mine",
 *   names: async () => ["images/a.png", "metadata.jsonl"],
 *   read: async () => new TextEncoder().encode('{"filename":"a.png","captions":["a river","a wide river"]}\n'),
 *   close: async () => undefined,
 * };
 * if ((await captionsJsonLines(files)).images[0].sentences.length !== 2) throw new Error("expected both captions");
 * ```
 * @see https://jsonlines.org
 */
export function captionsJsonLines(source: FilesSource, options: LoadCaptionsOptions = {}): Promise<LoadedCaptions> {
  return loadCaptions(source, options, unknown("captionsJsonLines", [".jsonl", ".ndjson"], draftJsonLines));
}

function readKarpathyText(text: string, where: string, reading: Reading): DraftDataset {
  return draftKarpathy(parseJsonText(text, where, reading), where, reading);
}

function known(loader: string, declaration: DatasetDeclaration, read: CaptionForm["read"]): CaptionForm {
  const { id, layout } = declaration;
  const annotations = { names: layout.annotations ?? [], extensions: [".json"] };
  return { loader, dataset: id, declaration, annotations, images: layout.images, read };
}

function unknown(loader: string, extensions: readonly string[], read: CaptionForm["read"]): CaptionForm {
  return { loader, dataset: "captions", annotations: { names: [], extensions }, images: ["images", ""], read };
}
