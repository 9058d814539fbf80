import { checkOptions, checkRange, fail } from "@rsdix/internal";
import { padTokens, type TokenBatch } from "../token-batch";
import type { EncodeBatchOptions } from "./text-tokenizer";

/** Pairs of texts as token ids, one row a pair. */
export interface TokenPairBatch extends TokenBatch {
  /** 0 where the first text is, its `[CLS]` and `[SEP]` included, and in the padding; 1 where the second is. Row-major as `ids`. */
  readonly types: Int32Array;
}

/** The special tokens around a pair and the limit. */
interface PairTokens {
  readonly clsId: number;
  readonly sepId: number;
  readonly padId: number;
  readonly contextLength: number;
}

/** Pairs of ids without special tokens to a batch. */
export function packPairs(
  pairs: readonly (readonly [readonly number[], readonly number[]])[],
  tokens: PairTokens,
  options: EncodeBatchOptions,
): TokenPairBatch {
  checkOptions(options, ["contextLength", "truncate", "pad"], "encodePairs");
  const { contextLength: limit = tokens.contextLength, truncate = false, pad = "longest" } = options;
  checkRange(limit, "contextLength", { min: 3, integer: true });
  if (pad !== "longest" && pad !== "context") fail("INVALID_ARGUMENT", `pad must be "longest" or "context", got ${String(pad)}.`);
  const cut = pairs.map(([a, b], i) => {
    const total = a.length + b.length + 3;
    if (total <= limit) return [a, b] as const;
    if (!truncate) {
      fail("INVALID_ARGUMENT", `Pair ${i} has ${total} tokens, more than ${limit}. Shorten it, or pass truncate: true.`);
    }
    const [forA, forB] = roomOf(a.length, b.length, limit - 3);
    return [a.slice(0, forA), b.slice(0, forB)] as const;
  });
  const rows = cut.map(([a, b]) => [tokens.clsId, ...a, tokens.sepId, ...b, tokens.sepId]);
  const batch = padTokens(rows, tokens.padId, pad === "context" ? limit : 1);
  const types = new Int32Array(batch.ids.length);
  for (const [i, [a, b]] of cut.entries()) {
    const second = i * batch.shape[1] + a.length + 2;
    types.fill(1, second, second + b.length + 1);
  }
  return { ...batch, types };
}

/** How many tokens each of two texts keeps of `room` that is too little for both: the shorter all of its own where half suffices. */
function roomOf(first: number, second: number, room: number): [number, number] {
  const half = Math.floor(room / 2);
  if (first <= second) return first <= half ? [first, room - first] : [half, room - half];
  return second <= half ? [room - second, second] : [room - half, half];
}
