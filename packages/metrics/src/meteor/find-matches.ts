import { shareSynset } from "../wordnet/meteor-synsets";
import type { WordTable } from "./word-table";

/** The modules that find matches, in METEOR's order; a match is of one of them. */
export const MODULE = { exact: 0, stem: 1, synonym: 2, paraphrase: 3 } as const;

/** Finds the paraphrases of a table between two captions. */
export interface PhraseMatcher {
  /** Adds all of them, in METEOR's order. */
  match(matches: Matches, candidate: Int32Array, reference: Int32Array): void;
}

// What a match is kept as, a row of integers: its module; where it starts in the reference and how many words of it it covers; the same of the
// candidate; and where the next match of the same start lies, -1 for none.
export const MODULE_OF = 0;
export const START = 1;
export const LENGTH = 2;
export const FROM = 3;
export const FROM_LENGTH = 4;
export const NEXT = 5;
const WIDTH = 6;

/**
 * The matches of a candidate with a reference, listed by where they start in the reference. Everything lies in arrays that are kept from
 * one pair to the next; a match is named by where its row begins.
 */
export class Matches {
  rows: Int32Array = new Int32Array(256 * WIDTH);
  #end = 0;
  /** The first and last match of each start in the reference; -1 for none. */
  first = new Int32Array(64);
  last = new Int32Array(64);
  /** How many matches cover each word of the candidate and of the reference. */
  candidateCoverage = new Int32Array(64);
  referenceCoverage = new Int32Array(64);

  reset(candidateLength: number, referenceLength: number): void {
    if (candidateLength > this.candidateCoverage.length) this.candidateCoverage = new Int32Array(2 * candidateLength);
    if (referenceLength > this.referenceCoverage.length) {
      this.referenceCoverage = new Int32Array(2 * referenceLength);
      this.first = new Int32Array(2 * referenceLength);
      this.last = new Int32Array(2 * referenceLength);
    }
    this.#end = 0;
    for (let j = 0; j < referenceLength; j++) {
      this.first[j] = -1;
      this.last[j] = -1;
      this.referenceCoverage[j] = 0;
    }
    for (let i = 0; i < candidateLength; i++) this.candidateCoverage[i] = 0;
  }

  add(module: number, start: number, length: number, from: number, fromLength: number): void {
    const match = this.#end;
    if (match === this.rows.length) this.rows = longer(this.rows, new Int32Array(2 * match));
    const { rows } = this;
    this.#end += WIDTH;
    rows[match] = module;
    rows[match + START] = start;
    rows[match + LENGTH] = length;
    rows[match + FROM] = from;
    rows[match + FROM_LENGTH] = fromLength;
    rows[match + NEXT] = -1;
    const last = this.last[start]!;
    if (last === -1) this.first[start] = match;
    else rows[last + NEXT] = match;
    this.last[start] = match;
    for (let i = 0; i < length; i++) this.referenceCoverage[start + i]!++;
    for (let i = 0; i < fromLength; i++) this.candidateCoverage[from + i]!++;
  }
}

/** What an array holds, in a longer one. */
export function longer<T extends Int32Array>(array: Int32Array, empty: T): T {
  empty.set(array);
  return empty;
}

/**
 * Which words of a candidate match a word, by the modules that look at words. It is found once for all references: those of an image have many
 * words in common.
 */
export class WordMatches {
  readonly #words: WordTable;
  #candidate: Int32Array = new Int32Array(0);
  #round = 0;
  /** For each word: the round in which its matches were found, and where their list begins and ends. */
  #rounds: Int32Array = new Int32Array(1024);
  #begins: Int32Array = new Int32Array(1024);
  #ends: Int32Array = new Int32Array(1024);
  /** Pairs of a module and a place in the candidate, in METEOR's order. */
  readonly #list: number[] = [];
  #length = 0;
  /** Bits of the stems and of the synonym sets of all the candidate's words: most words of a reference match none, and need no look at each. */
  #stemBits = 0;
  #synsetBits = 0;

  constructor(words: WordTable) {
    this.#words = words;
  }

  /** Called when all words of the candidate and its references have numbers. */
  start(candidate: Int32Array): void {
    this.#candidate = candidate;
    this.#round++;
    this.#length = 0;
    const { size, stems, signatures } = this.#words;
    this.#stemBits = 0;
    this.#synsetBits = 0;
    for (let i = 0; i < candidate.length; i++) {
      this.#stemBits |= 1 << (stems[candidate[i]!]! & 31);
      this.#synsetBits |= signatures[candidate[i]!]!;
    }
    if (size <= this.#rounds.length) return;
    this.#rounds = longer(this.#rounds, new Int32Array(2 * size));
    this.#begins = longer(this.#begins, new Int32Array(2 * size));
    this.#ends = longer(this.#ends, new Int32Array(2 * size));
  }

  /** Adds the matches of the candidate with the reference's word at `j`; only exact ones where it is asked. */
  add(matches: Matches, word: number, j: number, onlyExact: boolean): void {
    if (this.#rounds[word] !== this.#round) this.#find(word);
    const list = this.#list;
    for (let k = this.#begins[word]!; k < this.#ends[word]!; k += 2) {
      if (onlyExact && list[k] !== MODULE.exact) return;
      matches.add(list[k]!, j, 1, list[k + 1]!, 1);
    }
  }

  #find(word: number): void {
    const { stems, signatures, synsets } = this.#words;
    const candidate = this.#candidate;
    const stem = stems[word]!;
    const signature = signatures[word]!;
    let alike = false;
    this.#rounds[word] = this.#round;
    this.#begins[word] = this.#length;
    this.#ends[word] = this.#length;
    // A word has its own stem: where no stem is alike the word isn't there either.
    if (((this.#stemBits >>> (stem & 31)) & 1) === 0 && (this.#synsetBits & signature) === 0) return;
    for (let i = 0; i < candidate.length; i++) {
      const other = candidate[i]!;
      if (other === word) this.#push(MODULE.exact, i);
      else if (stems[other] === stem || (signatures[other]! & signature) !== 0) alike = true;
    }
    if (alike) {
      for (let i = 0; i < candidate.length; i++) {
        if (stems[candidate[i]!] === stem && candidate[i] !== word) this.#push(MODULE.stem, i);
      }
      for (let i = 0; i < candidate.length; i++) {
        const other = candidate[i]!;
        if ((signatures[other]! & signature) === 0 || other === word) continue;
        if (shareSynset(synsets[other]!, synsets[word]!)) this.#push(MODULE.synonym, i);
      }
    }
    this.#ends[word] = this.#length;
  }

  #push(module: number, i: number): void {
    this.#list[this.#length++] = module;
    this.#list[this.#length++] = i;
  }
}

/** Fills `matches` with all that the modules find, for each word of the reference in METEOR's order; `words` was started with the candidate. */
export function findMatches(
  matches: Matches,
  words: WordMatches,
  candidate: Int32Array,
  reference: Int32Array,
  phrases: PhraseMatcher | undefined,
): void {
  matches.reset(candidate.length, reference.length);
  const onlyExact = areEqual(candidate, reference); // nothing else is looked for then
  for (let j = 0; j < reference.length; j++) words.add(matches, reference[j]!, j, onlyExact);
  if (!onlyExact) phrases?.match(matches, candidate, reference);
}

function areEqual(a: Int32Array, b: Int32Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
