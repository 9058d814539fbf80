import { checkOptions, fail, IMAGE_NAME, type RsdixErrorCode, show } from "@rsdix/internal";
import type { CaptionDataset, CaptionRecord } from "../caption-dataset";
import { type OnErrorOptions, type SkippedItem, startReading } from "../captions/reading";
import { folderOf, placeIn } from "../captions/store-views";
import { type SubsetOptions, subsetDataset } from "../captions/subset-dataset";
import { wordsOf } from "../declarations/class-set";
import type { DatasetClass, DatasetDeclaration } from "../declarations/declaration";
import { folderAsListed } from "../files/accents";
import { isHidden, storeName } from "../files/file-name";
import type { FileStore } from "../files/file-store";
import { listNames } from "../files/list-names";
import { type FilesSource, openFiles } from "../files/open-files";
import type { ImageDataset } from "../image-dataset";
import { type RandomSplitOptions, randomSplit } from "../random-split";
import { ClassMatcher } from "./match-class";

/** Options of the loaders of class sets. */
export interface OpenClassesOptions extends OnErrorOptions {
  /** The folder of the images, below the source; found by its usual names unless told otherwise, "" is the top. What is hidden in it is no image. */
  readonly images?: string;
  /** Whether an image's class is its folder's name, or its file's before the last "_"; whichever fits unless told otherwise. */
  readonly labels?: "folder" | "file name";
  /** Draws splits from a seed, by percentages; without it all images are for testing, as zero-shot evaluation wants. */
  readonly split?: RandomSplitOptions;
  /** Keeps some of the images only, drawn after the splits. */
  readonly subset?: SubsetOptions;
  /** Stops the opening. */
  readonly signal?: AbortSignal;
}

/** A class set with its files, and what of them was left out. */
export interface LoadedClasses extends ImageDataset {
  /** The classes in the order of their numbers. */
  readonly classes: readonly string[];
  /** Images whose path tells no class, with `onError` "skip". */
  readonly skipped: readonly SkippedItem[];
}

/** What messages name of a long list. */
const SHOWN = 5;

/**
 * Opens a class set: one folder a class, or the class in each file's name before the last "_".
 *
 * @param source - a folder's path (Node), a zip file, picked files, or an open store.
 * @param set - the set's declaration; or the name of a set of your own, whose classes are then its folders' names in words, sorted.
 * @param options - where the images are, how they tell their class, and what happens to one that tells none (an error;
 * `onError: "skip"` leaves it out).
 * @returns the set: `classes` in the declaration's order, images in the order of their names (below their folder), each with its class as `label`, all in the
 * split "test" unless `split` draws others; what was left out is in `skipped`.
 * @throws RsdixError EMPTY_DATA when there is no image, or with `onError` "skip" none whose path tells a class; INVALID_ARGUMENT naming the first images
 * whose path tells no class; what `openFiles` throws;
 * UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { openClasses } from "@rsdix/data";
 * const fileAt = (value: string) => Object.defineProperty(new File(["."], "1.jpg"), "webkitRelativePath", { value });
 * const picked = [fileAt("set/BareLand/1.jpg"), fileAt("set/Beach/1.jpg")];
 * const { classes, images } = await openClasses(picked, "my scenes");
 * if (classes?.join() !== "bare land,beach" || images[0].label !== "bare land") throw new Error("expected two classes");
 * ```
 * @see https://pytorch.org/vision/stable/generated/torchvision.datasets.ImageFolder.html (a folder a class)
 */
