// What BLEU, ROUGE-L and CIDEr-D count of a set of captions, as WebAssembly, which is fast from its first word on. AssemblyScript, of which build.mjs makes
// ../src/ngrams/compiled-code.ts. Its results are those of ../src/ngrams/*.ts to the bit, where the steps are explained. An instance reads one set.

import { get, ORDERS, set, wordsIn } from "./ngram-lists";

export { bleu, ciderD, rougeL } from "./ngram-scores";

/** Lists of words by their hash. */
const LISTS = 1 << 15;

let top: usize = 1024; // behind what the compiler keeps for itself

/** Pages that memory grows by at the least: those that nothing is written to cost nothing, and each growth takes as long as a hundred words. */
const LEAST_GROWTH = 128;

/** Zeroed memory, at an address for any type. */
function take(bytes: usize): usize {
  const at = top;
  if (bytes > 0xffffffff - 8 - top) unreachable(); // there are no more addresses
  top = (top + bytes + 7) & ~7;
  const missing = <isize>((top + 65535) >> 16) - <isize>memory.size();
  if (missing > 0 && memory.grow(max(<i32>missing, LEAST_GROWTH)) < 0) unreachable();
  return at;
}

/** Addresses of lists of i32. */
let first: usize = 0;
let lengths: usize = 0;
let starts: usize = 0;
let words: usize = 0;
let ids: usize = 0;
let counts: usize = 0;
let matches: usize = 0;
let frequencies: usize = 0;
let images = 0;
let captions = 0;
let size = 0;

/** Where the texts begin: their UTF-16 in a row; before them, in a row, goes what `lengths` and `first` are. */
let text: usize = 0;
let known = 0;
let wordCount = 0;
let lists: usize = 0;
let next: usize = 0;
let places: usize = 0;
let sizes: usize = 0;

/** Makes room; returns where to write: i32 [imageCount + 1] the caption that an image starts with, i32 [captionCount] lengths, then all characters. */
export function begin(characters: i32, captionCount: i32, imageCount: i32): usize {
  captions = captionCount;
  images = imageCount;
  first = take(<usize>(images + 1) * 4 + <usize>captions * 4 + <usize>characters * 2);
  lengths = first + <usize>(images + 1) * 4;
  text = lengths + <usize>captions * 4;
  starts = take((<usize>captions * ORDERS + 1) * 4);
  const most = (<usize>characters + <usize>captions) / 2 + 1; // a word and its blank are two characters
  lists = take(LISTS * 4);
  words = take(most * 4);
  next = take((most + 1) * 4);
  places = take((most + 1) * 4);
  sizes = take((most + 1) * 4);
  return first;
}

/** As in ../src/words.ts. */
function isWhiteSpace(code: i32): bool {
  if (code <= 32) return code === 32 || (code >= 9 && code <= 13) || (code >= 28 && code <= 31);
  if (code < 0x85) return false;
  if (code < 0x2000) return code === 0x85 || code === 0xa0 || code === 0x1680;
  return code <= 0x200a || code === 0x2028 || code === 0x2029 || code === 0x202f || code === 0x205f || code === 0x3000;
}

function equal(a: usize, b: usize, length: i32): bool {
  for (const end = a + ((<usize>length) << 1); a < end; a += 2, b += 2) if (load<u16>(a) !== load<u16>(b)) return false;
  return true;
}

/** The number of a word, counted from 1. */
function numberOf(at: usize, length: i32, hash: i32): i32 {
  const list = lists + ((<usize>hash & (LISTS - 1)) << 2);
  let number = load<i32>(list);
  while (number !== 0 && (get(sizes, number) !== length || !equal(load<u32>(places + ((<usize>number) << 2)), at, length))) {
    number = get(next, number);
  }
  if (number === 0) {
    number = ++known;
    set(places, number, <i32>at);
    set(sizes, number, length);
    set(next, number, load<i32>(list));
    store<i32>(list, number);
  }
  return number;
}

/** Numbers the words of the captions from `from` up to `to`; all captions must be read, in their order. */
export function readWords(from: i32, to: i32): void {
  for (let caption = from; caption < to; caption++) {
    const end = text + ((<usize>get(lengths, caption)) << 1);
    const before = wordCount;
    let word = text;
    let hash = 0;
    for (let at = text; at <= end; at += 2) {
      const code = at < end ? <i32>load<u16>(at) : 32;
      if ((code > 32 && code < 0x85) || !isWhiteSpace(code)) {
        hash = (hash ^ code) * <i32>0x9e3779b1;
        hash ^= hash >>> 15;
        continue;
      }
      if (at > word) set(words, wordCount++, numberOf(word, <i32>((at - word) >> 1), hash) - 1);
      word = at + 2;
      hash = 0;
    }
    text = end;
    const own = wordCount - before;
    const row = caption * ORDERS;
    for (let k = 0; k < ORDERS; k++) set(starts, row + k + 1, get(starts, row + k) + max(0, own - k));
  }
}

