import { fail, show } from "@rsdix/internal";
import type { CaptionRecord } from "./caption-dataset";
import type { Random } from "./create-random";

/**
 * Draws one of an image's captions at random, as training does at every access.
 *
 * @param record - the image with its captions; blank ones are never drawn.
 * @param random - where the draw comes from; it advances by one draw.
 * @returns the caption as written.
 * @throws RsdixError EMPTY_DATA naming the image when it has no caption; INVALID_ARGUMENT for what is no image's record.
 * @example
 * ```ts
 * import { type CaptionRecord, createRandom, drawCaption } from "@rsdix/data";
 * const record: CaptionRecord = { filename: "1.png", imgid: 1, split: "train", sentences: [{ raw: "a river" }, { raw: "a wide river" }] };
 * if (!drawCaption(record, createRandom(1)).endsWith("river")) throw new Error("expected one of the captions");
 * ```
 * @see RSDiX, https://github.com/NeuRoNeLab/RSDiX-CLIP, whose data sets draw so
 */
export function drawCaption(record: CaptionRecord, random: Random): string {
  if (!Array.isArray(record?.sentences))
    fail("INVALID_ARGUMENT", `drawCaption takes an image's record with its sentences, got ${show(record)}.`);
  if (typeof random?.int !== "function") fail("INVALID_ARGUMENT", `random must be what createRandom(seed) gives, got ${show(random)}.`);
  const captions = record.sentences.filter(({ raw }) => raw.trim() !== "");
  const drawn = captions[random.int(captions.length)];
  return drawn?.raw ?? fail("EMPTY_DATA", `The image "${record.filename}" has no caption to draw.`);
}