export async function openClasses(
  source: FilesSource,
  set: DatasetDeclaration | string,
  options: OpenClassesOptions = {},
): Promise<LoadedClasses> {
  const {
    labels,
    split,
    subset,
    onError = "throw",
    onSkip,
    signal,
  } = checkOptions(options, ["images", "labels", "split", "subset", "onError", "onSkip", "signal"], "openClasses");
  checkOneOf(labels, ["folder", "file name"], "labels");
  const reading = startReading({ onError, ...(onSkip !== undefined && { onSkip }) });
  if (options.images !== undefined && typeof options.images !== "string") {
    fail("INVALID_ARGUMENT", `images must be a folder's name among the files, got ${show(options.images)}.`);
  }
  if (typeof set !== "string" && typeof set?.title !== "string") {
    fail("INVALID_ARGUMENT", `openClasses takes a declaration (AID) or the name of a set of your own, got ${show(set)}.`);
  }
  const files = await openFiles(source, { ...(signal !== undefined && { signal }) });
  const declaration = typeof set === "string" ? undefined : set;
  const title = declaration?.title ?? (set as string);
  const all = (await listNames(files, signal)).filter((name) => IMAGE_NAME.test(name));
  const folder = options.images === undefined ? imageFolder(all, declaration) : folderAsListed(all, storeName(options.images));
  const start = folder === "" ? 0 : folder.length + 1;
  const inside = folder === "" ? all : all.filter((name) => name.startsWith(`${folder}/`));
  const names = inside.filter((name) => !isHidden(name.slice(start)));
  if (names.length === 0) noImages(files, title, folder, all);
  const classes =
    declaration?.classes ??
    classesOf(
      names.map((name) => name.slice(start)),
      labels,
    );
  const matcher = new ClassMatcher(classes);
  const images: CaptionRecord[] = [];
  const unknown: string[] = [];
  for (const name of names) {
    const filename = name.slice(start);
    const label = matcher.classOf(filename, labels);
    if (label === undefined) unknown.push(name);
    else images.push({ filename, imgid: images.length, split: "test", sentences: [], label });
  }
  if (unknown.length > 0 && (onError === "throw" || images.length === 0)) {
    // With "skip" nothing is left of the set; else saying so would mend it.
    unknownClasses(onError === "skip" ? "EMPTY_DATA" : "INVALID_ARGUMENT", files, title, unknown, names.length, classes);
  }
  for (const name of unknown) {
    const where = placeIn(files, name);
    reading.skip({ where, message: `${where}: its path tells none of ${classes.length} classes.`, filename: name.slice(start) });
  }
  await reading.settled(signal);
  const whole: CaptionDataset = { dataset: title, images };
  const parted = split !== undefined ? randomSplit(whole, split) : whole;
  return {
    ...(subset !== undefined ? subsetDataset(parted, subset) : parted),
    classes: classes.map(({ name }) => name),
    files: folderOf(files, folder),
    skipped: reading.skipped,
    ...(declaration && { declaration }),
  };
}

/** The first of the declared folders that has images; the top where there is none. */
function imageFolder(names: readonly string[], declaration: DatasetDeclaration | undefined): string {
  const has = (folder: string) => names.some((name) => name.startsWith(`${folder}/`));
  return declaration?.layout.images.find((folder) => folder !== "" && has(folder)) ?? "";
}

/** A set of one's own: its folders are its classes; where there are none, or are not meant, what file names begin with. */
function classesOf(names: readonly string[], labels: OpenClassesOptions["labels"]): DatasetClass[] {
  const written = names.map((name) => {
    const parts = name.split("/");
    const file = parts.pop()!.replace(/\.[^.]*$/, "");
    const folder = labels === "file name" ? undefined : parts.at(-1);
    return folder ?? (labels !== "folder" && file.includes("_") ? file.slice(0, file.lastIndexOf("_")) : "");
  });
  const folders = [...new Set(written.filter((name) => wordsOf(name) !== ""))];
  const byName = new Map(folders.map((name) => [wordsOf(name), name]));
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, own]) => ({ name, folder: own }));
}

function noImages(files: FileStore, title: string, folder: string, all: readonly string[]): never {
  const where = folder === "" ? files.name : `the folder "${folder}" of ${files.name}`;
  const has = all.length === 0 ? "It has no image at all." : `It has ${all.length} images elsewhere, such as "${all[0]}".`;
  fail("EMPTY_DATA", `${title}: there is no image in ${where}. ${has} Give the folder of the images, or "images" where they lie below it.`);
}

function unknownClasses(
  code: RsdixErrorCode,
  files: FileStore,
  title: string,
  unknown: readonly string[],
  total: number,
  classes: readonly DatasetClass[],
): never {
  const shown = unknown.slice(0, SHOWN).map((name) => JSON.stringify(name));
  const more = unknown.length > SHOWN ? ` and ${unknown.length - SHOWN} more` : "";
  const expected = classes.slice(0, SHOWN).map(({ folder }) => folder);
  const which = `its ${classes.length} classes (${expected.join(", ")}${classes.length > SHOWN ? ", ..." : ""})`;
  fail(
    code,
    `${title}: the path of ${unknown.length} of ${total} images in ${files.name} tells ${classes.length === 0 ? "no class" : `none of ${which}`}: ` +
      `${shown.join(", ")}${more}. ` +
      'An image lies in a folder that is named as its class, or is named "class_number"; onError: "skip" leaves these out.',
  );
}

function checkOneOf(value: unknown, allowed: readonly string[], name: string): void {
  if (value !== undefined && !allowed.includes(value as string)) {
    fail("INVALID_ARGUMENT", `${name} must be one of ${allowed.map((text) => `"${text}"`).join(", ")}, got ${JSON.stringify(value)}.`);
  }
}
