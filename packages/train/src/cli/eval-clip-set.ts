import { basename, resolve } from "node:path";
import { type ImageDataset, openClasses, type Split, selectSplit } from "@rsdix/data";
import { fail, plainName } from "@rsdix/internal";
import type { Row } from "@rsdix/scale";
import { classSpellings } from "../evaluate/class-spellings";
import { notedNames } from "../evaluate/same-image";
import { openAllFiles } from "../recipes/open-all-files";
import { openCaptions } from "../recipes/open-captions";
import { type ArchiveSays, archiveHead, filesOf, NO_TRUTH, WANTED } from "../shards/scored-shard";
import { knownClassSet } from "./class-sets";
import type { PartsFlags, PartsResults } from "./eval-parts";
import { inFlags } from "./flag-words";
import type { CliSession } from "./session";
import type { ReadingFlags } from "./shared-options";

/** Flags that say which class set is classified. */
export interface ClipSetFlags extends ReadingFlags {
  readonly imgsDir?: string;
  readonly shards?: string;
  readonly annotationsFile?: string;
  readonly dataset?: string;
  readonly split?: Split;
  readonly serveShards?: boolean;
}

/** The set whose images are in a folder. */
export interface ListedSet extends ImageDataset {
  /** What files call the classes. */
  readonly spellings: readonly string[];
}

/** A class set whose images are in archives. */
export interface ArchivedSet {
  /** Its name. */
  readonly dataset: string;
  /** Its classes in the order of their numbers; undefined where only all archives say which there are. */
  readonly classes: readonly string[] | undefined;
  /** What is known of the set, of one that is. */
  readonly declaration: ImageDataset["declaration"];
}

/** Opens a folder's class set. */
export async function openListedSet(flags: ClipSetFlags, session: CliSession): Promise<ListedSet> {
  const { signal } = session;
  const set = flags.dataset === undefined ? basename(resolve(flags.imgsDir!)).replace(/\.zip$/i, "") : knownClassSet(flags.dataset);
  const skipping = flags.skipBroken && {
    onError: "skip" as const,
    onSkip: ({ message }: { message: string }) => session.note(`left out: ${message}`),
  };
  const noting = !flags.serveShards && { onNote: (text: string) => session.note(text) }; // once, not by each process of a pool
  const files = await inFlags(openAllFiles(flags.imgsDir!, { signal, ...noting }));
  const all = await inFlags(openClasses(files, set, { signal, ...skipping })).catch(async (error) => {
    await files.close();
    throw error;
  });
  const opened = { ...all, spellings: classSpellings(all) }; // before images are chosen, as some classes may then have none
  if (flags.annotationsFile === undefined) {
    if (flags.split) fail("INVALID_ARGUMENT", "--split is a split of --annotations-file, which is not given.");
    return opened;
  }
  const split = flags.split ?? "test";
  const annotation = await openCaptions(flags.annotationsFile, { signal });
  const wanted = new Set(selectSplit(annotation, split).map(({ filename }) => filename));
  const names = notedNames(
    opened.images.map(({ filename }) => filename),
    annotation.images.map(({ filename }) => filename), // of all splits: of two that a name may mean, the one that is more alike
  );
  const images = opened.images.filter(({ filename }) => names.get(filename)!.some((name) => wanted.has(name)));
  if (images.length > 0) return { ...opened, images };
  await opened.files.close();
  return fail(
    "EMPTY_DATA",
    `None of the ${opened.images.length} images of ${flags.imgsDir} is in the split "${split}" of ${flags.annotationsFile}.`,
  );
}

/** Looks at the first of the archives, for what is wrong with all of them. */
export async function openArchivedSet(
  { shards, partsPath, dataset, split, skipBroken }: ClipSetFlags & PartsFlags,
  session: CliSession,
): Promise<ArchivedSet> {
  const declaration = dataset === undefined ? undefined : knownClassSet(dataset);
  const given = { shards: shards!, partsPath: partsPath!, splits: split && [split], truth: "label" as const, skipBroken };
  const head = await archiveHead({ ...given, signal: session.signal });
  const classes = declaration?.classes?.map(({ name }) => name) ?? head.classes;
  for (const { filename, label = NO_TRUTH } of head.images) {
    if (classes && !skipBroken) numberOf(label, filename, classes);
    if (!classes) refuseNumber(label, filename);
  }
  return { dataset: declaration?.title ?? head.dataset, classes, declaration };
}

/** Without a list of classes a number is no class's name. */
function refuseNumber(label: string, file: string): void {
  if (/^\d+$/.test(label))
    fail(
      "INVALID_ARGUMENT",
      `The archives' images have numbers for classes, such as ${label} of ${file}: --dataset says what these are called.`,
    );
}

