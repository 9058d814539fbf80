import { EDGE, type WordShape } from "./tag-features";

/** What features ask of the word at a position, where there may be none: its hash, and its tag, which is 99 for the root behind the last word. */
export function wordAt(words: readonly WordShape[], tags: ArrayLike<number>) {
  const n = words.length;
  return {
    lower: (i: number) => (i >= 0 && i < n ? words[i]!.lower : EDGE.lower),
    tag: (i: number) => (i >= 0 && i < n ? tags[i]! + 1 : i === n ? 99 : 0),
  };
}
