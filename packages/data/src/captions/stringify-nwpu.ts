import { fail } from "@rsdix/internal";
import type { CaptionDataset, CaptionRecord, JsonValue } from "../caption-dataset";
import { checkForm } from "../check-inputs";
import { refuseLoss, withExtra } from "../stringify-karpathy";
import { captionIndex, captionKey, className, parseNwpu } from "./parse-nwpu";

/**
 * Writes a data set as the text of a JSON file in the form of NWPU-Captions, one image a line: a list of images a class, captions in raw,
 * raw_1, raw_2 and so on. Images of one class come together, classes in the order of their first image: of classes that alternate the order of the images
 * is another when they are read back.
 *
 * @param dataset - the data set; each image must lie in its class's folder. The data set's name has no place in this form.
 * @returns JSON text that `parseNwpu` gives back without loss, but for that order.
 * @throws RsdixError INVALID_ARGUMENT naming the image when the form has no place for what it has: a file outside of a folder, words
 * (`tokens`), further fields of a caption or of the whole file, an image without a label; FILE_CORRUPT when a field is not as `parseNwpu`
 * wants it.
 * @example
 * ```ts
 * import { parseNwpu, stringifyNwpu } from "@rsdix/data";
 * const json = { airport: [{ filename: "airport_001.jpg", imgid: 0, split: "train", raw: "an airport", raw_1: "two runways" }] };
 * const text = stringifyNwpu(parseNwpu(json, "here"));
 * if (JSON.stringify(JSON.parse(text)) !== JSON.stringify(json)) throw new Error("nothing is lost");
 * ```
 * @see https://github.com/HaiyanHuang98/NWPU-Captions
 */
export function stringifyNwpu(dataset: CaptionDataset): string {
  checkForm(dataset, "stringifyNwpu");
  if (dataset.extra) noPlace("the data set", `fields of the whole file (${Object.keys(dataset.extra).join(", ")})`);
  const classes = new Map<string, string[]>();
  dataset.images.forEach((image, index) => {
    const where = `images[${index}] (${JSON.stringify(image.filename)})`;
    const slash = image.filename.indexOf("/");
    if (slash < 1) noPlace(where, "an image that lies in no folder: its folder is its class");
    const folder = image.filename.slice(0, slash);
    const lines = classes.get(folder) ?? [];
    lines.push(JSON.stringify(imageJson(image, folder, where), refuseLoss));
    classes.set(folder, lines);
  });
  const lists = [...classes].map(([folder, lines]) => `${JSON.stringify(folder)}:[\n${lines.join(",\n")}\n]`);
  const text = `{${lists.join(",\n")}}\n`;
  parseNwpu(JSON.parse(text), "the data set to write"); // what cannot be read back must not be written
  return text;
}

function imageJson({ filename, imgid, split, label, sentences, extra }: CaptionRecord, folder: string, where: string): object {
  if (label === undefined) noPlace(where, `an image without a label: it would become "${className(folder)}"`);
  const captions = sentences.map(({ raw, tokens, extra: further }, i): [string, JsonValue] => {
    if (tokens) noPlace(`${where}.sentences[${i}]`, "a caption's words (tokens)");
    if (further) noPlace(`${where}.sentences[${i}]`, `a caption's further fields (${Object.keys(further).join(", ")})`);
    return [captionKey(i), raw];
  });
  const known = {
    filename: filename.slice(folder.length + 1),
    imgid,
    split,
    ...Object.fromEntries(captions),
    ...(label !== className(folder) && { label }),
  };
  return withExtra(known, extra, where, ["label", ...Object.keys(extra ?? {}).filter((key) => captionIndex(key) !== undefined)]);
}

function noPlace(where: string, what: string): never {
  return fail("INVALID_ARGUMENT", `${where}: NWPU's form has no place for ${what}. Write it in another form, or leave that out first.`);
}
