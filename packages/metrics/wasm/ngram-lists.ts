// What ngrams.ts and ngram-scores.ts share: lists of i32 at an address. AssemblyScript.

/** The longest n-gram. */
export const ORDERS = 4;

export function get(list: usize, i: i32): i32 {
  return load<i32>(list + ((<usize>i) << 2));
}

export function set(list: usize, i: i32, value: i32): void {
  store<i32>(list + ((<usize>i) << 2), value);
}

/** Number of words of a caption. */
export function wordsIn(starts: usize, caption: i32): i32 {
  return get(starts, caption * ORDERS + 1) - get(starts, caption * ORDERS);
}
