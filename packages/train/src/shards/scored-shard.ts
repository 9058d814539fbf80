import { type CaptionRecord, expandBraces, type Split, selectSplit, webDataset } from "@rsdix/data";
import { fail } from "@rsdix/internal";
import { archiveSource } from "./shard-images";
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
    async *work(dataset, context) {
      const chosen = splits && new Set(splits.flatMap((split) => selectSplit(dataset, split)));
      const images = chosen ? dataset.images.filter((record) => chosen.has(record)) : dataset.images;
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

/** What the first archive says of all of them. */
export interface ArchiveHead {
  /** The set's name: its own, or what the archives' names begin with. */
  readonly dataset: string;
  /** The classes in the order of their numbers, where it says them. */
  readonly classes: readonly string[] | undefined;
  /** The archive's images, of all splits. */
  readonly images: readonly CaptionRecord[];
}

/** Reads the first archive's index, so that what all of them lack is said before anything is computed: `truth`, where it is needed. */
export async function archiveHead(pattern: string, truth: Truth | undefined, signal: AbortSignal): Promise<ArchiveHead> {
  const [first] = expandBraces(archiveSource(pattern).pattern);
  const { dataset, images, files, classes } = await webDataset(first!, { ...READING, onError: "skip", requireText: false, signal });
  await files.close();
  if (truth && images.length > 0 && images.every((record) => truthOf(record, truth) === undefined))
    fail("EMPTY_DATA", `Not one of the ${images.length} images of ${first} has a ${WANTED[truth]}.`);
  return { dataset: setName(dataset), classes, images };
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
