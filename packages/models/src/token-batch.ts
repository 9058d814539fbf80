import { fail, show } from "@rsdix/internal";

/** Texts as token ids, one row a text. */
export interface TokenBatch {
  /** Token ids, row-major, padded on the right. */
  readonly ids: Int32Array;
  /** How many tokens of each row are the text's; the others are padding, whatever their id. */
  readonly lengths: Int32Array;
  /** [texts, tokens]. */
  readonly shape: readonly [number, number];
}

/** Throws unless what was given is a batch of token ids, as tokenizers and `padTokens` make them. */
export function checkTokenBatch(tokens: Partial<TokenBatch>, where: string): void {
  const { ids, shape, lengths } = (tokens ?? {}) as Partial<TokenBatch>;
  const isShape = Array.isArray(shape) && shape.length === 2 && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (ids instanceof Int32Array && isShape && (lengths === undefined || lengths instanceof Int32Array)) return;
  const expected = "{ ids: Int32Array, shape: [texts, tokens], lengths?: Int32Array }";
  fail(
    "INVALID_ARGUMENT",
    `${where}: tokens must be ${expected}, got ${show(tokens)}. Make them with encodeBatch of a tokenizer, or padTokens.`,
  );
}

/**
 * Token lists to one batch, padded on the right.
 *
 * @param rows Token ids, a list a text.
 * @param padId What fills the rows.
 * @param minimum The least tokens a row.
 * @returns Ids [texts, tokens] and each row's length.
 *
 * @example
 * ```ts
 * import { padTokens } from "@rsdix/models";
 *
 * console.log(padTokens([[5, 6, 7], [8]], 0)); // ids 5 6 7 8 0 0, lengths 3 1, shape [2, 3]
 * ```
 */
export function padTokens(rows: readonly (readonly number[])[], padId: number, minimum = 1): TokenBatch {
  const width = rows.reduce((longest, row) => Math.max(longest, row.length), minimum);
  const ids = new Int32Array(rows.length * width).fill(padId);
  for (const [i, row] of rows.entries()) ids.set(row, i * width);
  return { ids, lengths: Int32Array.from(rows, (row) => row.length), shape: [rows.length, width] };
}
