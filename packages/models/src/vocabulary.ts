import { checkRange, fail, show } from "@rsdix/internal";

/** Far beyond any tokenizer's, whose largest have a quarter of a million: a compact vocabulary keeps four bytes for each. */
const MAX_TOKENS = 2 ** 28;

/** Throws unless a value is numbers one after the other, no more than memory is for: of a Map or a Set `from` would make an empty list. */
function checkList(values: ArrayLike<number>, name: string): void {
  if (typeof values === "object" && Number.isInteger(values?.length) && values.length >= 0 && values.length <= MAX_TOKENS) return;
  fail("INVALID_ARGUMENT", `${name} must be an array of whole numbers, at most ${MAX_TOKENS}, got ${show(values)}.`);
}

/**
 * Which rows of its token table a model holds.
 *
 * A table has a row for every token that exists (49,408 for CLIP, 50,257 for GPT-2); training on captions touches a few hundred. A compact
 * vocabulary holds only those, in the order of their ids, and everything that meets the table speaks of *rows*. That equals training the
 * full table without ever updating an untouched row; where the table is also the output (GPT-2's tied head), the softmax runs over exactly
 * these tokens.
 *
 * @example
 * ```ts
 * import { Vocabulary } from "@rsdix/models";
 *
 * const vocabulary = Vocabulary.compact(50257, [13, 764, 257, 13]);
 * console.log(vocabulary.length, vocabulary.rowsOf([764, 13])); // 3 Int32Array [ 2, 0 ]
 * ```
 */
export class Vocabulary {
  /** Row of an id, -1 when absent; absent itself while every id is its own row. */
  private readonly rows: Int32Array | undefined;

  private constructor(
    /** How many tokens exist: the rows of the full table. */
    readonly size: number,
    /** The ids held, sorted and without repeats; undefined when all are. */
    readonly ids: Int32Array | undefined,
  ) {
    if (ids) {
      this.rows = new Int32Array(size).fill(-1);
      for (let row = 0; row < ids.length; row++) this.rows[ids[row]!] = row;
    }
  }

  /**
   * Every token.
   *
   * @param size How many tokens exist, at least 1.
   * @returns The vocabulary in which id and row are the same.
   * @throws INVALID_ARGUMENT when `size` isn't a whole number of at least 1.
   */
  static full(size: number): Vocabulary {
    checkRange(size, "size", { min: 1, integer: true });
    return new Vocabulary(size, undefined);
  }

  /**
   * Only the tokens named.
   *
   * @param size How many tokens exist, at least 1.
   * @param ids The ids to hold, in any order, repeats allowed, each in [0, size).
   * @returns The vocabulary whose row r is the r-th smallest id.
   * @throws INVALID_ARGUMENT when `size` is beyond 268,435,456, or `ids` is empty or has an id outside [0, size).
   */
  static compact(size: number, ids: Iterable<number>): Vocabulary {
    checkRange(size, "size", { min: 1, max: MAX_TOKENS, integer: true });
    if (typeof ids !== "object" || typeof ids?.[Symbol.iterator] !== "function") {
      fail("INVALID_ARGUMENT", `ids must be token ids, like [13, 764], got ${show(ids)}.`);
    }
    const unique = new Set(ids);
    if (unique.size === 0) fail("INVALID_ARGUMENT", "A compact vocabulary needs at least one token id, got none.");
    for (const id of unique) checkRange(id, "A token id", { min: 0, max: size - 1, integer: true });
    return new Vocabulary(size, Int32Array.from(unique).sort());
  }

  /** How many rows are held. */
  get length(): number {
    return this.ids?.length ?? this.size;
  }

  /**
   * Whether a token is held.
   *
   * @param id A token id.
   * @returns Whether it has a row.
   */
  has(id: number): boolean {
    return this.rows ? (this.rows[id] ?? -1) >= 0 : Number.isInteger(id) && id >= 0 && id < this.size;
  }

  /**
   * From token ids to rows of the table.
   *
   * @param ids Token ids, any length.
   * @returns Their rows, int32, the same length.
   * @throws INVALID_ARGUMENT naming the first id that isn't held.
   */
  rowsOf(ids: ArrayLike<number>): Int32Array {
    checkList(ids, "ids");
    const result = new Int32Array(ids.length);
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      if (!this.has(id)) this.refuse(id, i);
      result[i] = this.rows ? this.rows[id]! : id;
    }
    return result;
  }

  /**
   * From rows of the table back to token ids.
   *
   * @param rows Rows, each in [0, length).
   * @returns Their token ids, int32, the same length.
   * @throws INVALID_ARGUMENT when a row doesn't exist.
   */
  idsOf(rows: ArrayLike<number>): Int32Array {
    checkList(rows, "rows");
    return Int32Array.from(rows, (row) => {
      checkRange(row, "A row", { min: 0, max: this.length - 1, integer: true });
      return this.ids ? this.ids[row]! : row;
    });
  }

  private refuse(id: number, position: number): never {
    if (!this.ids || !(id >= 0 && id < this.size)) {
      fail("INVALID_ARGUMENT", `Token ids are whole numbers in [0, ${this.size}), got ${id} at position ${position}.`);
    }
    fail(
      "INVALID_ARGUMENT",
      `Token ${id} (position ${position}) isn't among the ${this.length} of ${this.size} tokens that this model holds. ` +
        "Give compactVocabulary every token of the texts, prompts included, or call expandVocabulary().",
    );
  }
}
