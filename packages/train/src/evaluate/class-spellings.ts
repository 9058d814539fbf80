import type { ImageDataset } from "@rsdix/data";
import { classParts, plainName } from "@rsdix/internal";
import { checkList, checkText, checkTexts } from "../check-given";

/**
 * What files call the classes of a class set, in lower case: "annualcrop" where prompts say "annual crop". The original's tables name classes so.
 *
 * @param dataset A class set, as `openClasses` gives it; best with all of its images, as a class of one's own is only spelt there.
 * @returns A spelling of each class, in the order of `classes`: its folder's name, or what its files' names have before the last "_".
 * @throws INVALID_ARGUMENT for what is no data set.
 * @example
 * ```ts
 * import { classSpellings } from "@rsdix/train";
 * const images = [{ filename: "AnnualCrop/1.jpg", imgid: 0, split: "test" as const, sentences: [], label: "annual crop" }];
 * console.log(classSpellings({ images, classes: ["annual crop"] })); // ["annualcrop"]
 * ```
 * @see RSDiX, https://github.com/NeuRoNeLab/RSDiX-CLIP
 */
export function classSpellings(dataset: Pick<ImageDataset, "images" | "classes" | "declaration">): string[] {
  checkList(dataset?.images, "classSpellings: the data set's images", "images with their filename");
  const { images, classes = [], declaration } = dataset;
  checkTexts(classes, "classSpellings: the data set's classes");
  for (const [i, image] of images.entries()) checkText(image?.filename, `classSpellings: the data set's images[${i}].filename`);
  const declared = new Map(declaration?.classes?.map(({ name, folder }) => [name, folder]));
  const seen = new Map<string, string>();
  for (const { filename, label } of images) {
    if (label !== undefined && !seen.has(label)) seen.set(label, spellingIn(filename, [label, declared.get(label) ?? label]));
  }
  return classes.map((name) => (seen.get(name) ?? declared.get(name) ?? plainName(name)).toLowerCase());
}

/** The folder, or else the part of the file's name, that says the class. */
function spellingIn(filename: string, names: readonly string[]): string {
  const { folders, written } = classParts(filename);
  const wanted = names.map(plainName);
  return [...folders, written].find((part) => wanted.includes(plainName(part))) ?? folders[0] ?? written;
}
