// The scores of captions that ngrams.ts has read; lists are addresses of i32. AssemblyScript.
import { get, ORDERS, set, wordsIn } from "./ngram-lists";

/** By image, i32 [images, 9]: the four orders' correct n-grams, all n-grams, and the length of the reference that is nearest in length. */
export function bleu(images: i32, first: usize, starts: usize, counts: usize, matches: usize, out: usize): void {
  for (let image = 0; image < images; image++) {
    const row = out + <usize>image * 36;
    const candidate = get(first, image);
    for (let k = 0; k < ORDERS; k++) {
      const to = get(starts, candidate * ORDERS + k + 1);
      const from = get(starts, candidate * ORDERS + k);
      let clipped = 0;
      for (let i = from; i < to; i++) clipped += min(get(counts, i), get(matches, i));
      set(row, k, clipped);
      set(row, ORDERS + k, to - from);
    }
    const length = wordsIn(starts, candidate);
    let best = wordsIn(starts, candidate + 1);
    for (let reference = candidate + 2; reference < get(first, image + 1); reference++) {
      const other = wordsIn(starts, reference);
      const gained = abs(best - length) - abs(other - length);
      if (gained > 0 || (gained === 0 && other < best)) best = other;
    }
    set(row, 2 * ORDERS, best);
  }
}

/** By image, f64 [images]: CIDEr-D, of a weight by frequency and a likeness by difference in pairs of words. */
export function ciderD(
  images: i32,
  first: usize,
  starts: usize,
  ids: usize,
  counts: usize,
  matches: usize,
  frequencies: usize,
  inverse: usize,
  likeness: usize,
  out: usize,
): void {
  for (let image = 0; image < images; image++) {
    const candidate = get(first, image);
    const end = get(first, image + 1);
    const pairs = max(0, wordsIn(starts, candidate) - 1);
    let sum: f64 = 0;
    for (let order = 0; order < ORDERS; order++) {
      let norm: f64 = 0;
      for (let caption = candidate; caption < end; caption++) {
        const to = get(starts, caption * ORDERS + order + 1);
        let product: f64 = 0;
        let squares: f64 = 0;
        for (let i = get(starts, caption * ORDERS + order); i < to; i++) {
          const count = get(counts, i);
          if (count === 0) continue;
          const one = load<f64>(inverse + ((<usize>get(frequencies, get(ids, i))) << 3));
          const weight = <f64>count * one;
          squares += weight * weight;
          const match = get(matches, i);
          if (match !== 0) product += <f64>min(get(counts, match - 1), count) * one * weight;
        }
        const length = sqrt(squares);
        if (caption === candidate) norm = length;
        else {
          const like = load<f64>(likeness + ((<usize>abs(pairs - max(0, wordsIn(starts, caption) - 1))) << 3));
          sum += (norm * length === 0 ? product : product / (norm * length)) * like;
        }
      }
    }
    store<f64>(out + ((<usize>image) << 3), (10 * sum) / ORDERS / <f64>(end - candidate - 1));
  }
}

/** Words of a caption that are compared at once, each by one bit. */
const BLOCK = 62;
const ALL: i64 = (1 << 62) - 1;

/** By image, f64 [images]: ROUGE-L; `squared` is the square of how much more recall weighs; `bits` and `carries` are room for what `common` keeps. */
export function rougeL(images: i32, first: usize, starts: usize, ids: usize, bits: usize, carries: usize, squared: f64, out: usize): void {
  for (let image = 0; image < images; image++) {
    const candidate = get(first, image);
    const length = wordsIn(starts, candidate);
    let precision: f64 = 0;
    let recall: f64 = 0;
    for (let reference = candidate + 1; reference < get(first, image + 1); reference++) {
      const shared = common(candidate, reference, starts, ids, bits, carries);
      if (shared === 0) continue;
      precision = max(precision, <f64>shared / <f64>length);
      recall = max(recall, <f64>shared / <f64>wordsIn(starts, reference));
    }
    const score = precision === 0 ? 0 : ((1 + squared) * precision * recall) / (recall + squared * precision);
    store<f64>(out + ((<usize>image) << 3), score);
  }
}

/** The length of the longest common subsequence of words. */
function common(a: i32, b: i32, starts: usize, ids: usize, bits: usize, carries: usize): i32 {
  const aTo = get(starts, a * ORDERS + 1);
  const bFrom = get(starts, b * ORDERS);
  const bTo = get(starts, b * ORDERS + 1);
  memory.fill(carries, 0, (<usize>(bTo - bFrom)) << 3);
  let length = 0;
  for (let from = get(starts, a * ORDERS); from < aTo; from += BLOCK) {
    const to = min(aTo, from + BLOCK);
    for (let i = from; i < to; i++) {
      const at = bits + ((<usize>get(ids, i)) << 3);
      store<i64>(at, load<i64>(at) | ((<i64>1) << (i - from)));
    }
    let open = ALL;
    for (let j = bFrom; j < bTo; j++) {
      const matched = open & load<i64>(bits + ((<usize>get(ids, j)) << 3));
      const carry = carries + ((<usize>(j - bFrom)) << 3);
      const sum = open + matched + load<i64>(carry);
      store<i64>(carry, sum >>> BLOCK);
      open = (sum | (open & ~matched)) & ALL;
    }
    length += <i32>popcnt<i64>(open ^ ALL);
    for (let i = from; i < to; i++) store<i64>(bits + ((<usize>get(ids, i)) << 3), 0);
  }
  return length;
}
