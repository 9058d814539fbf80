import { addToHash, type LeftPhrases } from "./paraphrase-index";

// What a phrase is kept as, a row of integers.
const ENTRY = 5;
const PARENT = 0;
const WORD = 1;
const HASH = 2;
const LEFT = 3;
const GOES_ON = 4;

const EMPTY = 0;

/** Entries that are kept, 640 kB; when they are full all are found anew. */
const MAX_PHRASES = 2 ** 15;
const SLOTS = 2 * MAX_PHRASES;

/**
 * What was asked of {@link LeftPhrases} before: captions have most of their phrases in common, and its tables lie too far apart to be near.
 * A phrase is an entry's number: that of its words but the last, and its last word, find it.
 */
export class KnownPhrases {
  readonly #lefts: LeftPhrases;
  readonly #slots = new Int32Array(SLOTS);
  readonly #entries = new Int32Array(ENTRY * MAX_PHRASES);
  #count = 1;

  constructor(lefts: LeftPhrases) {
    this.#lefts = lefts;
  }

  /** The phrase without words, to begin with one of at most so many. */
  start(words: number): number {
    if (this.#count + words > MAX_PHRASES) {
      this.#slots.fill(0);
      this.#count = 1;
    }
    return EMPTY;
  }

  /** The phrase of `length` words from `start` on, given that of all but the last. */
  longer(parent: number, words: Int32Array, start: number, length: number): number {
    const slots = this.#slots;
    const entries = this.#entries;
    const word = words[start + length - 1]!;
    const hash = addToHash(entries[parent * ENTRY + HASH]!, word);
    let slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    for (let phrase = slots[slot]!; phrase !== 0; phrase = slots[slot]!) {
      if (entries[phrase * ENTRY + PARENT] === parent && entries[phrase * ENTRY + WORD] === word) return phrase;
      slot = (slot + 1) & (SLOTS - 1);
    }
    const phrase = this.#count++;
    slots[slot] = phrase;
    entries.set([parent, word, hash, this.#lefts.find(words, start, length, hash), this.#lefts.mayGoOn(hash) ? 1 : 0], phrase * ENTRY);
    return phrase;
  }

  /** Its number among left phrases; -1 where it is none. */
  leftOf(phrase: number): number {
    return this.#entries[phrase * ENTRY + LEFT]!;
  }

  /** Whether longer ones may be left phrases. */
  goesOn(phrase: number): boolean {
    return this.#entries[phrase * ENTRY + GOES_ON] === 1;
  }
}
