import * as tf from "@tensorflow/tfjs-core";
import type { Handler } from "../protocol";
import { imagesOf, readImages } from "./images";
import { needCaptioner, refuse } from "./session";

/** Images that are decoded together: each step of the decoder is for all of them. */
const BATCH = 8;

/** Captions images, a few at a time: their texts as they are decoded, then the beams, the best first. */
export const caption: Handler<"caption"> = async ({ ids, beams }, { emit, signal }) => {
  const captioner = needCaptioner();
  const images = imagesOf(ids);
  if (images.length === 0) refuse("EMPTY_DATA", "There are no images yet: drop some (step 3).");
  for (let start = 0; start < images.length; start += BATCH) {
    const asked = images.slice(start, start + BATCH);
    for (const { id } of asked) emit({ id, text: "", done: false }); // they are shown in their order, whose first word ever comes first
    const { readable: batch, pixels, unread } = await readImages(asked);
    for (const each of unread) emit(each);
    if (batch.length === 0) continue;
    const embedded = await captioner.encoder!.embedImages(pixels, { signal });
    const embeddings = tf.tensor2d(embedded, [batch.length, embedded.length / batch.length]);
    try {
      const words = captioner.captionStream(embeddings, captioner.tokenizer!, { signal });
      for await (const { image, text, done } of words) emit({ id: batch[image]!.id, text, done });
      if (beams === 1) continue;
      const best = await captioner.captionNBest(embeddings, captioner.tokenizer!, { beams, signal });
      for (const [i, texts] of best.entries()) emit({ id: batch[i]!.id, beams: texts });
    } finally {
      embeddings.dispose();
    }
  }
  return null;
};
