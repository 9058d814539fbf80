import type { CaptionNgrams } from "./caption-ngrams";

/** Words of a caption that are compared at once, each by one bit of a small integer. */
const BLOCK = 30;
const ALL = 2 ** BLOCK - 1;

/**
 * Finds the length of the longest common subsequence of the words of two captions, each from one place in `ids` up to another. A bit of `open` is
 * a word of the first caption where the length doesn't grow yet; a word of the second one closes at most one of each run of them.
 *
 * @see Hyyrö, "Bit-parallel LCS-length computation revisited", AWOCA 2004
 */
export function longestCommon({ ids, size }: CaptionNgrams): (aFrom: number, aTo: number, bFrom: number, bTo: number) => number {
  // By number of word where it stands in the block at hand; 0 everywhere between two uses.
  const places = new Int32Array(size);
  let carries = new Int32Array(64);
  return (aFrom, aTo, bFrom, bTo) => {
    if (bTo - bFrom > carries.length) carries = new Int32Array(2 * (bTo - bFrom));
    else carries.fill(0, 0, bTo - bFrom);
    let length = 0;
    for (let from = aFrom; from < aTo; from += BLOCK) {
      const to = Math.min(aTo, from + BLOCK);
      for (let i = from; i < to; i++) places[ids[i]!]! |= 1 << (i - from);
      let open = ALL;
      for (let j = bFrom; j < bTo; j++) {
        const matched = open & places[ids[j]!]!;
        const sum = open + matched + carries[j - bFrom]!;
        carries[j - bFrom] = sum >>> BLOCK;
        open = (sum | (open & ~matched)) & ALL;
      }
      for (let closed = open ^ ALL; closed !== 0; closed &= closed - 1) length++;
      for (let i = from; i < to; i++) places[ids[i]!] = 0;
    }
    return length;
  };
}
