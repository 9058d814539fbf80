import { meteorSynsets } from "../wordnet/meteor-synsets";
import type { WordNet } from "../wordnet/wordnet";
import { isFunctionWord } from "./function-words";
import { porter2 } from "./porter2";

/** What the matchers ask of words, under their numbers: each different word is looked up once. */
export class WordTable {
  readonly #wordnet: WordNet;
  readonly #numbers = new Map<string, number>();
  readonly #list: string[] = [];
  readonly #stemNumbers = new Map<string, number>();
  /** The number of each word's stem; words with equal stems have the same. */
  readonly stems: number[] = [];
  /** Ascending offsets of each word's synonym sets. */
  readonly synsets: Int32Array[] = [];
  /** One bit for each of a word's synonym sets, among 32: words that share no bit share no set. */
  readonly signatures: number[] = [];
  /** 1 for a function word. */
  readonly functions: number[] = [];

  constructor(wordnet: WordNet) {
    this.#wordnet = wordnet;
  }

  get size(): number {
    return this.stems.length;
  }

  /** A number's word. */
  word(number: number): string {
    return this.#list[number]!;
  }

  numberOf(word: string): number {
    const known = this.#numbers.get(word);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(word, number);
    this.#list.push(word);
    const stem = porter2(word);
    const stemNumber = this.#stemNumbers.get(stem) ?? this.#stemNumbers.size;
    this.#stemNumbers.set(stem, stemNumber);
    this.stems.push(stemNumber);
    const synsets = meteorSynsets(this.#wordnet, word);
    this.synsets.push(synsets);
    this.signatures.push(synsets.reduce((bits, offset) => bits | (1 << (offset % 31)), 0));
    this.functions.push(isFunctionWord(word) ? 1 : 0);
    return number;
  }
}
