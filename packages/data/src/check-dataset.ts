import { checkOptions, fail } from "@rsdix/internal";
import { type CaptionDataset, type CaptionRecord, SPLITS, type Split } from "./caption-dataset";
import { checkForm } from "./check-inputs";
import { filenameProblem } from "./filename-problem";
import { storeName } from "./files/file-name";
import { selectSplit } from "./select-split";

/** Options of `checkDataset`. */
export interface CheckDatasetOptions {
  /** Splits that must have images, of every class when there are classes; all three unless told otherwise. */
  readonly splits?: readonly Split[];
  /** Whether every image must have a label; false unless told otherwise. */
  readonly requireLabels?: boolean;
}

/**
 * Finds what would make a run fail late or a score meaningless: an empty split, a class without an image in a split, an image without a
 * caption (or without a label), a file named twice, a file name that leaves the image folder.
 *
 * @param dataset - the data set.
 * @param options - which `splits` must have images, and whether labels are required.
 * @throws RsdixError EMPTY_DATA naming the empty split or class or the image without captions; INVALID_ARGUMENT naming the duplicate,
 * the file name that leaves the folder or the image without a label; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { checkDataset } from "@rsdix/data";
 * const images = (["train", "val"] as const).map((split, imgid) => ({ filename: `${imgid}.png`, imgid, split, sentences: [{ raw: "a lake" }] }));
 * checkDataset({ dataset: "tiny", images }, { splits: ["train", "val"] });
 * let message = "";
 * try {
 *   checkDataset({ dataset: "tiny", images });
 * } catch (error) {
 *   message = String(error);
 * }
 * if (!message.includes("test")) throw new Error("expected the empty test split to be named");
 * ```
 */
export function checkDataset(dataset: CaptionDataset, options: CheckDatasetOptions = {}): void {
  checkOptions(options, ["splits", "requireLabels"], "checkDataset");
  const { splits = SPLITS, requireLabels = false } = options;
  checkForm(dataset, "checkDataset");
  const name = `The data set "${dataset.dataset}"`;
  if (dataset.images.length === 0) fail("EMPTY_DATA", `${name} has no images.`);
  checkRecords(dataset, name, requireLabels);
  const classes = classNames(dataset.images);
  for (const split of splits) {
    const records = selectSplit(dataset, split);
    if (records.length === 0) {
      fail("EMPTY_DATA", `${name} has no image in the split "${split}". Draw one with randomSplit, or leave it out of splits.`);
    }
    const present = new Set(records.map((record) => record.label));
    const absent = classes.filter((label) => !present.has(label));
    if (absent.length > 0) {
      fail(
        "EMPTY_DATA",
        `${name} has no image of ${quoteSome(absent)} in the split "${split}": a class needs images in every split that is used.`,
      );
    }
  }
}

function checkRecords({ images }: CaptionDataset, name: string, requireLabels: boolean): void {
  const seen = new Map<string, number>();
  images.forEach((record, index) => {
    const { filename, label, sentences } = record;
    const where = `images[${index}] ("${filename}")`;
    const problem = filenameProblem(filename);
    if (problem) fail("INVALID_ARGUMENT", `${name}: the file name of ${where} ${problem}.`);
    const file = storeName(filename);
    const before = seen.get(file);
    if (before !== undefined)
      fail("INVALID_ARGUMENT", `${name} names the file "${filename}" twice: images[${before}] and images[${index}].`);
    seen.set(file, index);
    if (!sentences.some(({ raw }) => raw.trim() !== ""))
      fail("EMPTY_DATA", `${name}: ${where} has no caption. Add one or remove the image.`);
    if (requireLabels && !label) fail("INVALID_ARGUMENT", `${name}: ${where} has no label. Add one or remove the image.`);
  });
}

/**
 * The classes of labelled images, sorted, each once: the order of a classifier's outputs.
 *
 * @param records - images, labelled or not.
 * @returns the labels in the order of their UTF-16 code units; none when no image has a label.
 * @throws RsdixError INVALID_ARGUMENT for what is no list of records.
 * @example
 * ```ts
 * import { classNames } from "@rsdix/data";
 * const split = "train";
 * const records = ["river", "beach", "river"].map((label, imgid) => ({ filename: `${imgid}.png`, imgid, split, sentences: [], label }) as const);
 * if (classNames(records).join() !== "beach,river") throw new Error("expected each class once, sorted");
 * ```
 */
export function classNames(records: readonly CaptionRecord[]): string[] {
  checkForm({ images: records }, "classNames");
  return [...new Set(records.flatMap(({ label }) => (label ? [label] : [])))].sort();
}

function quoteSome(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => `"${name}"`);
  return names.length > 10 ? `${shown.join(", ")} and ${names.length - 10} more` : shown.join(", ");
}
