import { type FeatureSet, hashText } from "./hashed-features";

/** What the tagger and the parser look at in a word, hashed once a sentence. */
export interface WordShape {
  readonly lower: number;
  readonly suffix1: number;
  readonly suffix2: number;
  readonly suffix3: number;
  readonly suffix4: number;
  readonly prefix: number;
  readonly shape: number;
}

const EDGE_TEXT = "\u0000";

export function wordShape(word: string): WordShape {
  const lower = word.toLowerCase();
  return {
    lower: hashText(lower),
    suffix1: hashText(lower.slice(-1)),
    suffix2: hashText(lower.slice(-2)),
    suffix3: hashText(lower.slice(-3)),
    suffix4: hashText(lower.slice(-4)),
    prefix: hashText(lower.slice(0, 3)),
    shape: shapeOf(word),
  };
}

/** Stands before the first word and behind the last. */
export const EDGE: WordShape = wordShape(EDGE_TEXT);

/** Bits: a capital first, another capital, a digit, a hyphen, nothing but digits and their marks, a letter. */
function shapeOf(word: string): number {
  return (
    (/^\p{Lu}/u.test(word) ? 1 : 0) |
    (/.\p{Lu}/u.test(word) ? 2 : 0) |
    (/\d/.test(word) ? 4 : 0) |
    (word.includes("-") ? 8 : 0) |
    (/^[\d.,:/]+$/.test(word) ? 16 : 0) |
    (/\p{L}/u.test(word) ? 32 : 0)
  );
}

/**
 * The features of word `i` for the tagger, given the tags of the words before it.
 *
 * @param tags - Numbers of tags; those before `i` are set.
 */
export function tagFeatures(out: FeatureSet, words: readonly WordShape[], tags: ArrayLike<number>, i: number): void {
  const word = words[i]!;
  const before = words[i - 1] ?? EDGE;
  const before2 = words[i - 2] ?? EDGE;
  const after = words[i + 1] ?? EDGE;
  const after2 = words[i + 2] ?? EDGE;
  const tag1 = i > 0 ? tags[i - 1]! + 1 : 0;
  const tag2 = i > 1 ? tags[i - 2]! + 1 : 0;
  const first = i === 0 ? 1 : 0;
  const last = words.length - 1;
  let t = 0;
  out.clear();
  out.add(t++, 1);
  out.add(t++, word.lower);
  out.add(t++, word.suffix1);
  out.add(t++, word.suffix2);
  out.add(t++, word.suffix3);
  out.add(t++, word.suffix4);
  out.add(t++, word.prefix);
  out.add(t++, word.shape, first);
  out.add(t++, tag1);
  out.add(t++, tag1, tag2);
  out.add(t++, tag1, word.lower);
  out.add(t++, tag1, tag2, word.lower);
  out.add(t++, tag1, word.suffix3);
  out.add(t++, tag1, word.suffix2, after.suffix2);
  out.add(t++, before.lower);
  out.add(t++, before.lower, word.lower);
  out.add(t++, before2.lower);
  out.add(t++, after.lower);
  out.add(t++, word.lower, after.lower);
  out.add(t++, word.suffix3, after.lower);
  out.add(t++, after.suffix3);
  out.add(t++, after.suffix2, tag1);
  out.add(t++, after2.lower);
  out.add(t++, word.lower, after2.lower);
  out.add(t++, after.lower, after2.lower);
  out.add(t++, before.lower, after.lower);
  out.add(t++, tag1, word.suffix3, after.suffix3);
  out.add(t++, first, word.lower);
  out.add(t++, i >= last - 1 ? 1 : 0, word.suffix3, tag1);
  out.add(t++, i >= last - 1 ? 1 : 0, word.lower);
}
