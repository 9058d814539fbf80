import { fail } from "@rsdix/internal";
import type { CaptionDataset, CaptionRecord, CaptionSentence, ExtraFields, JsonValue } from "./caption-dataset";
import { checkForm } from "./check-inputs";
import { parseKarpathy } from "./parse-karpathy";

/**
 * Writes a data set as the text of a Karpathy-style JSON file, one image a line. The same data set gives the same bytes: known fields come
 * in a fixed order, further ones after them by name, and images keep their order.
 *
 * @param dataset - the data set; `extra` fields are put beside the known ones.
 * @returns JSON text that `parseKarpathy` gives back without loss.
 * @throws RsdixError INVALID_ARGUMENT when an `extra` field has a known field's name or a value that JSON cannot hold (such as NaN);
 * FILE_CORRUPT when a field is not as `parseKarpathy` wants it.
 * @example
 * ```ts
 * import { type CaptionRecord, parseKarpathy, stringifyKarpathy } from "@rsdix/data";
 * const image: CaptionRecord = { filename: "park_1.jpg", imgid: 0, split: "train", sentences: [{ raw: "a park" }], extra: { lat: 45.5 } };
 * const text = stringifyKarpathy({ dataset: "tiny", images: [image] });
 * if (parseKarpathy(JSON.parse(text), "text").images[0].extra?.lat !== 45.5) throw new Error("nothing is lost");
 * ```
 * @see Karpathy and Fei-Fei, "Deep visual-semantic alignments for generating image descriptions", https://arxiv.org/abs/1412.2306
 */
export function stringifyKarpathy(dataset: CaptionDataset): string {
  checkForm(dataset, "stringifyKarpathy");
  const { images, ...head } = dataset;
  const lines = images.map((image, index) => JSON.stringify(recordJson(image, `images[${index}]`), refuseLoss));
  const fields = JSON.stringify(withExtra({ dataset: head.dataset }, head.extra, "the data set", ["images"]), refuseLoss);
  const text = `${fields.slice(0, -1)},"images":[\n${lines.join(",\n")}\n]}\n`;
  parseKarpathy(JSON.parse(text), "the data set to write"); // what cannot be read back must not be written
  return text;
}

/** An image as JSON has it: known fields first, further ones by name. */
export function recordJson(record: CaptionRecord, where: string): object {
  const { filename, imgid, split, label, sentences, extra } = record;
  const known = {
    filename,
    imgid,
    split,
    ...(label !== undefined && { label }),
    sentences: sentences.map((sentence, i) => sentenceJson(sentence, `${where}.sentences[${i}]`)),
  };
  return withExtra(known, extra, where, ["label"]);
}

function sentenceJson({ raw, tokens, extra }: CaptionSentence, where: string): object {
  return withExtra({ raw, ...(tokens && { tokens }) }, extra, where, ["tokens"]);
}

/** Known fields and after them, by name, the further ones, none of which may hide a known one. */
export function withExtra(known: object, extra: ExtraFields | undefined, where: string, reserved: string[]): object {
  const entries = Object.entries(extra ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name] of entries) {
    if (Object.hasOwn(known, name) || reserved.includes(name)) {
      fail("INVALID_ARGUMENT", `${where}.extra must not hold "${name}": that is a field of its own.`);
    }
  }
  // Unlike assignment, fromEntries and spread treat a field called "__proto__" as a field.
  return { ...known, ...Object.fromEntries(entries) };
}

/** For JSON.stringify: throws on what it would turn into null or leave out. */
export function refuseLoss(name: string, value: JsonValue | undefined): JsonValue {
  if (value === undefined || typeof value === "function" || (typeof value === "number" && !Number.isFinite(value))) {
    fail("INVALID_ARGUMENT", `The field "${name}" is ${String(value)}, which JSON cannot hold. Leave it out or use null.`);
  }
  return value;
}
