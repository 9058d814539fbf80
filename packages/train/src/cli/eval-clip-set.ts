import { basename, resolve } from "node:path";
import { type ImageDataset, openClasses, type Split, selectSplit } from "@rsdix/data";
import { fail } from "@rsdix/internal";
import type { Row } from "@rsdix/scale";
import { classSpellings, plain } from "../evaluate/class-spellings";
import { notedNames } from "../evaluate/same-image";
import { openAllFiles } from "../recipes/open-all-files";
import { openCaptions } from "../recipes/open-captions";
import { archiveHead, NO_TRUTH, WANTED } from "../shards/scored-shard";
import { knownClassSet } from "./class-sets";
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
  /** Its classes in the order of their numbers; undefined where only all results say which there are. */
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
export async function openArchivedSet({ shards, dataset, split, skipBroken }: ClipSetFlags, session: CliSession): Promise<ArchivedSet> {
  const declaration = dataset === undefined ? undefined : knownClassSet(dataset);
  const head = await archiveHead(shards!, "label", session.signal);
  const classes = declaration?.classes?.map(({ name }) => name) ?? head.classes;
  const images = split === undefined ? head.images : selectSplit(head, split);
  for (const { filename, label = NO_TRUTH } of images) {
    if (classes && !skipBroken) numberOf(label, filename, classes);
    if (!classes && /^\d+$/.test(label))
      fail("INVALID_ARGUMENT", `The archives' images have numbers for classes, such as ${label}: --dataset says what these are called.`);
  }
  return { dataset: declaration?.title ?? head.dataset, classes, declaration };
}

/** Results with their classes. */
interface LabelledRows {
  /** The classes in the order of their numbers. */
  readonly classes: readonly string[];
  /** What files call the classes. */
  readonly spellings: readonly string[];
  /** The results, without those whose class isn't known. */
  readonly rows: readonly Row[];
  /** The number of each one's class. */
  readonly labels: readonly number[];
}

/** The classes of a folder's images. */
export function listedLabels({ images, classes = [], spellings }: ListedSet, rows: readonly Row[]): LabelledRows {
  const labels = new Map(images.map(({ filename, label }) => [filename, classes.indexOf(label!)]));
  return { classes, spellings, rows, labels: rows.map(({ file }) => labels.get(file)!) };
}

/** The classes that archives said; what has none of the set's is an error, or left out where it may. */
export function archivedLabels(
  { classes: known, declaration }: ArchivedSet,
  rows: readonly Row[],
  { skipBroken }: ClipSetFlags,
  session: CliSession,
): LabelledRows {
  const said = ({ values }: Row) => values.label as string;
  const classes = known ?? [...new Set(rows.map(said))].filter((label) => label !== NO_TRUTH).sort();
  const used: Row[] = [];
  const labels: number[] = [];
  for (const row of rows) {
    try {
      labels.push(numberOf(said(row), row.file, classes));
      used.push(row);
    } catch (error) {
      if (!skipBroken) throw error;
      session.note(`left out: ${(error as Error).message}`);
    }
  }
  if (used.length === 0) fail("EMPTY_DATA", "Not one image is of a class of the set.");
  const images = used.map(({ file }, i) => ({ ...NO_RECORD, filename: file, label: classes[labels[i]!]! }));
  return { classes, spellings: spellingsOf({ images, classes, ...(declaration && { declaration }) }), rows: used, labels };
}

const NO_RECORD = { imgid: 0, split: "test", sentences: [] } as const;

/** The number of the class that an archive's text says: its name, however it is spelt, or its number. */
function numberOf(label: string, file: string, classes: readonly string[]): number {
  if (label === NO_TRUTH) fail("FILE_CORRUPT", `${file} has no ${WANTED.label} in its archive; --skip-broken leaves such images out.`);
  const exact = classes.indexOf(label);
  const found = exact >= 0 ? exact : classes.findIndex((name) => plain(name) === plain(label));
  if (found >= 0) return found;
  if (/^\d+$/.test(label) && Number(label) < classes.length) return Number(label);
  const shown = classes.slice(0, SHOWN).join(", ");
  return fail(
    "FILE_CORRUPT",
    `${file} is of the class ${JSON.stringify(label)}, which is none of the set's ${classes.length} (${shown}${classes.length > SHOWN ? ", ..." : ""}); ` +
      "--skip-broken leaves such images out.",
  );
}

/** Classes that a message names. */
const SHOWN = 5;

/** What the files' names call the classes where these say them, as they do of sets that were folders before. */
function spellingsOf(set: Parameters<typeof classSpellings>[0]): string[] {
  const usual = classSpellings({ ...set, images: [] });
  return classSpellings(set).map((found, i) => ([set.classes![i]!, usual[i]!].map(plain).includes(plain(found)) ? found : usual[i]!));
}
