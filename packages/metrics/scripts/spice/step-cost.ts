import { LEFT, REDUCE, RIGHT } from "../../src/spice/arc-eager";
import type { ParseState } from "../../src/spice/arc-features";

/** The arcs that each step would put out of reach (Goldberg and Nivre 2012). */
export function costOf(state: ParseState, heads: readonly number[], step: number): number {
  const { stack, depth, next, words } = state;
  const top = depth > 0 ? stack[depth - 1]! : -1;
  const n = words.length;
  let cost = 0;
  const laterChildren = (from: number, of: number) => {
    let count = 0;
    for (let i = from; i < n; i++) if (heads[i] === of) count++;
    return count;
  };
  switch (step) {
    case LEFT:
      cost = laterChildren(next, top);
      if (heads[top]! !== next && heads[top]! > next) cost++;
      return cost;
    case REDUCE:
      return laterChildren(next, top);
    case RIGHT:
      for (let k = 0; k < depth; k++) if (stack[k] !== top && heads[next] === stack[k]) cost++;
      if (heads[next]! > next) cost++;
      for (let k = 0; k < depth; k++) if (heads[stack[k]!] === next && state.heads[stack[k]!]! < 0) cost++;
      return cost;
    default:
      for (let k = 0; k < depth; k++) {
        if (heads[next] === stack[k]) cost++;
        if (heads[stack[k]!] === next && state.heads[stack[k]!]! < 0) cost++;
      }
      return cost;
  }
}
