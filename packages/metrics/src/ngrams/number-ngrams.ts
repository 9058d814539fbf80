import { type BleuCounts, MAX_ORDER } from "../bleu-formula";
import { BLANK, isWhiteSpace } from "../words";

/** What {@link numberNgrams} gives. */
export interface NumberedNgrams {
  /** Where the n-grams of a caption start in `ids`, [captions * 4 + 1]: its words, its pairs of words, and so on. */
  readonly starts: Int32Array;
  /** The numbers of the n-grams, in the order of the caption, so that its words are a caption's own. */
  readonly ids: Int32Array;
  /** At the first place of an n-gram in a caption how often the caption has it; 0 at its other places. */
  readonly counts: Int32Array;
  /**
   * At the first place of an n-gram in a reference where the image's candidate has it first, plus 1; there how often one reference has it at the
   * most. Else 0.
   */
  readonly matches: Int32Array;
  /** By number of n-gram: of how many images the references have it. */
  readonly frequencies: Int32Array;
  /** How many different n-grams there are; every number is below. */
  readonly size: number;
  /** Where compiled code read them: it scores them, too. */
  readonly scores?: CompiledScores;
}

/** Scores of any image by compiled code, equal to the bit to what the functions of these names give. */
interface CompiledScores {
  bleu(): (image: number) => BleuCounts;
  ciderD(): (image: number) => number;
  rougeL(): (image: number) => number;
}

/** Number of words of a caption. */
export function wordsIn({ starts }: NumberedNgrams, caption: number): number {
  return starts[caption * MAX_ORDER + 1]! - starts[caption * MAX_ORDER]!;
}

/**
 * Numbers the words and n-grams of captions: equal ones have the same number. One order after the other and in flat loops, as most sets are
 * read once, by code that isn't compiled when it starts: calls of a method for each n-gram take twice as long.
 *
 * @param first - The caption that each image starts with, its candidate, and how many captions there are.
 */
export function numberNgrams(texts: readonly string[], first: Int32Array): NumberedNgrams {
  const starts = new Int32Array(texts.length * MAX_ORDER + 1);
  const { ids, words, different } = numberWords(texts, starts);
  // Open addressing: a slot holds the place of an n-gram, counted from 1, and 0 where it is free. At most three quarters are taken.
  const slots = new Int32Array(2 ** Math.ceil(Math.log2((words * 4) / 3 + 1)));
  const prefixes = new Int32Array(words + 1);
  const lasts = new Int32Array(words + 1);
  let size = different;
  for (let order = 1; order < MAX_ORDER; order++) {
    slots.fill(0);
    size += numberOrder(order, starts, ids, size, slots, prefixes, lasts);
  }
  return { starts, ids, size, ...compareCaptions(first, starts, ids, size) };
}

/** Finds out where in its image each n-gram was before. */
function compareCaptions(first: Int32Array, starts: Int32Array, ids: Int32Array, size: number) {
  const counts = new Int32Array(ids.length);
  const matches = new Int32Array(ids.length);
  const frequencies = new Int32Array(size);
  // By number, and counted from 1: the first place in the last caption that has it, and in the last candidate.
  const seen = new Int32Array(size);
  const inCandidate = new Int32Array(size);
  /** In place of where references begin. */
  const CANDIDATE = -1;
  const read = (candidateAt: number, referencesAt: number, from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const id = ids[i]!;
      const before = seen[id]!;
      if (before > from) {
        const count = ++counts[before - 1]!;
        const match = matches[before - 1]!;
        if (match !== 0 && matches[match - 1]! < count) matches[match - 1] = count;
        continue;
      }
      seen[id] = i + 1;
      counts[i] = 1;
      if (referencesAt === CANDIDATE) {
        inCandidate[id] = i + 1;
        continue;
      }
      if (before <= referencesAt) frequencies[id]!++;
      const match = inCandidate[id]!;
      if (match > candidateAt) {
        matches[i] = match;
        matches[match - 1] ||= 1;
      }
    }
  };
  for (let image = 0; image < first.length - 1; image++) {
    let at = first[image]! * MAX_ORDER;
    const candidateAt = starts[at]!;
    const referencesAt = starts[at + MAX_ORDER]!;
    read(candidateAt, CANDIDATE, candidateAt, referencesAt);
    for (at += MAX_ORDER; at < first[image + 1]! * MAX_ORDER; at += MAX_ORDER) {
      read(candidateAt, referencesAt, starts[at]!, starts[at + MAX_ORDER]!);
    }
  }
  return { counts, matches, frequencies };
}

/** Lists of words by their hash; data sets have some thousand different ones. */
const LISTS = 2 ** 15;

/** Fills in `starts`, and the numbers of the words; says how many words there are, and how many different ones. */
function numberWords(texts: readonly string[], starts: Int32Array) {
  // By number, counted from 1: the word, and the next one in its list; 0 ends a list.
  const known = [""];
  const next = [0];
  const lists = new Int32Array(LISTS);
  let ids = new Int32Array(texts.length * 64);
  let words = 0;
  for (let caption = 0; caption < texts.length; caption++) {
    const text = texts[caption]!;
    const { length } = text;
    const at = caption * MAX_ORDER;
    let to = starts[at]!;
    // Half of the characters are words at most, and there are as many n-grams of each order.
    if (to + 2 * length + MAX_ORDER > ids.length) {
      const longer = new Int32Array(2 * (to + 2 * length + MAX_ORDER));
      longer.set(ids);
      ids = longer;
    }
    let from = 0;
    let hash = 0;
    // By character: to split a caption, and to look up what that gives, takes longer.
    for (let i = 0; i <= length; i++) {
      const code = i < length ? text.charCodeAt(i) : BLANK;
      if (!isWhiteSpace(code)) {
        hash = Math.imul(hash ^ code, 0x9e3779b1);
        hash ^= hash >>> 15;
        continue;
      }
      if (i > from) {
        const list = hash & (LISTS - 1);
        let number = lists[list]!;
        while (number !== 0 && (known[number]!.length !== i - from || !text.startsWith(known[number]!, from))) number = next[number]!;
        if (number === 0) {
          number = known.length;
          known.push(text.slice(from, i));
          next.push(lists[list]!);
          lists[list] = number;
        }
        ids[to++] = number - 1;
      }
      from = i + 1;
      hash = 0;
    }
    const own = to - starts[at]!;
    for (let k = 0; k < MAX_ORDER; k++) starts[at + k + 1] = starts[at + k]! + Math.max(0, own - k);
    words += own;
  }
  return { ids: ids.subarray(0, starts[texts.length * MAX_ORDER]), words, different: known.length - 1 };
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
