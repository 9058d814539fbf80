import { checkOptions, fail } from "@rsdix/internal";
import { type CaptionDataset, SPLITS } from "../caption-dataset";
import { checkForm } from "../check-inputs";
import type { ImageDataset } from "../image-dataset";
import { selectSplit } from "../select-split";
import type { DatasetCounts, DatasetDeclaration } from "./declaration";

/** Options of `describe`. */
export interface DescribeOptions {
  /** Where lines are broken, in characters, at least 40; 100 unless told otherwise. */
  readonly width?: number;
}

/**
 * Tells in plain text what a data set is: what it shows, how many there are of what, its licence, what to cite, where to get it, how its
 * files must lie and what is odd about it. Of a data set that is open it also tells what is there.
 *
 * @param what - a declaration, or a data set that is open.
 * @param options - `width` (100).
 * @returns lines of aligned text, without a line break at the end.
 * @throws RsdixError INVALID_ARGUMENT for what is neither, or a width below 40; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { describe, UCMD } from "@rsdix/data";
 * const text = describe(UCMD);
 * if (!text.startsWith("UCM-Captions (ucmd)") || !text.includes("2,100 images")) throw new Error("expected name and counts");
 * ```
 */
export function describe(what: DatasetDeclaration | ImageDataset, options: DescribeOptions = {}): string {
  const { width = 100 } = checkOptions(options, ["width"], "describe");
  if (!Number.isInteger(width) || width < 40) fail("INVALID_ARGUMENT", `width must be a whole number at least 40, got ${String(width)}.`);
  if (isDeclaration(what)) return [...headOf(what), ...table(declarationRows(what), width)].join("\n");
  if (!Array.isArray((what as Partial<ImageDataset>)?.images)) {
    fail("INVALID_ARGUMENT", "describe takes a declaration (RSICD) or a data set that is open (await rsicd(folder)): await it first.");
  }
  checkForm(what, "describe");
  const { declaration, dataset } = what;
  const rows = [
    ["Here", summary(what)],
    ...(what.files ? [["Files", what.files.name]] : []),
    ...(declaration ? declarationRows(declaration) : []),
  ];
  return [...(declaration ? headOf(declaration) : [dataset]), ...table(rows as Row[], width)].join("\n");
}

function isDeclaration(what: DatasetDeclaration | ImageDataset): what is DatasetDeclaration {
  return typeof what === "object" && what !== null && "layout" in what && "counts" in what;
}

type Row = readonly [name: string, text: string];

function headOf({ title, id, task }: DatasetDeclaration): string[] {
  return [`${title} (${id}), a data set for ${task === "captions" ? "captioning" : "classification"}`];
}

function declarationRows({ about, counts, imageSize, classes, layout, licence, citation, sources, notes = [] }: DatasetDeclaration): Row[] {
  const folders = layout.images.map((name) => (name === "" ? "the top" : `${name}/`)).join(" or ");
  return [
    ["About", about],
    ["Published", countsText(counts)],
    ...(imageSize ? [["Image size", `${imageSize.width} x ${imageSize.height} pixels`] as Row] : []),
    ...(classes ? [["Classes", classes.map(({ name }) => name).join(", ")] as Row] : []),
    ...(layout.annotations ? [["Annotation", layout.annotations.join(" or ")] as Row] : []),
    [
      "Images",
      `${layout.extensions.join(", ")} in ${folders}${layout.labels ? `; class: from the ${layout.labels === "folder" ? "folder" : "file name"}` : ""}`,
    ],
    ["Licence", licence],
    ["Cite", citation],
    ...sources.map((source, i): Row => [i === 0 ? "Get it" : "", source]),
    ...notes.map((note, i): Row => [i === 0 ? "Notes" : "", note]),
  ];
}

function countsText({ images, captions, captionsPerImage, classes, train, val, test }: DatasetCounts): string {
  const splits = [
    [train, "train"],
    [val, "val"],
    [test, "test"],
  ].filter(([count]) => count !== undefined);
  return [
    number(images, "image"),
    captions !== undefined && `${number(captions, "caption")}${captionsPerImage ? ` (${captionsPerImage} an image)` : ""}`,
    classes !== undefined && number(classes, "class", "classes"),
    splits.length > 0 && splits.map(([count, name]) => `${name} ${count!.toLocaleString("en")}`).join(", "),
  ]
    .filter(Boolean)
    .join("; ");
}

function summary(dataset: CaptionDataset & Pick<ImageDataset, "classes">): string {
  const captions = dataset.images.reduce((sum, { sentences }) => sum + sentences.length, 0);
  const [train, val, test] = SPLITS.map((split) => selectSplit(dataset, split).length);
  const counts: DatasetCounts = {
    images: dataset.images.length,
    ...(captions > 0 && { captions }),
    ...(dataset.classes && { classes: dataset.classes.length }),
    ...{ train: train!, val: val!, test: test! },
  };
  return countsText(counts);
}

function number(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** Rows with their names in a column and long texts broken between words. */
function table(rows: readonly Row[], width: number): string[] {
  const indent = Math.max(...rows.map(([name]) => name.length)) + 4;
  return rows.flatMap(([name, text]) =>
    broken(text, width - indent).map((line, i) => `  ${(i === 0 ? name : "").padEnd(indent - 2)}${line}`),
  );
}

function broken(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
