import type { ParseState } from "./arc-features";
import type { WordShape } from "./tag-features";

/** The steps of the arc-eager system (Nivre 2003), in the order of the model's classes. */
export const SHIFT = 0;
export const REDUCE = 1;
export const LEFT = 2;
export const RIGHT = 3;

/** Tags of finite verbs, of conjunctions and commas, of words that open a clause: what is ahead changes what a participle is. */
const FINITE = new Set(["VBZ", "VBP", "VBD", "MD"]);
const JOINT = new Set([",", "CC"]);
const OPENING = new Set(["WDT", "WP", "WRB", "WP$"]);

export function startState(words: readonly WordShape[], tags: ArrayLike<number>, tagNames: readonly string[]): ParseState {
  const n = words.length;
  const ahead = new Uint8Array(n + 1);
  let verbs = 0;
  for (let i = 0; i < n; i++) if (FINITE.has(tagNames[tags[i]!]!)) verbs++;
  let seen = 0;
  for (let i = 0; i < n; i++) {
    const finite = FINITE.has(tagNames[tags[i]!]!);
    if (finite) seen++;
    ahead[i] = Math.min(seen, 2) * 3 + Math.min(verbs - seen, 2);
  }
  for (let i = n - 1, bits = 0; i >= 0; i--) {
    ahead[i] = ahead[i]! * 4 + bits;
    const name = tagNames[tags[i]!]!;
    if (JOINT.has(name)) bits |= 1;
    if (OPENING.has(name)) bits |= 2;
  }
  return {
    words,
    tags,
    ahead,
    heads: new Int16Array(n + 1).fill(-1),
    leftmost: new Int16Array(n + 1).fill(-1),
    leftmost2: new Int16Array(n + 1).fill(-1),
    rightmost: new Int16Array(n + 1).fill(-1),
    leftCount: new Uint8Array(n + 1),
    rightCount: new Uint8Array(n + 1),
    stack: new Int16Array(n + 1),
    depth: 0,
    next: 0,
  };
}

export const isFinished = (state: ParseState): boolean => state.next === state.words.length && state.depth === 0;

/** Whether the step may be taken: the root is the last in the queue and only takes what is left of the stack. */
export function isAllowed(state: ParseState, step: number): boolean {
  const n = state.words.length;
  const headless = state.depth > 0 && state.heads[state.stack[state.depth - 1]!]! < 0;
  switch (step) {
    case SHIFT:
      return state.next < n;
    case REDUCE:
      return state.depth > 0 && !headless;
    case LEFT:
      return headless;
    default:
      return state.depth > 0 && state.next < n;
  }
}

export function takeStep(state: ParseState, step: number): void {
  const { stack, heads } = state;
  const top = stack[state.depth - 1]!;
  switch (step) {
    case SHIFT:
      stack[state.depth++] = state.next++;
      return;
    case REDUCE:
      state.depth--;
      return;
    case LEFT:
      heads[top] = state.next;
      state.leftmost2[state.next] = state.leftmost[state.next]!;
      state.leftmost[state.next] = top;
      state.leftCount[state.next]!++;
      state.depth--;
      return;
    default:
      heads[state.next] = top;
      state.rightmost[top] = state.next;
      state.rightCount[top]!++;
      stack[state.depth++] = state.next++;
  }
}
