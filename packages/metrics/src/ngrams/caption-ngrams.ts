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

/** What was read, with all its captions in one list, as their own lists may change. */
interface Read {
  readonly texts: readonly string[];
  readonly ngrams: CaptionNgrams;
}

/** The last one, as long as its memory isn't needed: programs ask one metric after the other about the same captions. */
let last: WeakRef<Read> | undefined;

/** Reads every caption once: its words and what BLEU, ROUGE-L and CIDEr-D count. */
export function captionNgrams(candidates: readonly string[], references: readonly (readonly string[])[]): CaptionNgrams {
  const known = last?.deref();
  if (known && isOf(known, candidates, references)) return known.ngrams;
  const read = readCaptions(candidates, references);
  last = new WeakRef(read);
  return read.ngrams;
}

function isOf(
  { texts, ngrams: { images, first } }: Read,
  candidates: readonly string[],
  references: readonly (readonly string[])[],
): boolean {
  if (candidates.length !== images) return false;
  return candidates.every((candidate, image) => {
    const own = references[image]!;
    const at = first[image]!;
    return first[image + 1] === at + own.length + 1 && texts[at] === candidate && own.every((text, i) => texts[at + i + 1] === text);
  });
}

function readCaptions(candidates: readonly string[], references: readonly (readonly string[])[]): Read {
  const table = new NgramTable();
  const texts: string[] = [];
  const captions = candidates.length + references.reduce((sum, { length }) => sum + length, 0);
  const first = new Int32Array(candidates.length + 1);
  const starts = new Int32Array(captions * MAX_ORDER + 1);
  let ids = new Int32Array(captions * 40);
  let end = 0;

  const add = (text: string) => {
    const words = splitWords(text);
    const caption = texts.push(text) - 1;
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
  };

  candidates.forEach((candidate, image) => {
    first[image] = texts.length;
    add(candidate);
    for (const reference of references[image]!) add(reference);
  });
  first[candidates.length] = texts.length;
  return { texts, ngrams: { images: candidates.length, first, starts, ids: ids.subarray(0, end), size: table.size } };
}

/** Number of words of a caption. */
export function wordsIn({ starts }: CaptionNgrams, caption: number): number {
  return starts[caption * MAX_ORDER + 1]! - starts[caption * MAX_ORDER]!;
}