let slots: usize = 0;
let mask = 0;
let prefixes: usize = 0;
let lasts: usize = 0;

/** After the words: room for the n-grams; returns how many there are. */
export function placeNgrams(): i32 {
  const all = get(starts, captions * ORDERS);
  ids = take(<usize>all * 4);
  counts = take(<usize>all * 4);
  matches = take(<usize>all * 4);
  let word = 0;
  for (let row = 0; row < captions * ORDERS; row += ORDERS) {
    const end = get(starts, row + 1);
    for (let to = get(starts, row); to < end; to++) set(ids, to, get(words, word++));
  }
  let capacity = 1;
  while (capacity < (wordCount * 4) / 3 + 1) capacity <<= 1;
  slots = take(<usize>capacity * 4);
  mask = capacity - 1;
  prefixes = take(<usize>(wordCount + 1) * 4);
  lasts = take(<usize>(wordCount + 1) * 4);
  size = known;
  return all;
}

/** Numbers the n-grams of `order` + 1 words of all captions, one order after the other. */
export function numberOrder(order: i32): void {
  memory.fill(slots, 0, (<usize>mask + 1) * 4);
  let count = 0;
  for (let row = 0; row < captions * ORDERS; row += ORDERS) {
    let prefixAt = get(starts, row + order - 1);
    let lastAt = get(starts, row) + order;
    const end = get(starts, row + order + 1);
    for (let to = get(starts, row + order); to < end; to++) {
      const prefix = get(ids, prefixAt++);
      const last = get(ids, lastAt++);
      const hash = (prefix * <i32>0x9e3779b1) ^ (last * <i32>0x85ebca6b);
      let slot = (hash ^ (hash >>> 15)) & mask;
      let place = get(slots, slot);
      while (place !== 0 && (get(prefixes, place) !== prefix || get(lasts, place) !== last)) {
        slot = (slot + 1) & mask;
        place = get(slots, slot);
      }
      if (place === 0) {
        place = ++count;
        set(slots, slot, place);
        set(prefixes, place, prefix);
        set(lasts, place, last);
      }
      set(ids, to, size + place - 1);
    }
  }
  size += count;
}

/**
 * Compares captions, and takes the room that scores need, as views of a memory that grows are lost. Returns where i32 are: how many n-grams differ and
 * how many words the longest caption has; then the addresses of starts, ids, counts, matches, frequencies and first, of CIDEr-D's two tables,
 * f64 [images + 1] and [the most words], of ROUGE-L's two, and of three lists of scores.
 */
export function compare(): usize {
  // In the place of the hash table where that has room: pages that were never touched take longer than what is done with them.
  const room = <usize>size * 8;
  const seen = room <= top - slots ? slots : take(room);
  memory.fill(seen, 0, room);
  const inCandidate = seen + <usize>size * 4;
  frequencies = take(<usize>size * 4);
  for (let image = 0; image < images; image++) {
    const candidate = get(first, image);
    const candidateAt = get(starts, candidate * ORDERS);
    const referencesAt = get(starts, (candidate + 1) * ORDERS);
    for (let caption = candidate; caption < get(first, image + 1); caption++) {
      const from = get(starts, caption * ORDERS);
      const to = get(starts, (caption + 1) * ORDERS);
      for (let i = from; i < to; i++) {
        const id = get(ids, i);
        const before = get(seen, id);
        if (before > from) {
          const count = get(counts, before - 1) + 1;
          set(counts, before - 1, count);
          const match = get(matches, before - 1);
          if (match !== 0 && get(matches, match - 1) < count) set(matches, match - 1, count);
          continue;
        }
        set(seen, id, i + 1);
        set(counts, i, 1);
        if (caption === candidate) {
          set(inCandidate, id, i + 1);
          continue;
        }
        if (before <= referencesAt) set(frequencies, id, get(frequencies, id) + 1);
        const match = get(inCandidate, id);
        if (match > candidateAt) {
          set(matches, i, match);
          if (get(matches, match - 1) === 0) set(matches, match - 1, 1);
        }
      }
    }
  }
  let longest = 0;
  for (let caption = 0; caption < captions; caption++) longest = max(longest, wordsIn(starts, caption));
  const told = take(16 * 4);
  set(told, 0, size);
  set(told, 1, longest);
  set(told, 2, <i32>starts);
  set(told, 3, <i32>ids);
  set(told, 4, <i32>counts);
  set(told, 5, <i32>matches);
  set(told, 6, <i32>frequencies);
  set(told, 7, <i32>first);
  set(told, 8, <i32>take(<usize>(images + 1) * 8));
  set(told, 9, <i32>take(<usize>longest * 8));
  set(told, 10, <i32>take(<usize>known * 8));
  set(told, 11, <i32>take(<usize>longest * 8));
  set(told, 12, <i32>take(<usize>images * 36));
  set(told, 13, <i32>take(<usize>images * 8));
  set(told, 14, <i32>take(<usize>images * 8));
  return told;
}
