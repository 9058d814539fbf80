import type { RgbImage } from "@rsdix/image";
import { checkOptions, checkRange, checkSignal, fail, IMAGE_NAME } from "@rsdix/internal";
import { decode as decodeHere } from "#decode";
import { type CaptionRecord, SPLITS, type Split } from "../caption-dataset";
import { checkForm, checkFunction } from "../check-inputs";
import { findByName } from "../files/accents";
import { isHidden } from "../files/file-name";
import { namesIfListed } from "../files/list-names";
import { hasFiles, type ImageDataset } from "../image-dataset";
import { splitOf } from "../select-split";
import { untilAborted } from "../until-aborted";
import { addSameFile, type Listed, lookAtImages, NOTHING_SEEN } from "./look-at-images";
import { ProblemList } from "./problem-list";
import { reportText, type VerifyReport } from "./verify-report";

/** Options of `verify`. */
export interface VerifyOptions {
  /** Whether each image is read and decoded; without it only names and annotations are checked. True unless told otherwise. */
  readonly images?: boolean;
  /** Whether counts are compared with the declaration's; false suits a subset. True unless told otherwise. */
  readonly counts?: boolean;
  /** How many images are read and decoded at a time, 1 to 64; 4 unless told otherwise. */
  readonly concurrency?: number;
  /** How many examples of each kind of problem the report names, 0 to 1,000; 5 unless told otherwise. */
  readonly examples?: number;
  /** What decodes an image; @rsdix/image unless told otherwise. */
  readonly decode?: (bytes: Uint8Array) => Promise<Pick<RgbImage, "width" | "height">>;
  /** Called after each image with how many are done, of how many; what it throws, or rejects with, ends the work. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Stops the checking. */
  readonly signal?: AbortSignal;
}

/**
 * Checks a data set that was opened against what its declaration says: counts, images that are missing, can't be decoded, have another size or are there
 * twice (by SHA-256 of the file; in two splits that is leakage), captions that are empty, and images that no record names.
 *
 * @param dataset - the data set, or the promise of it that a loader gives.
 * @param options - whether images are decoded (true), how many at a time (4), how many `examples` are named (5), `onProgress`, `signal`.
 * @returns the report: `problems` for programs, `text` for people, `exitCode` for a shell. Problems of the data are in it, never thrown.
 * @throws RsdixError ABORTED; INVALID_ARGUMENT; UNKNOWN_OPTION; MISSING_DEPENDENCY without what decodes; what reading the store throws for other reasons
 * than a file's own.
 * @example
 * ```ts
 * import { aid, verify } from "@rsdix/data";
 * const report = await verify(aid([new File(["no image"], "beach_1.jpg")]));
 * if (report.exitCode !== 1 || !report.text.includes("beach_1.jpg")) throw new Error("expected the file to be named");
 * ```
 */
export async function verify(dataset: ImageDataset | Promise<ImageDataset>, options: VerifyOptions = {}): Promise<VerifyReport> {
  checkOptions(options, ["images", "counts", "concurrency", "examples", "decode", "onProgress", "signal"], "verify");
  const { images: decodeImages = true, counts = true, concurrency = 4, examples = 5, decode = decodeHere, onProgress, signal } = options;
  checkRange(concurrency, "concurrency", { min: 1, max: 64, integer: true });
  checkRange(examples, "examples", { min: 0, max: 1000, integer: true });
  checkFunction(decode, "decode");
  checkFunction(onProgress, "onProgress");
  checkSignal(signal);
  const unlessStopped = <T>(work: () => T | Promise<T>) => untilAborted(signal, () => "Checking the data set was stopped.", work);
  const set: ImageDataset = await unlessStopped(() => dataset);
  if (!hasFiles(set)) {
    fail("INVALID_ARGUMENT", "verify takes a data set with its files, as the loaders open it (rsicd(folder), openClasses(folder, ...)).");
  }
  checkForm(set, "verify");
  const problems = new ProblemList(examples);
  const splits = countSplits(set.images);
  if (set.images.length === 0) problems.add("count", "there are no images");
  if (counts) checkCounts(set, splits, problems);
  checkSkipped(set, problems);
  checkCaptions(set, problems);
  checkClasses(set, problems);
  const there = await listed(set, problems, signal);
  const seen = decodeImages ? await lookAtImages(set, there, { concurrency, decode, onProgress, signal }, problems) : NOTHING_SEEN;
  const found = problems.list();
  const ok = found.every(({ severity }) => severity === "warning");
  const report = {
    dataset: set.dataset,
    files: set.files.name,
    counts: { images: set.images.length, decoded: seen.decoded, captions: captionCount(set.images), classes: set.classes?.length ?? 0 },
    splits,
    sizes: seen.sizes,
    problems: found,
    ok,
    exitCode: ok ? (0 as const) : (1 as const),
  };
  return { ...report, text: reportText(report, decodeImages) };
}

