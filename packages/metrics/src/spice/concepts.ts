import { meteorSynsets, shareSynset } from "../wordnet/meteor-synsets";
import type { WordNet } from "../wordnet/wordnet";

/** What a scene graph holds of a thing, an attribute or a relation: its words and the sets of synonyms that they are in. */
export interface Concept {
  readonly words: readonly string[];
  /** Offsets, ascending, each once. */
  readonly synsets: Int32Array;
}

export function conceptOf(word: string, wordnet: WordNet): Concept {
  return { words: [word], synsets: meteorSynsets(wordnet, word.replaceAll(" ", "_")) };
}

export const isSameConcept = (a: Concept, b: Concept): boolean =>
  a === b || (a.words.length === b.words.length && a.words.every((word) => b.words.includes(word)) && isEqual(a.synsets, b.synsets));

/** Whether the two may name one thing: a word or a synonym set in common. */
export const isSimilar = (a: Concept, b: Concept): boolean =>
  a.words.some((word) => b.words.includes(word)) || shareSynset(a.synsets, b.synsets);

/** How alike two concepts are: 1 with a word in common, else the share of the synonym sets that both have. */
export function similarity(a: Concept, b: Concept): number {
  if (a.words.some((word) => b.words.includes(word))) return 1;
  const both = countShared(a.synsets, b.synsets);
  return both === 0 ? 0 : both / (a.synsets.length + b.synsets.length - both);
}

export function union(a: Concept, b: Concept): Concept {
  return {
    words: [...new Set([...a.words, ...b.words])],
    synsets: Int32Array.from(new Set([...a.synsets, ...b.synsets])).sort(),
  };
}

function isEqual(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((offset, i) => offset === b[i]);
}

function countShared(a: Int32Array, b: Int32Array): number {
  let count = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const difference = a[i]! - b[j]!;
    if (difference === 0) {
      count++;
      i++;
      j++;
    } else if (difference < 0) i++;
    else j++;
  }
  return count;
}
