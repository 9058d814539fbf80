import { checkOptions, fail, show } from "@rsdix/internal";
import { type CaptionDataset, type CaptionRecord, SPLITS } from "../caption-dataset";
import { classNames } from "../check-dataset";
import type { DatasetDeclaration } from "../declarations/declaration";
import { isHidden, storeName } from "../files/file-name";
import { type FileStore, MAX_FILE_BYTES } from "../files/file-store";
import { namesIfListed } from "../files/list-names";
import { type FilesSource, openFiles } from "../files/open-files";
import { readBytes } from "../files/read-bytes";
import type { ImageDataset } from "../image-dataset";
import { type RandomSplitOptions, randomSplit } from "../random-split";
import { decodeText } from "./decode-text";
import { type Draft, type DraftDataset, settleSplits } from "./draft";
import { type AnnotationNames, findAnnotation, findFurther, findImages, withTheirFolders } from "./find-files";
import { parentOf } from "./image-folders";
import { inOneFolder } from "./one-folder";
import { attemptAll, type OnErrorOptions, type Reading, type SkippedItem, startReading } from "./reading";
import { folderOf, placeIn } from "./store-views";
import { type SubsetOptions, subsetDataset } from "./subset-dataset";

/** Options of every loader of captions. */
export interface LoadCaptionsOptions extends OnErrorOptions {
  /**
   * "annotation" takes the annotation's own splits, and an image without one is an error; percentages draw new ones from a seed. Unless told
   * otherwise the annotation's where it has any, else 80/10/10 of seed 42.
   */
  readonly split?: "annotation" | RandomSplitOptions;
  /** How splits are drawn where `split` isn't given and the annotation has none; 80/10/10 of seed 42 unless told otherwise. */
  readonly splitWhereNone?: RandomSplitOptions;
  /** Keeps some of the images only, drawn after the splits. */
  readonly subset?: SubsetOptions;
  /** A further annotation file of the same form: all its images are for testing. They are found as those of the first, with which they may lie. */
  readonly extraTest?: string;
  /** The annotation file's name among the files; found by the usual names unless told otherwise. */
  readonly annotations?: string;
  /** Where the annotation files lie, when not with the images. */
  readonly annotationsFrom?: FilesSource;
  /**
   * The images' folder among the files, "" for the top; found by the names of the images unless told otherwise: the annotation's own if it has any of them,
   * else a usual one in it, else the one that has most, the nearest first; an error where several have as many.
   */
  readonly images?: string;
  /**
   * Whether images lie in the folders that the annotation tells apart from their names, as Karpathy's of COCO does (`filepath`). Found by the names of the
   * files unless told otherwise; where these can't be listed, no.
   */
  readonly inFolders?: boolean;
  /** Stops the loading. */
  readonly signal?: AbortSignal;
}

/** A data set of captions with its files, and what of its annotation was left out. */
export interface LoadedCaptions extends ImageDataset {
  /** What was left out, with `onError` "skip". */
  readonly skipped: readonly SkippedItem[];
  /** Where the splits are from: the annotation's own, or drawn at random by percentages. */
  readonly splitsFrom: "annotation" | "random";
}

/** What a loader knows of its data set's form. */
export interface CaptionForm {
  /** The loader's name, for messages. */
  readonly loader: string;
  /** The data set's name where its annotation has none. */
  readonly dataset: string;
  /** What is known of it. */
  readonly declaration?: DatasetDeclaration;
  /** The annotation file's names. */
  readonly annotations: AnnotationNames;
  /** Names of the images' folder. */
  readonly images: readonly string[];
  /** What the annotation's text says. */
  read(text: string, where: string, reading: Reading, name: string): DraftDataset | Promise<DraftDataset>;
}

