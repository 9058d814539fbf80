import { type CaptionRecord, expandBraces, type ImageDataset, type Split, selectSplit, webDataset } from "@rsdix/data";
import { fail } from "@rsdix/internal";
import { openShardRun, type Row, readShards, shareOfRun } from "@rsdix/scale";
import { archiveSource, archiveStamp } from "./shard-images";
import type { ShardTask } from "./shard-task";

/** What an archive says of an image that a score needs: its class, or what people say of it. */
export type Truth = "label" | "references";

/** How archives are read to be scored: images that name no split are for testing, as those of a class set are. */
const READING = { defaultSplit: "test" } as const;

/** What is taken of archives, and what of it is kept. */
interface ScoredOptions {
  /** What is kept beside the results, as a column. */
  readonly truth: Truth;
  /** Takes the images of these splits; all without it. */
  readonly splits?: readonly Split[] | undefined;
}

/** The same work on archives, whose results are kept with what the archive says of each image: they can then be scored by whoever has not seen the archives. */
export function scoredTask(task: ShardTask, { truth, splits }: ScoredOptions): ShardTask {
  return {
    ...task,
    key: { ...task.key, ...(splits && { splits: [...new Set(splits)].sort().join(",") }) },
    columns: { ...task.columns, [truth]: "string" },
    archives: READING,
    notes: (archive) => ({ [SAYS]: JSON.stringify(saysOf(archive, truth)) }),
    async *work(dataset, context) {
      const images = inSplits(dataset, splits);
      if (images.length === 0) return;
      for await (const { record, values } of task.work({ ...dataset, images }, context))
        yield { record, values: { ...values, [truth]: truthOf(record, truth) ?? NO_TRUTH } };
    },
  };
}

/** What an image lacks, in words. */
export const WANTED: Readonly<Record<Truth, string>> = {
  label: 'class (.cls, or "label" in .json)',
  references: 'caption (.txt, or "caption", "captions" or "sentences" in .json)',
};
/** What the column holds of an image of which nothing is said. */
export const NO_TRUTH = "";

/** The column's text: captions are a list in JSON. */
function truthOf({ label, sentences }: CaptionRecord, truth: Truth): string | undefined {
  if (truth === "label") return label;
  return sentences.length > 0 ? JSON.stringify(sentences.map(({ raw }) => raw)) : undefined;
}

/** The captions of a column of references. */
export const referencesOf = (text: string): string[] => (text === NO_TRUTH ? [] : (JSON.parse(text) as string[]));

/** The images of some splits, in order; all where none are chosen. */
function inSplits(dataset: ImageDataset, splits: readonly Split[] | undefined): readonly CaptionRecord[] {
  if (!splits) return dataset.images;
  const chosen = new Set(splits.flatMap((split) => selectSplit(dataset, split)));
  return dataset.images.filter((record) => chosen.has(record));
}

/** What is kept of an archive with its results, so that these can be scored without it. */
export interface ArchiveSays {
  /** The set's name: its own, or what the archives' names begin with. */
  readonly dataset: string;
  /** The classes in the order of their numbers, where it lists them. */
  readonly classes?: readonly string[];
  /** The classes of its images, those of other splits as well, each with one of its files. */
  readonly labels?: readonly (readonly [label: string, file: string])[];
}

/** The name of the note that holds it. */
const SAYS = "archive";

function saysOf({ dataset, classes, images }: ImageDataset, truth: Truth): ArchiveSays {
  const name = { dataset: setName(dataset) };
  if (truth !== "label") return name;
  const labels = new Map<string, string>();
  for (const { label = NO_TRUTH, filename } of images) if (label !== NO_TRUTH && !labels.has(label)) labels.set(label, filename);
  return { ...name, ...(classes && { classes }), labels: [...labels] };
}

/** What a shard's results say of its archive. */
export function archiveSays(notes: Readonly<Record<string, string>>, path: string): ArchiveSays {
  const text = notes[SAYS];
  if (text === undefined)
    return fail(
      "FILE_CORRUPT",
      `${path} does not say what its archive holds, as of an earlier version. Remove it: the same command does it again.`,
    );
  return JSON.parse(text) as ArchiveSays;
}

/** What the first archive says of all of them. */
export interface ArchiveHead extends Pick<ArchiveSays, "dataset" | "classes"> {
  /** Its images, of the splits that are wanted; none where its results are there already. */
  readonly images: readonly CaptionRecord[];
}

/** Where archives are, and what of them is wanted. */
interface HeadOptions {
  readonly shards: string;
  /** Where results are kept: an archive that is done may be gone. */
  readonly partsPath: string;
  readonly splits?: readonly Split[] | undefined;
  /** What an image needs, where it needs something. */
  readonly truth?: Truth | undefined;
  /** Whether images without are left out. */
  readonly skipBroken?: boolean | undefined;
  readonly signal: AbortSignal;
}

/** Reads the first archive's index, so that what all of them lack is said before anything is computed. */
export async function archiveHead({ shards, partsPath, splits, truth, skipBroken, signal }: HeadOptions): Promise<ArchiveHead> {
  const { pattern } = archiveSource(shards);
  const done = await doneHead(partsPath, pattern, signal);
  if (done) return { ...done, images: [] };
  const [first] = expandBraces(pattern);
  const archive = await webDataset(first!, { ...READING, onError: "skip", requireText: false, signal });
  await archive.files.close();
  const images = inSplits(archive, splits);
  if (truth && !skipBroken && images.length > 0 && images.every((record) => truthOf(record, truth) === undefined))
    fail("EMPTY_DATA", `Not one of the ${images.length} images of ${first} has a ${WANTED[truth]}.`);
  return { dataset: setName(archive.dataset), ...(archive.classes && { classes: archive.classes }), images };
}

/** The same of the first archive's results; undefined where they aren't there, and where they are of another archive than the one that lies there now. */
async function doneHead(partsPath: string, pattern: string, signal: AbortSignal): Promise<ArchiveSays | undefined> {
  const run = await openShardRun(partsPath).catch(() => undefined); // what is wrong with it is said when it is opened for its work
  if (run?.plan.source.kind !== "webdataset" || run.plan.source.pattern !== pattern) return undefined; // another run's
  const first = shareOfRun(run, { index: 0, count: run.shards.length });
  if ((await first.pending()).length > 0) return undefined;
  const [now, then] = [await archiveStamp(first.shards[0]!.archive!), run.plan.source.images?.[0] ?? ""];
  if (now !== "" && then !== "" && now !== then) return undefined; // it is done anew, or refused, when the run is opened for its work
  for await (const { notes } of readShards(first, signal)) return notes[SAYS] === undefined ? undefined : archiveSays(notes, partsPath);
  return undefined;
}

/** Results' files, which two archives may call the same: those are told apart by their archive. */
export function filesOf(rows: readonly Row[]): string[] {
  const counts = new Map<string, number>();
  for (const { file } of rows) counts.set(file, (counts.get(file) ?? 0) + 1);
  return rows.map(({ id, file }) => (counts.get(file)! > 1 ? id : file));
}

/** "tiles" of "folder/tiles-000000.tar": what a set is called whose archives don't say it. */
function setName(dataset: string): string {
  if (!/\.tar$/i.test(dataset)) return dataset;
  const stem = dataset
    .split(/[\\/]/)
    .at(-1)!
    .replace(/\.tar$/i, "");
  return stem.replace(/[-_.]?\d+$/, "") || stem;
}