function countSplits(images: readonly CaptionRecord[]): Record<Split, number> {
  const counts = { train: 0, val: 0, test: 0 };
  for (const record of images) counts[splitOf(record)]++;
  return counts;
}

function captionCount(images: readonly CaptionRecord[]): number {
  return images.reduce((sum, { sentences }) => sum + sentences.length, 0);
}

function checkCounts(
  { images, classes, declaration, skipped = [] }: ImageDataset,
  splits: Record<Split, number>,
  problems: ProblemList,
): void {
  const declared = declaration?.counts;
  if (!declared) return;
  const compare = (what: string, expected: number | undefined, got: number) => {
    if (expected !== undefined && expected !== got) problems.add("count", `${what}: ${got}, published are ${expected}`);
  };
  // Of class sets the published number has the images whose path tells no class.
  compare("images", declared.images, images.length + skipped.filter(({ filename }) => filename !== undefined).length);
  compare("captions", declared.captions, captionCount(images));
  // Captions may come without the classes that the images were drawn from, as UCM-Captions' do.
  if (classes || declaration.task === "classes") compare("classes", declared.classes, classes?.length ?? 0);
  for (const split of SPLITS) compare(`images of the split "${split}"`, declared[split], splits[split]);
}

/** What a loader left out under its `onError` "skip"; an image whose path tells no class is none to score, which is no error. */
function checkSkipped({ skipped = [] }: ImageDataset, problems: ProblemList): void {
  for (const { message, filename } of skipped) {
    if (filename === undefined) problems.add("left out of the annotation", message);
    else problems.add("image left out, of no class", filename);
  }
}

function checkCaptions({ images, declaration }: ImageDataset, problems: ProblemList): void {
  const expected = declaration?.counts.captionsPerImage;
  const wanted = declaration ? declaration.task === "captions" : images.some(({ sentences }) => sentences.length > 0);
  for (const { filename, sentences } of images) {
    if (wanted && sentences.length === 0) problems.add("no caption", filename);
    else if (wanted && expected !== undefined && sentences.length !== expected) {
      problems.add("number of captions", `${filename}: ${sentences.length} instead of ${expected}`);
    }
    sentences.forEach(({ raw }, i) => {
      if (raw.trim() === "") problems.add("empty caption", `${filename}: caption ${i + 1} of ${sentences.length}`);
    });
  }
}

function checkClasses({ images, classes = [] }: ImageDataset, problems: ProblemList): void {
  const used = new Set(images.map(({ label }) => label));
  for (const name of classes) if (!used.has(name)) problems.add("class without images", name);
}

/**
 * The images whose files are there, each file once, and the names of the store's files; `undefined` where it can't list. What records and store don't have in
 * common becomes problems, and so does one file under two names, which differ in how accents are written.
 */
async function listed(
  { files, images, skipped = [] }: ImageDataset,
  problems: ProblemList,
  signal: AbortSignal | undefined,
): Promise<Listed | undefined> {
  const names = await namesIfListed(files, signal);
  if (!names) return undefined; // an address: what is missing shows when it is read
  const find = findByName(new Map(names.map((name) => [name, name])));
  const owners = new Map<string, CaptionRecord>();
  for (const record of images) {
    const file = find(record.filename);
    const owner = file === undefined ? undefined : owners.get(file);
    if (file === undefined) problems.add("missing image", record.filename);
    else if (owner) addSameFile(problems, owner, record);
    else owners.set(file, record);
  }
  const leftOut = new Set(skipped.map(({ filename }) => filename));
  for (const name of names)
    if (IMAGE_NAME.test(name) && !isHidden(name) && !owners.has(name) && !leftOut.has(name))
      problems.add("image that no record names", name);
  return { records: [...owners.values()], names: new Set(names) };
}
