import { checkOptions, checkRange, fail, showShape } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { ATTENTION, defaultScale } from "./attention";
import { checkFloat32, checkIsObject } from "./check-inputs";
import { embedding } from "./embedding";
import { hasKernel, isRecording, runKernel } from "./kernel";
import { checkSizes, splitHeads, toRows } from "./self-attention";

/** How `KvCache.attend` reads its rows, scales and masks. */
export interface CachedAttentionOptions {
  /** Sequences; each adds rows / batch tokens. */
  readonly batch: number;
  /** Heads that a row is divided into. */
  readonly heads: number;
  /** Shape `[batch, tokens so far and new]`, float32: 1 where a token may be seen, 0 where it is padding. */
  readonly keyMask?: tf.Tensor2D;
  /** Factor on q·k; 1/sqrt(headWidth) by default. */
  readonly scale?: number;
}

/** One layer's keys and values, [batch, heads, capacity, headWidth] each, of which the first `length` positions are filled. */
interface Layer {
  keys: tf.Tensor4D;
  values: tf.Tensor4D;
  length: number;
}

/** A backend with these two kernels writes into the cache; see `packages/backend-native`. */
const CACHED_ATTENTION = { name: "RsdixCachedAttention" } as const;
const CACHE_REORDER = { name: "RsdixCacheReorder" } as const;

/** Positions that a cache has room for at first, and a multiple of which it grows to by doubling. */
const FIRST_CAPACITY = 64;

/**
 * The keys and values of the tokens read so far, layer by layer, so that decoding computes only the new ones. Where the backend can, they
 * are written into memory that is there already; elsewhere they are joined to a new tensor.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { KvCache } from "@rsdix/backend";
 * const cache = new KvCache();
 * const qkv = () => tf.randomNormal([2, 3 * 8]) as tf.Tensor2D; // a token for each of two sequences
 * for (let token = 0; token < 3; token++) {
 *   const attended = cache.attend(0, qkv(), { batch: 2, heads: 4 }); // layer 0: [2, 8]
 *   attended.dispose();
 * }
 * cache.reorder([1, 1]); // both go on from the second
 * console.log(cache.length); // 3
 * cache.dispose();
 * ```
 * @see Fast Transformer Decoding: One Write-Head is All You Need, arXiv 1911.02150, section 2 (incremental decoding).
 */
export class KvCache {
  private readonly layers: Layer[] = [];

  /** Tokens held, of each sequence. */
  get length(): number {
    return this.layers[0]?.length ?? 0;
  }

  /**
   * Adds a layer's new tokens and lets them attend to all so far, each to itself and those before it.
   *
   * The layers take turns: at each step layer 0 first, and every other then the same number of tokens.
   *
   * @param layer The layer's number, from 0; a layer's first tokens come before the next layer's.
   * @param qkv Queries, keys and values side by side, shape `[batch · tokens, 3 · heads · headWidth]`, float32.
   * @param options Sizes, key mask, scale.
   * @returns Shape `[batch · tokens, heads · headWidth]`, float32.
   * @throws SHAPE_MISMATCH when the sizes don't fit each other or what the cache holds; INVALID_ARGUMENT when a layer is
   *   passed over, for no tokens, tensors that are not float32, and inside a gradient, which a cache has none of; UNKNOWN_OPTION.
   */
  attend(layer: number, qkv: tf.Tensor2D, options: CachedAttentionOptions): tf.Tensor2D {
    checkIsObject(options, "KvCache.attend");
    checkOptions(options, ["batch", "heads", "keyMask", "scale"], "KvCache.attend");
    checkRange(layer, "KvCache: layer", { min: 0, max: this.layers.length, integer: true });
    const { batch, heads, keyMask } = options;
    const headWidth = checkSizes("KvCache", [qkv], { batch, heads });
    const { scale = defaultScale(headWidth) } = options;
    checkRange(scale, "KvCache: scale", {});
    const tokens = qkv.shape[0] / batch;
    const before = this.layers[layer];
    const length = before?.length ?? 0;
    this.checkTurn(layer, batch, tokens);
    if (keyMask !== undefined) checkFloat32(keyMask, "KvCache: keyMask");
    if (before && [before.keys.shape[0], before.keys.shape[1], before.keys.shape[3]].join() !== [batch, heads, headWidth].join()) {
      fail("SHAPE_MISMATCH", `KvCache: it holds ${showShape(before.keys)}, got batch ${batch}, ${heads} heads of ${headWidth}.`);
    }
    if (keyMask && keyMask.shape.join() !== [batch, length + tokens].join()) {
      fail("SHAPE_MISMATCH", `KvCache: keyMask must have shape [${batch}, ${length + tokens}], got ${showShape(keyMask)}.`);
    }
    if (isRecording())
      fail("INVALID_ARGUMENT", "KvCache is for decoding and has no gradient. Use selfAttention with causal: true to train.");
    const mask: { keyMask?: tf.Tensor2D } = keyMask ? { keyMask } : {};
    if (!hasKernel(CACHED_ATTENTION)) return tf.tidy(() => this.attendJoined(layer, qkv, { batch, heads, scale, mask }));
    const { keys, values } = this.reserve(layer, [batch, heads, length + tokens, headWidth]);
    const attrs = { batch, heads, length, scale };
    const y = tf.engine().runKernel(CACHED_ATTENTION.name, { qkv, keys, values, ...mask } as tf.NamedTensorMap, attrs) as tf.Tensor2D;
    this.layers[layer]!.length = length + tokens;
    return y;
  }

