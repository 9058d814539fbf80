import { concatDatasets, type ImageDataset, type RandomSplitOptions } from "@rsdix/data";
import { fail } from "@rsdix/internal";
import { givenPercentages } from "../config/idle-fields";
import type { ClipFitConfig } from "../config/schemas";
import { openCaptions } from "./open-captions";

/** The fields of a configuration that say which images and captions there are. */
export type DataSetFields = Pick<
  ClipFitConfig["data"],
  "annotations_files" | "additional_test_annotation_files" | "split" | "train_split_percentage" | "val_split_percentage" | "skip_broken"
> & {
  /** Without folders, the captions alone are opened. */
  readonly img_dirs: readonly string[] | undefined;
};

/** All data sets of a configuration, as one. */
export async function openData(
  fields: DataSetFields,
  { seed, signal, onSkip }: { seed: number; signal: AbortSignal; onSkip: (message: string) => void },
): Promise<ImageDataset> {
  const { annotations_files: annotations, img_dirs: images, additional_test_annotation_files: extras } = fields;
  if ((images && annotations.length !== images.length) || (extras && extras.length !== annotations.length)) {
    const counts = `${annotations.length} annotations_files, ${images?.length ?? 0} img_dirs${extras ? ` and ${extras.length} additional_test_annotation_files` : ""}`;
    fail("INVALID_ARGUMENT", `Each annotation file needs its image folder: got ${counts}.`);
  }
  const random: RandomSplitOptions = { train: fields.train_split_percentage, val: fields.val_split_percentage, seed };
  const split = fields.split === "random" ? random : (fields.split ?? undefined);
  const opening = annotations.map((path, i) =>
    openCaptions(path, {
      ...(images && { images: images[i]! }),
      ...(extras?.[i] && { extraTest: extras[i] }),
      ...(split ? { split } : { splitWhereNone: random }),
      ...(fields.skip_broken && { onSkip }),
      signal,
    }),
  );
  const [only] = opening;
  const opened = await (opening.length === 1 ? only! : concatDatasets(opening));
  const idle = givenPercentages(fields);
  const all = await Promise.all(opening);
  if (idle.length === 0 || all.some(({ splitsFrom }) => splitsFrom === "random")) return opened;
  await opened.files.close();
  return fail(
    "INVALID_ARGUMENT",
    `${idle.join(" and ")} would do nothing, as the splits are those of ${annotations.join(", ")}. Leave it out, or draw new ones with data.split random.`,
  );
}
