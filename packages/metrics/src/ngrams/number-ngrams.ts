import { MAX_ORDER } from "../bleu-formula";
import { splitWords } from "../words";

/** What {@link numberNgrams} gives. */
export interface NumberedNgrams {
  /** Where the n-grams of a caption start in `ids`, [captions * 4 + 1]: its words, its pairs of words, and so on. */
  readonly starts: Int32Array;
  /** The numbers of the n-grams, in the order of the caption, so that its words are a caption's own. */
  readonly ids: Int32Array;
  /** How many different n-grams there are; every number is below. */
  readonly size: number;
}

/**
 * Numbers the words and n-grams of captions: equal ones have the same number. One order after the other and in flat loops, as most sets are
 * read once, by code that isn't compiled when it starts: calls of a method for each n-gram take twice as long.
 */
export function numberNgrams(texts: readonly string[]): NumberedNgrams {
  const starts = new Int32Array(texts.length * MAX_ORDER + 1);
  const { ids, words, different } = numberWords(texts, starts);
  // Open addressing: a slot holds the place of an n-gram, counted from 1, and 0 where it is free. At most three quarters are taken.
  const slots = new Int32Array(2 ** Math.ceil(Math.log2((words * 4) / 3 + 1)));
  const prefixes = new Int32Array(words + 1);
  const lasts = new Int32Array(words + 1);
  let size = different;
  for (let order = 1; order < MAX_ORDER; order++) {
    if (order > 1) slots.fill(0);
    size += numberOrder(order, starts, ids, size, slots, prefixes, lasts);
  }
  return { starts, ids, size };
}

/** Fills in `starts`, and the numbers of the words; says how many words there are, and how many different ones. */
function numberWords(texts: readonly string[], starts: Int32Array): { ids: Int32Array; words: number; different: number } {
  const numbers = new Map<string, number>();
  let ids = new Int32Array(texts.length * 64);
  let words = 0;
  for (let caption = 0; caption < texts.length; caption++) {
    const own = splitWords(texts[caption]!);
    const at = caption * MAX_ORDER;
    for (let k = 0; k < MAX_ORDER; k++) starts[at + k + 1] = starts[at + k]! + Math.max(0, own.length - k);
    const end = starts[at + MAX_ORDER]!;
    if (end > ids.length) {
      const longer = new Int32Array(2 * end);
      longer.set(ids);
      ids = longer;
    }
    let to = starts[at]!;
    for (let i = 0; i < own.length; i++) {
      const word = own[i]!;
      let number = numbers.get(word);
      if (number === undefined) {
        number = numbers.size;
        numbers.set(word, number);
      }
      ids[to++] = number;
    }
    words += own.length;
  }
  return { ids: ids.subarray(0, starts[texts.length * MAX_ORDER]), words, different: numbers.size };
}

/** Numbers the n-grams of `order` + 1 words from `first` on, an n-gram being the number of its first words and its last word; returns how many differ. */
function numberOrder(
  order: number,
  starts: Int32Array,
  ids: Int32Array,
  first: number,
  slots: Int32Array,
  prefixes: Int32Array,
  lasts: Int32Array,
): number {
  const mask = slots.length - 1;
  let count = 0;
  for (let at = 0; at < starts.length - 1; at += MAX_ORDER) {
    let prefixAt = starts[at + order - 1]!;
    let lastAt = starts[at]! + order;
    const end = starts[at + order + 1]!;
    for (let to = starts[at + order]!; to < end; to++) {
      const prefix = ids[prefixAt++]!;
      const last = ids[lastAt++]!;
      // Mixes both numbers into all bits, so that numbers in a row don't fall into slots in a row.
      const hash = Math.imul(prefix, 0x9e3779b1) ^ Math.imul(last, 0x85ebca6b);
      let slot = (hash ^ (hash >>> 15)) & mask;
      let place = slots[slot]!;
      while (place !== 0 && (prefixes[place] !== prefix || lasts[place] !== last)) {
        slot = (slot + 1) & mask;
        place = slots[slot]!;
      }
      if (place === 0) {
        place = ++count;
        slots[slot] = place;
        prefixes[place] = prefix;
        lasts[place] = last;
      }
      ids[to] = first + place - 1;
    }
  }
  return count;
}
