import { type Matches, MODULE, type PhraseMatcher } from "../find-matches";
import type { WordTable } from "../word-table";
import { KnownPhrases } from "./known-phrases";
import { LeftPhrases, type ParaphraseIndex } from "./paraphrase-index";

/** A table, ready for scorers. */
export interface PhraseTable {
  readonly index: ParaphraseIndex;
  readonly lefts: LeftPhrases;
  readonly numbers: ReadonlyMap<string, number>;
}

export function phraseTable(index: ParaphraseIndex): PhraseTable {
  return { index, lefts: new LeftPhrases(index), numbers: new Map(index.words.map((word, i) => [word, i])) };
}

/** One caption: its words' numbers in the table (-1 for a word that it has not), and the left phrases in it. */
interface Side {
  words: Int32Array;
  length: number;
  /** Threes: where a left phrase starts, how many words it has, its number. */
  readonly found: number[];
  /** For each word of the table where it is first in this caption, plus 1; 0 for nowhere. */
  readonly firsts: Int32Array;
  /** For each word of the table whether it is in this caption: a tenth of `firsts`, so that it stays near. */
  readonly present: Uint8Array;
  /** For each place the next of the same word, plus 1. */
  nexts: Int32Array;
  caption: Int32Array | undefined;
}

/** Finds a table's paraphrases between captions that `words` numbers. */
export function phraseMatcher(table: PhraseTable, words: WordTable): PhraseMatcher {
  const known: number[] = [];
  const numberOf = (word: number) => (known[word] ??= table.numbers.get(words.word(word)) ?? -1);
  const phrases = new KnownPhrases(table.lefts);
  const ours = side(table);
  const theirs = side(table);
  const { rightStarts, rightWordStarts, rightLengths, rightWords } = table.index;
  const replace = (matches: Matches, left: Side, right: Side, isReference: boolean) => {
    const { found } = left;
    for (let k = 0; k < found.length; k += 3) {
      const last = rightStarts[found[k + 2]! + 1]!;
      let at = rightWordStarts[found[k + 2]!]!;
      for (let r = rightStarts[found[k + 2]!]!; r < last; at += rightLengths[r++]!) {
        if (right.present[rightWords[at]!] === 0) continue;
        const length = rightLengths[r]!;
        for (let place = right.firsts[rightWords[at]!]! - 1; place >= 0; place = right.nexts[place]! - 1) {
          if (place + length > right.length) break;
          let same = 1;
          while (same < length && right.words[place + same] === rightWords[at + same]) same++;
          if (same < length) continue;
          if (isReference) matches.add(MODULE.paraphrase, found[k]!, found[k + 1]!, place, length);
          else matches.add(MODULE.paraphrase, place, length, found[k]!, found[k + 1]!);
        }
      }
    }
  };
  return {
    match(matches, candidate, reference) {
      read(phrases, ours, candidate, numberOf);
      read(phrases, theirs, reference, numberOf);
      replace(matches, theirs, ours, true);
      replace(matches, ours, theirs, false);
    },
  };
}

function side(table: PhraseTable): Side {
  const firsts = new Int32Array(table.index.words.length);
  const present = new Uint8Array(firsts.length);
  return { words: new Int32Array(64), length: 0, found: [], firsts, present, nexts: new Int32Array(64), caption: undefined };
}

function read(phrases: KnownPhrases, of: Side, caption: Int32Array, numberOf: (word: number) => number): void {
  if (of.caption === caption) return; // a candidate stays while its references change
  for (let i = 0; i < of.length; i++) {
    if (of.words[i] === -1) continue;
    of.firsts[of.words[i]!] = 0;
    of.present[of.words[i]!] = 0;
  }
  of.caption = caption;
  of.length = caption.length;
  if (caption.length > of.words.length) {
    of.words = new Int32Array(2 * caption.length);
    of.nexts = new Int32Array(2 * caption.length);
  }
  for (let i = caption.length - 1; i >= 0; i--) {
    const number = numberOf(caption[i]!);
    of.words[i] = number;
    if (number === -1) continue;
    of.nexts[i] = of.firsts[number]!;
    of.firsts[number] = i + 1;
    of.present[number] = 1;
  }
  of.found.length = 0;
  for (let i = 0; i < caption.length; i++) {
    let phrase = phrases.start(caption.length - i);
    for (let length = 1; i + length <= caption.length; length++) {
      if (of.words[i + length - 1] === -1) break;
      phrase = phrases.longer(phrase, of.words, i, length);
      const left = phrases.leftOf(phrase);
      if (left !== -1) of.found.push(i, length, left);
      if (!phrases.goesOn(phrase)) break;
    }
  }
}
