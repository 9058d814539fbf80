import { checkOptions } from "@rsdix/internal";
import { type BpeFiles, tokenizerJsonFromBpe } from "./bpe-json";
import { BpeTokenizer } from "./bpe-tokenizer";
import type { TokenizerOptions } from "./text-tokenizer";

const RULES = {
  kind: "GPT-2",
  contextLength: 1024,
  endOfWordSuffix: "",
  normalizer: null,
  preTokenizers: [{ type: "ByteLevel", add_prefix_space: false }],
  splits: [],
  postProcessor: "ByteLevel",
} as const;

/**
 * GPT-2's tokenizer: byte pairs with the space before a word inside its token; no special tokens are added; 1,024 tokens at most.
 *
 * @see Radford et al., "Language Models are Unsupervised Multitask Learners", 2019, section 2.2
 * @example
 * ```ts
 * import { Gpt2Tokenizer } from "@rsdix/models";
 *
 * const tokenizer = Gpt2Tokenizer.fromBpe({ merges: ["s e", "se a"] }); // a toy; a model's own comes with its checkpoint
 * console.log(tokenizer.decode(tokenizer.encode("a sea."))); // a sea.
 * ```
 */
export class Gpt2Tokenizer extends BpeTokenizer {
  // A real token ("!"), as in the original; only `lengths` says what is padding.
  protected readonly padId = 0;
  protected readonly className = "GPT2Tokenizer";

  private constructor(json: unknown, options: TokenizerOptions) {
    super(json, RULES, options);
  }

  /**
   * From a `tokenizer.json`.
   *
   * @param json Its text, or the parsed object.
   * @param options The most tokens of a text, 1,024 unless told otherwise.
   * @returns The tokenizer.
   * @throws FILE_CORRUPT when it isn't a byte-pair tokenizer with GPT-2's rules and `<|endoftext|>`; FILE_TOO_LARGE.
   */
  static fromJson(json: unknown, options: TokenizerOptions = {}): Gpt2Tokenizer {
    return new Gpt2Tokenizer(json, options);
  }

  /**
   * From `merges.txt`, with or without `vocab.json`.
   *
   * @param files The merges and perhaps the vocabulary.
   * @param options The most tokens of a text, 1,024 unless told otherwise.
   * @returns The tokenizer.
   * @throws FILE_CORRUPT when they aren't a byte-pair vocabulary; INVALID_ARGUMENT, UNKNOWN_OPTION for what isn't such files.
   */
  static fromBpe(files: Omit<BpeFiles, "kind">, options: TokenizerOptions = {}): Gpt2Tokenizer {
    return new Gpt2Tokenizer(
      tokenizerJsonFromBpe({ ...checkOptions(files, ["vocab", "merges"], "fromBpe's files"), kind: "gpt2" }),
      options,
    );
  }

  protected override truncated(ids: number[], limit: number): number[] {
    return ids.slice(0, limit);
  }
}
