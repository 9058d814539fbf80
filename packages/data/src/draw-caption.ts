import { fail } from "@rsdix/internal";
import type { CaptionRecord } from "./caption-dataset";
import type { Random } from "./create-random";

/**
 * Draws one of an image's captions at random, as training does at every access.
 *
 * @param record - the image with its captions; blank ones are never drawn.
 * @param random - where the draw comes from; it advances by one draw.
 * @returns the caption as written.
 * @throws RsdixError EMPTY_DATA naming the image when it has no caption.
 * @example
 * ```ts
 * import { type CaptionRecord, createRandom, drawCaption } from "@rsdix/data";
 * const record: CaptionRecord = { filename: "1.png", imgid: 1, split: "train", sentences: [{ raw: "a river" }, { raw: "a wide river" }] };
 * if (!drawCaption(record, createRandom(1)).endsWith("river")) throw new Error("expected one of the captions");
 * ```
 */
export function drawCaption(record: CaptionRecord, random: Random): string {
  const captions = record.sentences.filter(({ raw }) => raw.trim() !== "");
  const drawn = captions[random.int(captions.length)];
  return drawn?.raw ?? fail("EMPTY_DATA", `The image "${record.filename}" has no caption to draw.`);
}