const OPTIONS = [
  "split",
  "splitWhereNone",
  "subset",
  "extraTest",
  "annotations",
  "annotationsFrom",
  "images",
  "inFolders",
  "onError",
  "onSkip",
  "signal",
];
/** V8's longest text. */
const MAX_TEXT_BYTES = MAX_FILE_BYTES - 24;
/** The split of annotations that have none. */
const DEFAULT_SPLIT: RandomSplitOptions = { train: 80, val: 10, seed: 42 };

/** Loads a data set of captions: finds its annotation and its images, reads and checks the annotation, settles the splits. */
export async function loadCaptions(source: FilesSource, options: LoadCaptionsOptions, form: CaptionForm): Promise<LoadedCaptions> {
  checkOptions(options, OPTIONS, form.loader);
  for (const name of ["annotations", "images", "extraTest"] as const) {
    if (options[name] !== undefined && typeof options[name] !== "string") {
      fail("INVALID_ARGUMENT", `${name} must be a name among the files, got ${show(options[name])}.`);
    }
  }
  const { signal, annotationsFrom, inFolders } = options;
  if (inFolders !== undefined && typeof inFolders !== "boolean")
    fail("INVALID_ARGUMENT", `inFolders must be true or false, got ${show(inFolders)}.`);
  const reading = startReading(options, true);
  const opened: FileStore[] = [];
  const open = async (from: FilesSource) => {
    const store = await openFiles(from, { signal });
    if (store !== from) opened.push(store); // a store that was given is its owner's to close
    return store;
  };
  try {
    const store = await open(source);
    const notes = annotationsFrom === undefined ? store : await open(annotationsFrom);
    const loaded = await load(store, notes, options, form, reading);
    await reading.settled(signal);
    if (notes !== store && notes !== annotationsFrom) await notes.close();
    return loaded;
  } catch (error) {
    await Promise.allSettled(opened.map((store) => store.close()));
    throw error;
  }
}

async function load(
  store: FileStore,
  notes: FileStore,
  options: LoadCaptionsOptions,
  form: CaptionForm,
  reading: Reading,
): Promise<LoadedCaptions> {
  const list = (from: FileStore) => namesIfListed(from, options.signal);
  const all = await list(store);
  const names = isHidden(options.images ?? "") ? all : all?.filter((name) => !isHidden(name));
  const annotation = options.annotations ?? findAnnotation(notes === store ? all : await list(notes), form.annotations, notes);
  const main = await readAnnotation(notes, annotation, options, form, reading);
  const extra = options.extraTest === undefined ? undefined : await readAnnotation(notes, options.extraTest, options, form, reading);
  const placeOf = (name: string) => ({
    given: options.images,
    own: notes === store ? parentOf(storeName(name)) : "",
    usual: form.images,
  });
  const [place, furtherPlace] = [placeOf(annotation), placeOf(options.extraTest ?? annotation)];
  const own = checkImages(withTheirFolders(main.drafts, names, place, options.inFolders), reading); // only then it shows whether two are of one file
  const further = checkImages(withTheirFolders(extra?.drafts ?? [], names, furtherPlace, options.inFolders), reading);
  const draw = drawingOf(own, options);
  const records = draw ? draws(own, draw) : settleSplits(own, undefined, reading);
  const tests = further.map(({ record }) => ({ ...record, split: SPLITS[2]! }));
  if (records.length + tests.length === 0) {
    const { length } = reading.skipped;
    const left = length === 1 ? "1 item was left out" : `${length} items were left out, the first`;
    const why = length > 0 ? ` ${left}: ${reading.skipped[0]!.message}` : "";
    fail("EMPTY_DATA", `${placeIn(notes, annotation)} has no image with a caption.${why}`);
  }
  await hear(options.signal, store.name);
  const found = records.length > 0 ? findImages(names, records, place, store) : findImages(names, tests, furtherPlace, store);
  const furtherFound = findFurther(names, tests, furtherPlace, store, found);
  await hear(options.signal, store.name);
  const { folder, first, further: tested } = inOneFolder(names, { records, found }, { records: tests, found: furtherFound });
  const wheres = new Map(own.map(({ record, where }) => [record.filename, where]));
  const seen = new Map(first.map(({ filename }, i) => [filename, wheres.get(records[i]!.filename)!]));
  const images = [...first, ...onlyNew(further, tested, seen, reading)];
  const whole: CaptionDataset = { dataset: main.dataset ?? form.dataset, images, ...(main.extra && { extra: main.extra }) };
  const dataset = options.subset !== undefined ? subsetDataset(whole, options.subset) : whole;
  const classes = whole.images.every(({ label }) => label) ? classNames(whole.images) : undefined;
  return {
    ...dataset,
    files: folderOf(store, folder),
    ...(classes && { classes }),
    ...(form.declaration && { declaration: form.declaration }),
    skipped: reading.skipped,
    splitsFrom: draw ? "random" : "annotation",
  };
}

