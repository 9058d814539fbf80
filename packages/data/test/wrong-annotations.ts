import { rsicdJson } from "./make-annotations";
import { memoryFiles } from "./memory-files";

/** RSICD's annotation with fields of some images replaced (undefined: left out), beside all its images. */
export function rsicdWith(changes: Record<number, object>, count = 4) {
  const json = rsicdJson(count);
  const names = json.images.map(({ filename }) => filename);
  const images = json.images.map((image, index) => ({ ...image, ...changes[index] }));
  return filesWith("dataset_rsicd.json", JSON.stringify({ ...json, images }), names);
}
/** The same change for all four images. */
export const each = (fields: object) => ({ 0: fields, 1: fields, 2: fields, 3: fields });
/** Sentences of an image. */
export const raws = (...captions: unknown[]) => ({ sentences: captions.map((raw) => ({ raw })) });

/** An annotation beside the images that it may name. */
export function filesWith(name: string, content: string | Uint8Array, images: readonly string[] = ["airport_1.jpg", "a.jpg", "b.jpg"]) {
  return memoryFiles({ [name]: content, ...Object.fromEntries(images.map((image) => [`images/${image}`, ""])) }, "set");
}

/** S2LCD's XML around what is given. */
export const xml = (inside: string) => filesWith("a.xml", `<annotations>\n${inside}\n</annotations>`);
/** An image that is right, in XML. */
export const image = '<image id="0" name="a.jpg"><mask label="one"/></image>';
/** NWPU's annotation, as a value or as text. */
export const nwpu = (json: unknown) =>
  filesWith("dataset_nwpu.json", typeof json === "string" ? json : JSON.stringify(json), ["x/a.jpg", "x/b.jpg"]);
/** A table. */
export const csv = (text: string) => filesWith("a.csv", text);
/** JSON lines. */
export const lines = (text: string) => filesWith("a.jsonl", text);
/** An image of NWPU's with fields replaced. */
export const entry = (fields: object = {}) => ({ filename: "a.jpg", imgid: 0, split: "train", raw: "one", ...fields });