  /**
   * Sequence i becomes what sequence `from[i]` was: beams that go on from another, or fewer sequences once some are finished.
   *
   * @param from A sequence for each new one; there may be more or fewer than before.
   * @throws INVALID_ARGUMENT for what isn't an array, for a sequence that the cache doesn't hold, and in the middle of a step.
   */
  reorder(from: ArrayLike<number>): void {
    if (typeof from !== "object" || !Number.isInteger(from?.length)) {
      fail(
        "INVALID_ARGUMENT",
        `KvCache.reorder takes an array of sequences, got ${typeof from === "object" ? "another object" : String(from)}.`,
      );
    }
    const batch = this.layers[0]?.keys.shape[0] ?? 0;
    for (let i = 0; i < from.length; i++) checkRange(from[i], "KvCache.reorder: a sequence", { min: 0, max: batch - 1, integer: true });
    this.checkStepIsOver("no new order in the middle of a step");
    const rows = Int32Array.from(from);
    tf.tidy(() => {
      const indices = tf.tensor1d(rows, "int32");
      this.layers.forEach((layer, i) => {
        const [keys, values] =
          hasKernel(CACHE_REORDER) && layer.keys.size * rows.length > 0
            ? (tf
                .engine()
                .runKernel(
                  CACHE_REORDER.name,
                  { keys: layer.keys, values: layer.values, from: indices },
                  { length: layer.length },
                ) as tf.Tensor4D[])
            : [takeRows(layer.keys, indices), takeRows(layer.values, indices)];
        this.replace(i, { keys: keys!, values: values!, length: layer.length });
      });
    });
  }

  /** Frees all keys and values. */
  dispose(): void {
    for (const { keys, values } of this.layers) tf.dispose([keys, values]);
    this.layers.length = 0;
  }

  /** The same as `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Throws unless it is this layer's turn to take so many tokens. */
  private checkTurn(layer: number, batch: number, tokens: number): void {
    if (tokens === 0) fail("INVALID_ARGUMENT", "KvCache: there are no new tokens; each step brings at least one.");
    if (layer === 0) {
      this.checkStepIsOver("layer 0 can't go on");
      return;
    }
    const { keys, length } = this.layers[0]!;
    const due = length - (this.layers[layer]?.length ?? 0);
    if (keys.shape[0] !== batch) fail("SHAPE_MISMATCH", `KvCache: layer 0 holds ${keys.shape[0]} sequences, got batch ${batch}.`);
    if (tokens === due) return;
    fail("INVALID_ARGUMENT", `KvCache: layer ${layer} must take the ${due} tokens that layer 0 is ahead of it, got ${tokens}.`);
  }

  /** Throws unless all layers hold the same tokens: another order or another step would tear them apart. */
  private checkStepIsOver(what: string): void {
    const behind = this.layers.findIndex(({ length }) => length !== this.length);
    if (behind < 0) return;
    const [held, first] = [this.layers[behind]!.length, this.length];
    fail(
      "INVALID_ARGUMENT",
      `KvCache: ${what}: layer ${behind} holds ${held} tokens and layer 0 ${first}. Finish the step, or dispose it.`,
    );
  }

  private attendJoined(
    layer: number,
    qkv: tf.Tensor2D,
    { batch, heads, scale, mask }: { batch: number; heads: number; scale: number; mask: { keyMask?: tf.Tensor2D } },
  ): tf.Tensor2D {
    const [q, k, v] = splitHeads(qkv, { batch, heads });
    const before = this.layers[layer];
    const keys = before ? tf.concat([filled(before.keys, before.length), k], 2) : tf.clone(k);
    const values = before ? tf.concat([filled(before.values, before.length), v], 2) : tf.clone(v);
    this.replace(layer, { keys, values, length: keys.shape[2] });
    return toRows(runKernel(ATTENTION, { q, k: keys, v: values, ...mask }, { causal: true, scale, training: false })[0] as tf.Tensor4D);
  }

  /** A layer with room for so many positions. */
  private reserve(layer: number, [batch, heads, positions, headWidth]: [number, number, number, number]): Layer {
    const before = this.layers[layer];
    if (before && before.keys.shape[2] >= positions) return before;
    let capacity = Math.max(before?.keys.shape[2] ?? 0, FIRST_CAPACITY);
    while (capacity < positions) capacity *= 2;
    tf.tidy(() => {
      const grown = (x?: tf.Tensor4D) => {
        const room = capacity - (x?.shape[2] ?? 0);
        const empty = tf.zeros([batch, heads, room, headWidth]) as tf.Tensor4D;
        return x ? tf.concat([x, empty], 2) : empty;
      };
      this.replace(layer, { keys: grown(before?.keys), values: grown(before?.values), length: before?.length ?? 0 });
    });
    return this.layers[layer]!;
  }

  private replace(layer: number, after: Layer): void {
    const before = this.layers[layer];
    tf.keep(after.keys);
    tf.keep(after.values);
    this.layers[layer] = after;
    if (before) tf.dispose([before.keys, before.values]);
  }
}

/** The first `length` positions: a backend that writes in place leaves room after them, and the program may go on with another one. */
function filled(x: tf.Tensor4D, length: number): tf.Tensor4D {
  const [batch, heads, capacity, headWidth] = x.shape;
  return capacity === length ? x : tf.slice(x, [0, 0, 0, 0], [batch, heads, length, headWidth]);
}

/** Rows of [batch, heads, positions, headWidth] by index; `embedding` is the row lookup that is fast on every backend. */
function takeRows(x: tf.Tensor4D, indices: tf.Tensor1D): tf.Tensor4D {
  const [batch, heads, positions, headWidth] = x.shape;
  const flat = tf.reshape(x, [batch, heads * positions * headWidth]) as tf.Tensor2D;
  return tf.reshape(embedding(flat, indices), [indices.shape[0], heads, positions, headWidth]) as tf.Tensor4D;
}
