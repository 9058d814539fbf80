import { numberNgrams } from "#count-ngrams";
import type { NumberedNgrams } from "./number-ngrams";

/** The captions of a set as numbers of n-grams: for each image the candidate and then its references. */
export interface CaptionNgrams extends NumberedNgrams {
  readonly images: number;
  /** The caption that an image starts with, its candidate, [images + 1]; its references follow. */
  readonly first: Int32Array;
}

/** What was read, with all its captions in one list, as their own lists may change. */
interface Read {
  readonly texts: readonly string[];
  readonly ngrams: CaptionNgrams;
}

/** The last one, until the program waits for something: programs ask one metric after the other about the same captions. */
let last: Read | undefined;

/** Reads every caption once: its words and what BLEU, ROUGE-L and CIDEr-D count. */
export function captionNgrams(candidates: readonly string[], references: readonly (readonly string[])[]): CaptionNgrams {
  if (!last || !isOf(last, candidates, references)) {
    last = readCaptions(candidates, references);
    // Not a WeakRef: those that are made in a loop hold all of their sets until it ends.
    queueMicrotask(() => {
      last = undefined;
    });
  }
  return last.ngrams;
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
  const texts: string[] = [];
  const first = new Int32Array(candidates.length + 1);
  for (let image = 0; image < candidates.length; image++) {
    first[image] = texts.length;
    texts.push(candidates[image]!);
    for (const reference of references[image]!) texts.push(reference);
  }
  first[candidates.length] = texts.length;
  return { texts, ngrams: { images: candidates.length, first, ...numberNgrams(texts, first) } };
}

/** The places of the images. */
export function imagesOf({ images }: CaptionNgrams): number[] {
  return [...Array(images).keys()];
}
