import type { WordShape } from "./tag-features";
import { wordAt } from "./word-at";

/** A sentence that is being parsed: words by number from 0; the root is number `words.length`, behind the last word. */
export interface ParseState {
  readonly words: readonly WordShape[];
  /** Numbers of tags. */
  readonly tags: ArrayLike<number>;
  /** Bits of what lies behind each position: a finite verb, a comma or conjunction. */
  readonly ahead: Uint8Array;
  readonly heads: Int16Array;
  readonly leftmost: Int16Array;
  readonly leftmost2: Int16Array;
  readonly rightmost: Int16Array;
  readonly leftCount: Uint8Array;
  readonly rightCount: Uint8Array;
  readonly stack: Int16Array;
  depth: number;
  next: number;
}

/**
 * What the features of the parser's next step are made of (scripts/spice/feature-templates.ts names them in this order): top of the stack s0, the
 * words under it, the next words b0 to b3 and what hangs on them.
 */
export function arcValues(state: ParseState): number[] {
  const { words, tags, heads, leftmost, leftmost2, rightmost, leftCount, rightCount, stack, depth, next } = state;
  const n = words.length;
  const { lower, tag } = wordAt(words, tags);
  const s0 = depth > 0 ? stack[depth - 1]! : -1;
  const s1 = depth > 1 ? stack[depth - 2]! : -1;
  const s2 = depth > 2 ? stack[depth - 3]! : -1;
  const b0 = next;
  const b1 = next + 1 <= n ? next + 1 : -1;
  const b2 = next + 2 <= n ? next + 2 : -1;
  const b3 = next + 3 <= n ? next + 3 : -1;
  const s0h = s0 >= 0 ? heads[s0]! : -1;
  const s0hh = s0h >= 0 && s0h < n ? heads[s0h]! : -1;
  const s0l = s0 >= 0 ? leftmost[s0]! : -1;
  const s0l2 = s0 >= 0 ? leftmost2[s0]! : -1;
  const s0r = s0 >= 0 ? rightmost[s0]! : -1;
  const b0l = b0 < n ? leftmost[b0]! : -1;
  const b0l2 = b0 < n ? leftmost2[b0]! : -1;
  const distance = s0 < 0 ? 0 : Math.min(b0 - s0, 9);
  const headless = s0 >= 0 && s0h < 0 ? 1 : 0;
  const s0lc = s0 >= 0 ? Math.min(leftCount[s0]!, 4) : 9;
  const s0rc = s0 >= 0 ? Math.min(rightCount[s0]!, 4) : 9;
  const b0lc = b0 < n ? Math.min(leftCount[b0]!, 4) : 9;
  const ahead = b0 < n ? state.ahead[b0]! : 0;
  const period = n > 0 ? tags[n - 1]! : 0;
  const nodes = [s0, s1, s2, b0, b1, b2, b3, s0h, s0hh, s0l, s0l2, s0r, b0l, b0l2, s0 - 1, s0 + 1, b0 - 1];
  return [0, 1, ...nodes.map(lower), ...nodes.map(tag), headless, distance, s0lc, s0rc, b0lc, ahead, period];
}
