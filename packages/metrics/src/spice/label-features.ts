import type { WordShape } from "./tag-features";
import { wordAt } from "./word-at";

/** The children of every word (and of the root, number `heads.length`), in order. */
export function childrenOf(heads: ArrayLike<number>): number[][] {
  const children: number[][] = Array.from({ length: heads.length + 1 }, () => []);
  for (let i = 0; i < heads.length; i++) children[heads[i]!]!.push(i);
  return children;
}

/** What the features of the arc to word `i` for its name are made of (scripts/spice/feature-templates.ts names them in this order), from the finished tree. */
export function labelValues(
  words: readonly WordShape[],
  tags: ArrayLike<number>,
  heads: ArrayLike<number>,
  children: readonly (readonly number[])[],
  i: number,
): number[] {
  const n = words.length;
  const { lower, tag } = wordAt(words, tags);
  const h = heads[i]!;
  const own = children[i]!;
  const siblings = children[h]!;
  const at = siblings.indexOf(i);
  const before = at > 0 ? siblings[at - 1]! : -1;
  const after = at + 1 < siblings.length ? siblings[at + 1]! : -1;
  const first = own.length > 0 ? own[0]! : -1;
  const lastLeft = lastBefore(own, i);
  const grand = h < n ? heads[h]! : -1;
  const side = h === n ? 2 : h > i ? 1 : 0;
  const distance = side * 10 + Math.min(Math.abs(h - i), 6);
  let bag = 0;
  for (const k of siblings) if (k !== i) bag = (bag + Math.imul(tag(k) + 1, k < h ? 0x9e3779b1 : 0x85ebca6b)) | 0;
  let ownBag = 0;
  for (const k of own) ownBag = (ownBag + Math.imul(tag(k) + 1, k < i ? 0x9e3779b1 : 0x85ebca6b)) | 0;
  const nodes = [i, h, first, lastLeft, before, after, grand, i - 1, i + 1];
  return [0, 1, ...nodes.map(lower), ...nodes.map(tag), side, distance, bag, ownBag, at, siblings.length, words[i]!.suffix3];
}

function lastBefore(own: readonly number[], i: number): number {
  let found = -1;
  for (const k of own) if (k < i) found = k;
  return found;
}
