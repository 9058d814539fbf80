import { checkRange, fail, show, showShape } from "@rsdix/internal";

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
  if (ids instanceof Int32Array && isShape && (lengths === undefined || lengths instanceof Int32Array)) {
    if (shape[0] > 0) return;
    fail("EMPTY_DATA", `${where}: there must be at least one text, got tokens of shape ${showShape({ shape })}.`);
  }
  const expected = "{ ids: Int32Array, shape: [texts, tokens], lengths?: Int32Array }";
  fail(
    "INVALID_ARGUMENT",
    `${where}: tokens must be ${expected}, got ${show(tokens)}. Make them with encodeBatch of a tokenizer, or padTokens.`,
  );
}

/** The same of what is to be predicted, which has lengths: padding must not count. */
export function checkTextBatch(tokens: Partial<TokenBatch>, where: string): void {
  checkTokenBatch(tokens, where);
  if (tokens.lengths === undefined) {
    fail("INVALID_ARGUMENT", `${where}: tokens must have lengths, which say what is padding. Make them with encodeBatch, or padTokens.`);
  }
}

/** Beyond what an int32 holds. */
const INT32 = 2 ** 31;

/** A gigabyte of ids: more than any model's batch, so that a wrong length is told from one. */
const MOST_IDS = 2 ** 28;

/**
 * Token lists to one batch, padded on the right.
 *
 * @param rows Token ids, a list a text.
 * @param padId What fills the rows.
 * @param minimum The least tokens a row.
 * @returns Ids [texts, tokens] and each row's length.
 * @throws INVALID_ARGUMENT for what isn't an array of arrays of token ids, or more of them than 2^28.
 *
 * @example
 * ```ts
 * import { padTokens } from "@rsdix/models";
 *
 * console.log(padTokens([[5, 6, 7], [8]], 0)); // ids 5 6 7 8 0 0, lengths 3 1, shape [2, 3]
 * ```
 *
 * @see https://huggingface.co/docs/transformers/pad_truncation
 */
export function padTokens(rows: readonly (readonly number[])[], padId: number, minimum = 1): TokenBatch {
  checkRows(rows);
  checkRange(padId, "padTokens: padId", { min: -INT32, max: INT32 - 1, integer: true });
  checkRange(minimum, "padTokens: minimum", { min: 0, integer: true });
  const width = rows.reduce((longest, row) => Math.max(longest, row.length), minimum);
  if (rows.length * width > MOST_IDS) {
    fail("INVALID_ARGUMENT", `padTokens: ${rows.length} texts of ${width} tokens are more than ${MOST_IDS} ids. Make smaller batches.`);
  }
  const ids = new Int32Array(rows.length * width).fill(padId);
  for (const [i, row] of rows.entries()) ids.set(row, i * width);
  return { ids, lengths: Int32Array.from(rows, (row) => row.length), shape: [rows.length, width] };
}

/** A batch less its last column. */
export function withoutLast({ ids, lengths, shape: [n, length] }: TokenBatch): TokenBatch {
  return {
    ids: ids.filter((_, i) => i % length < length - 1),
    lengths: lengths.map((tokens) => Math.min(tokens, length - 1)),
    shape: [n, length - 1],
  };
}

/** Throws unless `rows` are lists of token ids. */
function checkRows(rows: readonly (readonly number[])[]): void {
  const isList = (value: unknown) => Array.isArray(value) || value instanceof Int32Array;
  if (!Array.isArray(rows)) fail("INVALID_ARGUMENT", `padTokens takes an array of token lists, one a text, got ${show(rows)}.`);
  for (const [text, row] of rows.entries()) {
    if (!isList(row)) fail("INVALID_ARGUMENT", `padTokens: text ${text} must be an array of token ids, got ${show(row)}.`);
    for (const id of row) checkRange(id, `padTokens: a token of text ${text}`, { min: 0, max: INT32 - 1, integer: true });
  }
}
