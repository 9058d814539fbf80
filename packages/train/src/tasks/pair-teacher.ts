import { l2Normalize, linear } from "@rsdix/backend";
import type { Clip, Parameters, Siglip } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import type { ClipSettings } from "./clip-options";
import { embedSentences } from "./embed-sentences";
import { OWN } from "./own-weights";
import type { Pairs } from "./pairs";

/** A batch by the teacher. */
export interface Taught {
  /** Images [n, d], of length 1. */
  readonly image: tf.Tensor2D;
  /** Texts [n, d], of length 1. */
  readonly text: tf.Tensor2D;
  /** Captions [n, f] by the Sentence-BERT: of length 1 where their similarities are used, else as they go into the linear layer. */
  readonly sentence?: tf.Tensor2D;
}

/** What embeds a batch for the soft labels. */
export interface PairTeacher {
  /** The student's average. */
  readonly model: Clip | Siglip;
  /** Its average of one of the student's weights; undefined for what isn't the student's. */
  averageOf(name: string): tf.Variable | undefined;
  /** The batch's embeddings, `chunk` pairs at a time; no gradient goes through them. */
  embed(pairs: Pairs, chunk: number): Taught;
}

/** A teacher that starts as the student; the caller disposes its model. */
export function pairTeacher(student: Clip | Siglip, settings: ClipSettings, own: Parameters | undefined): PairTeacher {
  const model = student.clone({ trainable: false });
  const names = new Set(model.parameters.specs.map(({ name }) => name));
  const { teacher } = settings;
  const sentenceTeacher = typeof teacher === "object" ? teacher : undefined;
  const projects = sentenceTeacher && sentenceTeacher.mode !== "similarity";
  const sentenceOf = ({ captions }: Pairs) => embedSentences(sentenceTeacher!.sentenceBert, captions, !projects, "clipTask");
  return {
    model,
    averageOf: (name) => (names.has(name) ? model.parameters.get(name) : undefined),
    embed(pairs, chunk) {
      const image = inChunks(pairs, chunk, (part) => model.encodeImage(part.images()));
      const sentence = sentenceTeacher && inChunks(pairs, chunk, sentenceOf);
      if (projects) return { image, text: tf.tidy(() => projected(sentence!, own!)), sentence: sentence! };
      const text = inChunks(pairs, chunk, (part) => model.encodeText(part.tokens));
      return { image, text, ...(sentence && { sentence }) };
    },
  };
}

/** Captions in the joint space, of length 1: through the linear layer behind the Sentence-BERT. */
export function projected(sentence: tf.Tensor2D, own: Parameters): tf.Tensor2D {
  const weight = own.get(OWN.projection) as tf.Tensor as tf.Tensor2D;
  return l2Normalize(linear(sentence, weight, own.get(OWN.projectionBias) as tf.Tensor as tf.Tensor1D));
}

/** Embeddings of all pairs, a chunk at a time; of what it takes to compute them no more than a chunk's exists. */
export function inChunks(pairs: Pairs, chunk: number, encode: (part: Pairs) => tf.Tensor2D): tf.Tensor2D {
  if (pairs.length <= chunk) return tf.tidy(() => encode(pairs));
  return tf.tidy(() => {
    const parts: tf.Tensor2D[] = [];
    for (let start = 0; start < pairs.length; start += chunk) parts.push(tf.tidy(() => encode(pairs.slice(start, start + chunk))));
    return tf.concat2d(parts, 0);
  });
}
