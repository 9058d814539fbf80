import { isAllowed, isFinished, RIGHT, startState, takeStep } from "./arc-eager";
import { arcValues } from "./arc-features";
import { FeatureSet } from "./hashed-features";
import { childrenOf, labelValues } from "./label-features";
import type { LinearModel } from "./linear-model";
import type { WordShape } from "./tag-features";

const features = new FeatureSet();

/**
 * The head of each word: the number of a word, or the count of words for the root of the sentence. Greedy arc-eager parsing (Nivre 2003).
 * Exactly one word hangs on the root.
 */
export function parseHeads(
  model: { readonly templates: Uint8Array; score(features: FeatureSet): ArrayLike<number> },
  words: readonly WordShape[],
  tags: ArrayLike<number>,
  tagNames: readonly string[],
): Int16Array {
  const state = startState(words, tags, tagNames);
  while (!isFinished(state)) {
    features.fill(model.templates, arcValues(state));
    const scores = model.score(features);
    let best = -1;
    for (let step = 0; step <= RIGHT; step++) {
      if (isAllowed(state, step) && (best < 0 || scores[step]! > scores[best]!)) best = step;
    }
    takeStep(state, best);
  }
  return oneRoot(state.heads.subarray(0, words.length), words.length);
}

/** What else hangs on the root than its first child is hung on that one. */
function oneRoot(heads: Int16Array, root: number): Int16Array {
  let first = -1;
  for (let i = 0; i < heads.length; i++) {
    if (heads[i] !== root) continue;
    if (first < 0) first = i;
    else heads[i] = first;
  }
  return heads;
}

/** The name of each word's arc, as numbers of the model's classes. */
export function labelArcs(
  model: Pick<LinearModel, "best" | "templates">,
  words: readonly WordShape[],
  tags: ArrayLike<number>,
  heads: ArrayLike<number>,
): Uint8Array {
  const children = childrenOf(heads);
  const labels = new Uint8Array(words.length);
  for (let i = 0; i < words.length; i++) {
    features.fill(model.templates, labelValues(words, tags, heads, children, i));
    labels[i] = model.best(features);
  }
  return labels;
}
