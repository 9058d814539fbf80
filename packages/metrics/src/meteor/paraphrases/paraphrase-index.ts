/** Numbers of words, as narrow as they fit. */
export type WordNumbers = Uint16Array | Uint32Array;

/**
 * A paraphrase table in typed arrays: left phrases, found by a hash of their words' numbers, each with the phrases that it may be replaced
 * by, in the table's order.
 */
export interface ParaphraseIndex {
  /** The words; a word's number is its place. */
  readonly words: readonly string[];
  /** Where each left phrase begins in `leftWords`; one more entry than there are left phrases. */
  readonly leftStarts: Int32Array;
  readonly leftWords: WordNumbers;
  /** Where each left phrase's right phrases begin in `rightLengths`, and their words in `rightWords`; one more entry each. */
  readonly rightStarts: Int32Array;
  readonly rightWordStarts: Int32Array;
  /** How many words each right phrase has. */
  readonly rightLengths: Uint8Array;
  readonly rightWords: WordNumbers;
}

/** More words than a phrase of a table has: the largest of METEOR's own have 7. */
export const MAX_PHRASE_WORDS = 32;

export function wordNumbers(length: number, wordCount: number): WordNumbers {
  return wordCount <= 2 ** 16 ? new Uint16Array(length) : new Uint32Array(length);
}

/** Finds left phrases by their words. */
export class LeftPhrases {
  readonly #index: ParaphraseIndex;
  readonly #slots: Int32Array;
  /** Bits of beginnings of left phrases, among 2 to 4 million for METEOR's: where there is none no longer phrase is looked for. */
  readonly #beginnings: Int32Array;

  constructor(index: ParaphraseIndex) {
    this.#index = index;
    const { leftStarts, leftWords } = index;
    const count = leftStarts.length - 1;
    this.#slots = new Int32Array(Math.max(64, 2 ** Math.ceil(Math.log2(2 * count + 2)))).fill(-1);
    this.#beginnings = new Int32Array(this.#slots.length >>> 2);
    for (let left = 0; left < count; left++) {
      const end = leftStarts[left + 1]!;
      let hash = 0;
      for (let i = leftStarts[left]!; ; ) {
        hash = addToHash(hash, leftWords[i]!);
        if (++i === end) break;
        const place = placeOf(hash);
        this.#beginnings[(place >>> 5) & (this.#beginnings.length - 1)]! |= 1 << (place & 31);
      }
      let slot = placeOf(hash) & (this.#slots.length - 1);
      while (this.#slots[slot] !== -1) slot = (slot + 1) & (this.#slots.length - 1);
      this.#slots[slot] = left;
    }
  }

  /** Whether a left phrase may begin with the words whose hash is given, and go on. */
  mayGoOn(hash: number): boolean {
    const place = placeOf(hash);
    return ((this.#beginnings[(place >>> 5) & (this.#beginnings.length - 1)]! >>> (place & 31)) & 1) === 1;
  }

  /** The left phrase of `length` words from `start` on, whose hash is given; -1 where there is none. */
  find(words: Int32Array, start: number, length: number, hash: number): number {
    const { leftStarts, leftWords } = this.#index;
    const mask = this.#slots.length - 1;
    for (let slot = placeOf(hash) & mask; ; slot = (slot + 1) & mask) {
      const left = this.#slots[slot]!;
      if (left === -1) return -1;
      const from = leftStarts[left]!;
      if (leftStarts[left + 1]! - from !== length) continue;
      let same = 0;
      while (same < length && leftWords[from + same] === words[start + same]) same++;
      if (same === length) return left;
    }
  }
}

export function addToHash(hash: number, word: number): number {
  return Math.imul(hash ^ word, 0x9e3779b1) + 0x7f4a7c15;
}

/** Low bits of products depend on few bits of what was multiplied: the high ones are mixed in. */
export function placeOf(hash: number): number {
  return hash ^ (hash >>> 15) ^ (hash >>> 7);
}
