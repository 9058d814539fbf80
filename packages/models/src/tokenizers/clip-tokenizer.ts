import { checkOptions } from "@rsdix/internal";
import { type BpeFiles, tokenizerJsonFromBpe } from "./bpe-json";
import { BpeTokenizer } from "./bpe-tokenizer";
import type { TokenizerOptions } from "./text-tokenizer";
import { stripped } from "./white-space";

const NORMALIZER = {
  type: "Sequence",
  normalizers: [{ type: "NFC" }, { type: "Replace", pattern: { Regex: "\\s+" }, content: " " }, { type: "Lowercase" }],
};
const WORDS = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";
const split = (pattern: string) => ({ type: "Split", pattern: { Regex: pattern }, behavior: "Removed", invert: true });
const words = (pattern: string) => ({
  type: "Sequence",
  pretokenizers: [split(pattern), { type: "ByteLevel", add_prefix_space: false }],
});

const RULES = {
  kind: "CLIP",
  contextLength: 77,
  endOfWordSuffix: "</w>",
  normalizer: NORMALIZER,
  // Some files name the special tokens in the pattern too; they are taken out of the text before it, so that it is the same.
  preTokenizers: [words(WORDS), words(`<\\|startoftext\\|>|<\\|endoftext\\|>|${WORDS}`)],
  splits: [split(WORDS)],
  postProcessor: "RobertaProcessing",
} as const;

/**
 * CLIP's tokenizer: lower case, byte pairs with `</w>` at a word's end, start and end tokens, padded with the end token, 77 at most.
 *
 * @example
 * ```ts
 * import { ClipTokenizer } from "@rsdix/models";
 *
 * const tokenizer = ClipTokenizer.fromBpe({ merges: ["s e", "se a</w>"] }); // a toy; a model's own comes with its checkpoint
 * const { ids, lengths, shape } = tokenizer.encodeBatch(["Sea", "sea sea"]);
 * console.log(shape, lengths, tokenizer.decode(ids)); // [ 2, 4 ] Int32Array [ 3, 4 ] sea sea sea
 * ```
 *
 * @see https://arxiv.org/abs/2103.00020
 */
export class ClipTokenizer extends BpeTokenizer {
  /** The id of `<|startoftext|>`. */
  readonly startId: number;
  protected readonly padId: number;
  protected readonly className = "CLIPTokenizer";

  private constructor(json: unknown, options: TokenizerOptions) {
    super(json, RULES, options);
    this.startId = this.requireId("<|startoftext|>");
    this.padId = this.endId;
  }

  /**
   * From a `tokenizer.json`.
   *
   * @param json Its text, or the parsed object.
   * @param options The most tokens of a text, 77 unless told otherwise.
   * @returns The tokenizer.
   * @throws FILE_CORRUPT when it isn't a byte-pair tokenizer with CLIP's rules and special tokens; FILE_TOO_LARGE.
   */
  static fromJson(json: unknown, options: TokenizerOptions = {}): ClipTokenizer {
    return new ClipTokenizer(json, options);
  }

  /**
   * From `merges.txt`, with or without `vocab.json`.
   *
   * @param files The merges and perhaps the vocabulary.
   * @param options The most tokens of a text, 77 unless told otherwise.
   * @returns The tokenizer.
   * @throws FILE_CORRUPT when they aren't a byte-pair vocabulary; INVALID_ARGUMENT, UNKNOWN_OPTION for what isn't such files.
   */
  static fromBpe(files: Omit<BpeFiles, "kind">, options: TokenizerOptions = {}): ClipTokenizer {
    return new ClipTokenizer(
      tokenizerJsonFromBpe({ ...checkOptions(files, ["vocab", "merges"], "fromBpe's files"), kind: "clip" }),
      options,
    );
  }

  /** The reference lowers character by character; JavaScript alone would make a capital sigma at a word's end a final one. */
  protected override idsOf(text: string): number[] {
    return super.idsOf(text.replaceAll("Σ", "σ"));
  }

  protected override textOf(ids: number[]): string {
    return stripped(super.textOf(ids));
  }

  protected override truncated(ids: number[], limit: number): number[] {
    return [...ids.slice(0, limit - 1), this.endId];
  }
}
