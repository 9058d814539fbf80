import { hashText } from "./hashed-features";

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

// What `wordShape` gives of a character that is in no word; its parts are all itself. Written out, as the classes of letters that `wordShape` looks for
// take a millisecond to compile, which nobody should pay who only imports the package.
const edge = /* @__PURE__ */ hashText("\u0000");

/** Stands before the first word and behind the last. */
export const EDGE: WordShape = { lower: edge, suffix1: edge, suffix2: edge, suffix3: edge, suffix4: edge, prefix: edge, shape: 0 };

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
 * What the features of word `i` for the tagger are made of (scripts/spice/feature-templates.ts names them in this order), given the tags of the
 * words before it.
 *
 * @param tags - Numbers of tags; those before `i` are set.
 */
export function tagValues(words: readonly WordShape[], tags: ArrayLike<number>, i: number): number[] {
  const word = words[i]!;
  const before = words[i - 1] ?? EDGE;
  const before2 = words[i - 2] ?? EDGE;
  const after = words[i + 1] ?? EDGE;
  const after2 = words[i + 2] ?? EDGE;
  const tag1 = i > 0 ? tags[i - 1]! + 1 : 0;
  const tag2 = i > 1 ? tags[i - 2]! + 1 : 0;
  const first = i === 0 ? 1 : 0;
  const nearEnd = i >= words.length - 2 ? 1 : 0;
  return [
    ...[0, 1, before2.lower, before.lower, word.lower, after.lower, after2.lower, word.suffix1, word.suffix2, word.suffix3, word.suffix4],
    ...[word.prefix, word.shape, after.suffix2, after.suffix3, tag1, tag2, first, nearEnd],
  ];
}