/** Results with their classes. */
interface LabelledRows {
  /** The classes in the order of their numbers. */
  readonly classes: readonly string[];
  /** What files call the classes. */
  readonly spellings: readonly string[];
  /** The results, without those whose class isn't known. */
  readonly rows: readonly Row[];
  /** What each one's file is called, unlike the others'. */
  readonly files: string[];
  /** The number of each one's class. */
  readonly labels: readonly number[];
}

/** The classes of a folder's images. */
export function listedLabels({ images, classes = [], spellings }: ListedSet, rows: readonly Row[]): LabelledRows {
  const labels = new Map(images.map(({ filename, label }) => [filename, classes.indexOf(label!)]));
  return { classes, spellings, rows, files: rows.map(({ file }) => file), labels: rows.map(({ file }) => labels.get(file)!) };
}

/** The classes that archives said; what has none of the set's is an error, or left out where it may. */
export function archivedLabels(
  { classes: known, declaration }: ArchivedSet,
  { rows, archives }: PartsResults,
  { skipBroken }: ClipSetFlags,
  session: CliSession,
): LabelledRows {
  if (known && !declaration) for (const { classes: listed = [] } of archives) refuseOtherList(listed, known);
  const found = archives.flatMap(({ labels: each = [] }) => each);
  if (!known) for (const [label, file] of found) refuseNumber(label, file);
  // Of all splits, as a folder's are.
  const classes = known ?? [...new Set(archives.flatMap((each) => [...(each.classes ?? []), ...namesIn(each)]))].sort();
  const names = filesOf(rows);
  const used: Row[] = [];
  const files: string[] = [];
  const labels: number[] = [];
  for (const [i, row] of rows.entries()) {
    try {
      labels.push(numberOf(row.values.label as string, names[i]!, classes));
      used.push(row);
      files.push(names[i]!);
    } catch (error) {
      if (!skipBroken) throw error;
      session.note(`left out: ${(error as Error).message}`);
    }
  }
  if (used.length === 0) fail("EMPTY_DATA", "Not one image is of a class of the set.");
  const images = found.flatMap(([label, filename]) => {
    const number = findNumber(label, classes);
    return number === undefined ? [] : [{ ...NO_RECORD, filename, label: classes[number]! }];
  });
  return { classes, spellings: spellingsOf({ images, classes, ...(declaration && { declaration }) }), rows: used, files, labels };
}

/** The scores would be those of fewer classes than there are. */
function refuseOtherList(classes: readonly string[], known: readonly string[]): void {
  const other = classes.find((name) => findNumber(name, known) === undefined);
  if (other === undefined) return;
  fail(
    "INVALID_ARGUMENT",
    `The archives list different classes: ${JSON.stringify(other)} is none of the first one's ${known.length} (${shortly(known)}). --dataset says which there are, of a set that is known; or evaluate the archives of each set by themselves.`,
  );
}

const namesIn = ({ labels = [] }: ArchiveSays) => labels.map(([label]) => label);

const NO_RECORD = { imgid: 0, split: "test", sentences: [] } as const;

/** The number of the class that an archive's text says: its name, however it is spelt, or its number. */
function numberOf(label: string, file: string, classes: readonly string[]): number {
  if (label === NO_TRUTH) fail("FILE_CORRUPT", `${file} has no ${WANTED.label} in its archive; --skip-broken leaves such images out.`);
  const found = findNumber(label, classes);
  if (found !== undefined) return found;
  return fail(
    "FILE_CORRUPT",
    `${file} is of the class ${JSON.stringify(label)}, which is none of the set's ${classes.length} (${shortly(classes)}); ` +
      "--skip-broken leaves such images out.",
  );
}

function findNumber(label: string, classes: readonly string[]): number | undefined {
  const exact = classes.indexOf(label);
  const found = exact >= 0 ? exact : classes.findIndex((name) => plainName(name) === plainName(label));
  if (found >= 0) return found;
  return /^\d+$/.test(label) && Number(label) < classes.length ? Number(label) : undefined;
}

/** Classes that a message names. */
const SHOWN = 5;

const shortly = (classes: readonly string[]) => classes.slice(0, SHOWN).join(", ") + (classes.length > SHOWN ? ", ..." : "");

/** What the files' names call the classes where these say them, as they do of sets that were folders before. */
function spellingsOf(set: Parameters<typeof classSpellings>[0]): string[] {
  const usual = classSpellings({ ...set, images: [] });
  return classSpellings(set).map((found, i) =>
    [set.classes![i]!, usual[i]!].map(plainName).includes(plainName(found)) ? found : usual[i]!,
  );
}
