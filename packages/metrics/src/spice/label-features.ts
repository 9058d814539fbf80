import type { FeatureSet } from "./hashed-features";
import { EDGE, type WordShape } from "./tag-features";

/** The children of every word (and of the root, number `heads.length`), in order. */
export function childrenOf(heads: ArrayLike<number>): number[][] {
  const children: number[][] = Array.from({ length: heads.length + 1 }, () => []);
  for (let i = 0; i < heads.length; i++) children[heads[i]!]!.push(i);
  return children;
}

/** The features of the arc to word `i` for its name, from the finished tree. */
export function labelFeatures(
  out: FeatureSet,
  words: readonly WordShape[],
  tags: ArrayLike<number>,
  heads: ArrayLike<number>,
  children: readonly (readonly number[])[],
  i: number,
): void {
  const n = words.length;
  const lower = (k: number) => (k >= 0 && k < n ? words[k]!.lower : EDGE.lower);
  const tag = (k: number) => (k >= 0 && k < n ? tags[k]! + 1 : k === n ? 99 : 0);
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
  const w = lower(i);
  const wt = tag(i);
  const hw = lower(h);
  const ht = tag(h);
  let bag = 0;
  for (const k of siblings) if (k !== i) bag = (bag + Math.imul(tag(k) + 1, k < h ? 0x9e3779b1 : 0x85ebca6b)) | 0;
  let ownBag = 0;
  for (const k of own) ownBag = (ownBag + Math.imul(tag(k) + 1, k < i ? 0x9e3779b1 : 0x85ebca6b)) | 0;
  let t = 0;
  out.clear();
  out.add(t++, 1);
  out.add(t++, w, side);
  out.add(t++, wt, side);
  out.add(t++, w, wt);
  out.add(t++, hw, side);
  out.add(t++, ht, side);
  out.add(t++, hw, w);
  out.add(t++, ht, wt, side);
  out.add(t++, ht, w, side);
  out.add(t++, hw, wt, side);
  out.add(t++, ht, wt, distance);
  out.add(t++, ht, wt, lower(first), side);
  out.add(t++, ht, wt, tag(first), side);
  out.add(t++, wt, lower(first), hw);
  out.add(t++, wt, tag(first), tag(lastLeft), ht);
  out.add(t++, wt, ownBag, side);
  out.add(t++, wt, ht, ownBag, side);
  out.add(t++, wt, ht, bag, side);
  out.add(t++, wt, ht, tag(before), tag(after));
  out.add(t++, wt, ht, lower(before), side);
  out.add(t++, wt, ht, lower(after), side);
  out.add(t++, w, ht, tag(before));
  out.add(t++, wt, ht, tag(grand), side);
  out.add(t++, wt, ht, lower(i - 1), side);
  out.add(t++, wt, ht, lower(i + 1), side);
  out.add(t++, wt, ht, tag(i - 1), tag(i + 1));
  out.add(t++, w, tag(i - 1), tag(i + 1), side);
  out.add(t++, at, siblings.length, wt, ht);
  out.add(t++, wt, words[i]!.suffix3, ht, side);
}

function lastBefore(own: readonly number[], i: number): number {
  let found = -1;
  for (const k of own) if (k < i) found = k;
  return found;
}
