import type * as tf from "@tensorflow/tfjs-core";

/** Where number c of token t of a head lies: batch · batches + head · heads + t · tokens + c. */
interface Strides {
  readonly batches: number;
  readonly heads: number;
  readonly tokens: number;
}

/** What is attended to what. Queries, keys and values may be parts of one tensor, `part` numbers from one another. */
export interface Layout {
  readonly batch: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly width: number;
  readonly q: Strides;
  readonly k: Strides;
  /** Of the result and its gradient. */
  readonly y: Strides;
  readonly part: number;
}

export type Inputs = Readonly<Record<string, tf.TensorInfo>>;

/** How attention is computed, as our kernels have it. */
export interface Attributes {
  readonly batch: number;
  readonly heads: number;
  readonly causal: boolean;
  readonly scale: number;
  readonly training?: boolean;
}

/** q, k and v [batch, heads, tokens, width]. */
export function headsApart({ q, k }: Inputs): Layout {
  const [batch, heads, queries, width] = q!.shape as [number, number, number, number];
  const keys = k!.shape[2]!;
  const strides = (tokens: number) => ({ batches: heads * tokens * width, heads: tokens * width, tokens: width });
  return { batch, heads, queries, keys, width, q: strides(queries), k: strides(keys), y: strides(queries), part: 0 };
}

/** q, k and v side by side in rows of tokens. */
export const packedRows = ({ qkv }: Inputs, attrs: Attributes) => ofRows(qkv!.shape[0]!, qkv!.shape[1]! / 3, 3, attrs);
/** q, k and v [batch · tokens, heads · width]. */
export const rows = ({ q }: Inputs, attrs: Attributes) => ofRows(q!.shape[0]!, q!.shape[1]!, 1, attrs);

function ofRows(count: number, rowWidth: number, parts: number, { batch, heads }: Attributes): Layout {
  const [tokens, width] = [count / batch, rowWidth / heads];
  const strides = (row: number) => ({ batches: tokens * row, heads: width, tokens: row });
  const q = strides(parts * rowWidth);
  return { batch, heads, queries: tokens, keys: tokens, width, q, k: q, y: strides(rowWidth), part: parts === 1 ? 0 : rowWidth };
}

/** A layout as numbers that a program takes. */
export const sizesOf = (layout: Layout) => {
  const { batch, heads, queries, keys, width, q, k, y, part } = layout;
  const of = (name: string, { batches, heads, tokens }: Strides) => ({
    [`${name}Batches`]: batches,
    [`${name}Heads`]: heads,
    [`${name}Tokens`]: tokens,
  });
  return { batch, heads, queries, keys, width, part, ...of("q", q), ...of("k", k), ...of("y", y) };
};

/** The first number of a token, in the layout of q, k (and v), or y (and dy). */
export const FIRST = ["q", "k", "y"]
  .map(
    (name) => `
      fn ${name}First(sequence : i32, head : i32, token : i32) -> i32 {
        return sequence * uniforms.${name}Batches + head * uniforms.${name}Heads + token * uniforms.${name}Tokens;
      }`,
  )
  .join("");
