import { checkLength } from "../check-captions";
import type { WordNet } from "../wordnet/wordnet";
import { Aligner } from "./align";
import { CaptionReader } from "./caption-reader";
import { findMatches, Matches, type PhraseMatcher, WordMatches } from "./find-matches";
import { addStatistics, fillStatistics, STATISTICS, scoreOf } from "./statistics";
import { WordTable } from "./word-table";

// A stream of made-up words must not fill the memory: captions of a data set have a few thousand different ones.
const MAX_WORDS = 100_000;

// Where one word is repeated, matches grow with the product of the words of both captions: so many take up to about a second and 100 MB.
const MAX_TOKENS = 1500;

/** Scores one image's captions after another; what it knows of words is kept between them. */
export class Scorer {
  readonly #wordnet: WordNet;
  readonly #phrasesOf: ((words: WordTable) => PhraseMatcher) | undefined;
  #words: WordTable;
  #reader: CaptionReader;
  #wordMatches: WordMatches;
  #phrases: PhraseMatcher | undefined;
  readonly #matches = new Matches();
  readonly #aligner = new Aligner();
  readonly #chosen: number[] = [];
  readonly #statistics = new Float64Array(STATISTICS);
  readonly #best = new Float64Array(STATISTICS);

  constructor(wordnet: WordNet, phrasesOf: ((words: WordTable) => PhraseMatcher) | undefined) {
    this.#wordnet = wordnet;
    this.#phrasesOf = phrasesOf;
    this.#words = new WordTable(wordnet);
    this.#reader = new CaptionReader(this.#words);
    this.#wordMatches = new WordMatches(this.#words);
    this.#phrases = phrasesOf?.(this.#words);
  }

  /**
   * The best score over the references; its statistics are added to `sum`.
   *
   * @param image Its place among others, for messages.
   * @throws RsdixError INVALID_ARGUMENT for a caption that is too long.
   */
  score(candidate: string, references: readonly string[], sum?: Float64Array, image = 0): number {
    if (this.#words.size + this.#reader.size > MAX_WORDS) {
      this.#words = new WordTable(this.#wordnet);
      this.#reader = new CaptionReader(this.#words);
      this.#wordMatches = new WordMatches(this.#words);
      this.#phrases = this.#phrasesOf?.(this.#words);
    }
    // The bars divide captions where METEOR reads them: the tools take them out of the candidate.
    const words = this.#read(candidate.replaceAll("|||", ""), () => `candidates[${image}]`);
    const others = references.map((reference, k) => this.#read(reference, () => `references[${image}][${k}]`));
    this.#wordMatches.start(words);
    let best = -1;
    for (const other of others) {
      const score = this.#scorePair(words, other);
      if (score <= best) continue; // of equal ones the first
      best = score;
      this.#best.set(this.#statistics);
    }
    if (sum) addStatistics(sum, this.#best);
    return best;
  }

  /** The statistics of the last call's best reference. */
  get statistics(): Float64Array {
    return this.#best;
  }

  #read(caption: string, name: () => string): Int32Array {
    checkLength(caption.length, name, "scored");
    const tokens = this.#reader.read(caption);
    checkLength(tokens.length, name, "scored", MAX_TOKENS, "tokens");
    return tokens;
  }

  #scorePair(candidate: Int32Array, reference: Int32Array): number {
    findMatches(this.#matches, this.#wordMatches, candidate, reference, this.#phrases);
    const count = this.#aligner.align(this.#matches, candidate.length, reference.length, this.#chosen);
    fillStatistics(this.#statistics, this.#matches, this.#chosen, count, candidate, reference, this.#words.functions);
    return scoreOf(this.#statistics);
  }
}