async function readAnnotation(
  store: FileStore,
  name: string,
  { signal }: LoadCaptionsOptions,
  form: CaptionForm,
  reading: Reading,
): Promise<DraftDataset> {
  const where = placeIn(store, name);
  const bytes = await readBytes(store, name, { maxBytes: MAX_TEXT_BYTES, signal });
  const drafts = await form.read(decodeText(bytes, where), where, reading, name);
  await hear(signal, where);
  return drafts;
}

/** Lets a stop come through that was waiting for a long piece of work to end. */
async function hear(signal: AbortSignal | undefined, where: string): Promise<void> {
  if (!signal) return;
  await new Promise((resolve) => setTimeout(resolve));
  if (signal.aborted) fail("ABORTED", `Loading ${where} was stopped.`, signal.reason);
}

/** The images that have a caption and a file of their own. */
function checkImages(drafts: readonly Draft[], reading: Reading): Draft[] {
  const seen = new Map<string, string>();
  return attemptAll(
    drafts,
    reading,
    (i) => drafts[i]!.where,
    (draft, where) => {
      const { filename, sentences } = draft.record;
      if (sentences.length === 0) fail("FILE_CORRUPT", `${where} (${JSON.stringify(filename)}) has no caption.`);
      const before = seen.get(filename);
      if (before) namedAgain(draft, before);
      seen.set(filename, where);
      return draft;
    },
  );
}

/** How splits are drawn; undefined where the annotation's own are taken. */
function drawingOf(own: readonly Draft[], { split, splitWhereNone = DEFAULT_SPLIT }: LoadCaptionsOptions): RandomSplitOptions | undefined {
  if (split !== undefined && split !== "annotation" && (typeof split !== "object" || split === null)) {
    fail(
      "INVALID_ARGUMENT",
      `split must be "annotation" or percentages with a seed ({ train: 80, val: 10, seed: 1 }), got ${String(split)}.`,
    );
  }
  if (typeof split === "object") return split;
  return split === undefined && own.every(({ record }) => !record.split) ? splitWhereNone : undefined;
}

/** The images of a further annotation, each with its file, that aren't of one that the first has too: `seen` says where. */
function onlyNew(
  drafts: readonly Draft[],
  files: readonly CaptionRecord[],
  seen: ReadonlyMap<string, string>,
  reading: Reading,
): readonly CaptionRecord[] {
  const kept = (draft: Draft, file: CaptionRecord) => {
    const where = seen.get(file.filename);
    return where === undefined ? file : reading.attempt(draft.where, () => namedAgain(draft, where));
  };
  return drafts.flatMap((draft, i) => kept(draft, files[i]!) ?? []);
}

function namedAgain({ record, where }: Draft, before: string): never {
  fail("FILE_CORRUPT", `${where} names the file ${JSON.stringify(record.filename)} again, after ${before}.`);
}

function draws(drafts: readonly Draft[], split: RandomSplitOptions): readonly CaptionRecord[] {
  const images = drafts.map(({ record }) => ({ ...record, split: SPLITS[0]! }));
  return randomSplit({ dataset: "", images }, split).images;
}
