import { basename, dirname, relative } from "node:path";
import {
  captionsCsv,
  captionsJsonLines,
  type FileStore,
  type FilesSource,
  karpathy,
  type LoadCaptionsOptions,
  type LoadedCaptions,
  nwpuCaptions,
  s2lcd,
} from "@rsdix/data";
import { fail } from "@rsdix/internal";
import { isStream, readGiven } from "../read-file";

type OpenCaptions = (source: FilesSource, options: LoadCaptionsOptions) => Promise<LoadedCaptions>;

/** The forms of annotation files, by name. */
const FORMS: Readonly<Record<string, OpenCaptions>> = {
  karpathy,
  nwpu: nwpuCaptions,
  csv: captionsCsv,
  jsonl: captionsJsonLines,
  s2lcd,
};

/** The names of the forms. */
export const CAPTION_FORMS = Object.keys(FORMS);

/** How a file of each form ends; JSON is looked into. */
const ENDINGS: readonly (readonly [ending: RegExp, form: string])[] = [
  [/\.(csv|tsv)$/i, "csv"],
  [/\.(jsonl|ndjson)$/i, "jsonl"],
  [/\.xml$/i, "s2lcd"],
  [/\.json$/i, "json"],
];

/** How an annotation file is opened. */
export interface OpenCaptionsOptions extends Pick<LoadCaptionsOptions, "split" | "splitWhereNone"> {
  /** The form, where the file's name does not tell. */
  readonly form?: string;
  /** The folder or zip file of its images; without it only the captions are to be had. */
  readonly images?: string;
  /** A further annotation file of the same form, for testing only. */
  readonly extraTest?: string;
  /** Told what is left out as it is wrong; without it that is an error. */
  readonly onSkip?: (message: string) => void;
  readonly signal: AbortSignal;
}

/** The captions of an annotation file of any form, with their images where `images` says where those are. */
export async function openCaptions(path: string, options: OpenCaptionsOptions): Promise<LoadedCaptions> {
  const { form, images, extraTest, split, splitWhereNone, onSkip, signal } = options;
  const read = (file: string) => readGiven(file, { wanted: "the annotation file in it", signal });
  const named = form ?? ENDINGS.find(([ending]) => ending.test(path))?.[1];
  const streamed = named === undefined && isStream(path) ? await read(path) : undefined;
  const known = named ?? (streamed && formOfText(streamed, path));
  if (known === undefined) {
    fail(
      "INVALID_ARGUMENT",
      `${path} must end in .json, .csv, .tsv, .jsonl, .ndjson or .xml, or --form must say which of ${CAPTION_FORMS.join(", ")} it is.`,
    );
  }
  if (known !== "json" && known !== "tsv" && !Object.hasOwn(FORMS, known)) {
    fail("INVALID_ARGUMENT", `There is no form ${JSON.stringify(known)}. Known are ${CAPTION_FORMS.join(", ")}.`);
  }
  const name = known === "tsv" ? `${basename(path)}.tsv` : basename(path); // the reader of tables goes by the name
  const extra = extraTest === undefined ? undefined : relative(dirname(path), extraTest);
  const texts = new Map<string, Uint8Array>([[name, streamed ?? (await read(path))]]);
  if (extra !== undefined) texts.set(extra, await read(extraTest!));
  const notes: FileStore = {
    name: dirname(path),
    names: async () => fail("INVALID_ARGUMENT", "The files beside an annotation are not looked at."),
    read: async (wanted) => texts.get(wanted) ?? fail("FILE_NOT_FOUND", `There is no ${wanted} beside ${path}.`),
    close: async () => undefined,
  };
  const open = FORMS[known === "json" ? formOfJson(texts.get(name)!) : known === "tsv" ? "csv" : known]!;
  return open(images ?? notes, {
    annotations: name,
    ...(images === undefined ? { images: "" } : { annotationsFrom: notes }),
    ...(extra !== undefined && { extraTest: extra }),
    ...(split !== undefined && { split }),
    ...(splitWhereNone !== undefined && { splitWhereNone }),
    ...(onSkip && { onError: "skip", onSkip: ({ message }) => onSkip(message) }),
    signal,
  });
}

/** What came through a pipe, whose name does not tell: "json", which is looked into, "tsv", or a form's name. */
function formOfText(bytes: Uint8Array, path: string): string {
  const text = new TextDecoder().decode(bytes).trimStart();
  if (text.startsWith("<")) return "s2lcd";
  if (text.startsWith("[")) return "json"; // whose reader says what is wrong with it
  const end = text.indexOf("\n");
  const first = end < 0 ? text : text.slice(0, end);
  if (text.startsWith("{")) return isJsonLine(first, end >= 0 && text.slice(end).trim() !== "") ? "jsonl" : "json";
  if (/[\t,]/.test(first)) return first.includes("\t") ? "tsv" : "csv";
  return fail(
    "FILE_CORRUPT",
    `What was read from ${path} is no annotation: it must be JSON, JSON lines, a table whose first line names its columns, or XML; it begins with ${JSON.stringify(first.slice(0, 40))}.`,
  );
}

/** Whether a first line is an image of its own, of which more may follow, rather than all of them. */
function isJsonLine(line: string, more: boolean): boolean {
  try {
    const json = JSON.parse(line) as object;
    return more || !("images" in json || Object.values(json).every(Array.isArray));
  } catch {
    return false; // it goes on
  }
}

/** Karpathy's form has a list `images`; NWPU's has a list for each class. What is no JSON is Karpathy's reader's to complain of. */
function formOfJson(bytes: Uint8Array): string {
  try {
    const json = JSON.parse(new TextDecoder().decode(bytes)) as object;
    const lists = Object.values(json).every(Array.isArray);
    return lists && !("images" in json) && !Array.isArray(json) && Object.keys(json).length > 0 ? "nwpu" : "karpathy";
  } catch {
    return "karpathy";
  }
}
