import { MAX_ORDER } from "../bleu-formula";
import { splitWords } from "../words";
import { NgramTable } from "./ngram-table";

/** The captions of a set as numbers of n-grams: for each image the candidate and then its references. */
export interface CaptionNgrams {
  readonly images: number;
  /** The caption that an image starts with, its candidate, [images + 1]; its references follow. */
  readonly first: Int32Array;
  /** Where the n-grams of a caption start in `ids`, [captions * 4 + 1]: its words, its pairs of words, and so on. */
  readonly starts: Int32Array;
  /** The numbers of the n-grams, in the order of the caption, so that its words are a caption's own. */
  readonly ids: Int32Array;
  /** How many different n-grams there are; every number is below. */
  readonly size: number;
}

/** Reads every caption once: its words and what BLEU and CIDEr-D count. */
export function captionNgrams(candidates: readonly string[], references: readonly (readonly string[])[]): CaptionNgrams {
  const table = new NgramTable();
  const captions = candidates.length + references.reduce((sum, { length }) => sum + length, 0);
  const first = new Int32Array(candidates.length + 1);
  const starts = new Int32Array(captions * MAX_ORDER + 1);
  let ids = new Int32Array(captions * 40);
  let end = 0;
  let caption = 0;

  const add = (text: string) => {
    const words = splitWords(text);
    if (end + words.length * MAX_ORDER > ids.length) {
      const longer = new Int32Array(Math.max(ids.length * 2, end + words.length * MAX_ORDER));
      longer.set(ids);
      ids = longer;
    }
    const own = end;
    for (const word of words) ids[end++] = table.word(word);
    starts[caption * MAX_ORDER + 1] = end;
    for (let order = 2; order <= MAX_ORDER; order++) {
      const prefixes = starts[caption * MAX_ORDER + order - 2]!;
      for (let i = 0; i + order <= words.length; i++) ids[end++] = table.extend(ids[prefixes + i]!, ids[own + i + order - 1]!);
      starts[caption * MAX_ORDER + order] = end;
    }
    caption++;
  };

  candidates.forEach((candidate, image) => {
    first[image] = caption;
    add(candidate);
    for (const reference of references[image]!) add(reference);
  });
  first[candidates.length] = caption;
  return { images: candidates.length, first, starts, ids: ids.subarray(0, end), size: table.size };
}

/** Number of words of a caption. */
export function wordsIn({ starts }: CaptionNgrams, caption: number): number {
  return starts[caption * MAX_ORDER + 1]! - starts[caption * MAX_ORDER]!;
}
