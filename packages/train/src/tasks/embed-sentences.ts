import { l2Normalize } from "@rsdix/backend";
import { fail } from "@rsdix/internal";
import type { SentenceBert } from "@rsdix/models";
import type * as tf from "@tensorflow/tfjs-core";

/** Captions by a Sentence-BERT, [n, width]; of length 1 where `unit` asks for it and the model doesn't. */
export function embedSentences(model: SentenceBert, captions: readonly string[] | undefined, unit: boolean, where: string): tf.Tensor2D {
  if (!captions) {
    fail("INVALID_ARGUMENT", `${where}: the Sentence-BERT reads captions, and the batch has tokens alone. Give its captions, too.`);
  }
  const tokenizer = model.tokenizer!; // checked when the task was made
  const contextLength = Math.min(tokenizer.contextLength, model.config.contextLength);
  const embeddings = model.encode(tokenizer.encodeBatch(captions, { contextLength, truncate: true }));
  return unit && !model.config.normalize ? l2Normalize(embeddings) : embeddings;
}
