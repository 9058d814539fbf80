import { FeatureSet } from "./hashed-features";
import type { LinearModel } from "./linear-model";
import { tagValues, type WordShape } from "./tag-features";

const features = new FeatureSet();

/** The part-of-speech tag of each word, as numbers of the model's classes: greedily from the left. */
export function tagWords(model: Pick<LinearModel, "best" | "templates">, words: readonly WordShape[]): Uint8Array {
  const tags = new Uint8Array(words.length);
  for (let i = 0; i < words.length; i++) {
    features.fill(model.templates, tagValues(words, tags, i));
    tags[i] = model.best(features);
  }
  return tags;
}
