import { Tokenizer } from "@huggingface/tokenizers";
import { checkOptions, checkRange, fail } from "@rsdix/internal";
import { padTokens, type TokenBatch } from "./token-batch";
import { type BpeFiles, tokenizerJsonFromBpe } from "./tokenizer-json";

/** How long texts are treated. */
export interface EncodeOptions {
  /** The most tokens that a text may have, special tokens included. Default: what the model takes (77 for CLIP, 1,024 for GPT-2). */
  readonly contextLength?: number;
  /** Cut longer texts (CLIP's end token stays) instead of throwing. Default false. */
  readonly truncate?: boolean;
}

/** How a batch is padded, too. */
export interface EncodeBatchOptions extends EncodeOptions {
  /** Pad to the longest text (the default) or to `contextLength`. */
  readonly pad?: "longest" | "context";
}

/** What the two byte-pair tokenizers share: one of Hugging Face's, with limits and padding around it. */
abstract class BpeTokenizer {
  private readonly tokenizer: Tokenizer;
  /** How many tokens there are. */
  readonly vocabSize: number;
  /** The id of `<|endoftext|>`. */
  readonly endId: number;
  /** The most tokens that the model takes. */
  protected abstract readonly defaultLength: number;
  /** What fills a batch's rows. */
  protected abstract readonly padId: number;

  constructor(json: unknown, kind: string) {
    const content = typeof json === "string" ? parseJson(json) : json;
    const model = (content as { model?: { type?: unknown; vocab?: unknown } } | null)?.model;
    if (model?.type !== "BPE" || typeof model.vocab !== "object") {
      fail("FILE_CORRUPT", `A ${kind} tokenizer.json must have a model of type "BPE" with a vocabulary, got ${String(model?.type)}.`);
    }
    try {
      this.tokenizer = new Tokenizer(content as object, { clean_up_tokenization_spaces: false });
    } catch (error) {
      fail("FILE_CORRUPT", `The tokenizer.json can't be used: ${(error as Error).message}`, error);
    }
    this.vocabSize = this.tokenizer.get_vocab().size;
    this.endId = this.requireId("<|endoftext|>");
  }

  /**
   * A token's id.
   *
   * @param token The token as the vocabulary spells it.
   * @returns Its id, undefined when there is no such token.
   */
  tokenId(token: string): number | undefined {
    return this.tokenizer.token_to_id(token);
  }

  /**
   * Text to token ids.
   *
   * @param text Any text.
   * @param options The limit and what to do beyond it.
   * @returns Token ids; CLIP's have the start and end tokens around them.
   * @throws INVALID_ARGUMENT when the text isn't a string or too long, UNKNOWN_OPTION.
   */
  encode(text: string, options: EncodeOptions = {}): number[] {
    checkOptions(options, ["contextLength", "truncate"], "encode");
    const limit = this.limit(options);
    if (typeof text !== "string") fail("INVALID_ARGUMENT", `The text must be a string, got ${typeof text}.`);
    const { ids } = this.tokenizer.encode(this.prepared(text));
    if (ids.length <= limit) return ids;
    if (!options.truncate) {
      const start = text.length > 60 ? `${text.slice(0, 60)}…` : text;
      fail("INVALID_ARGUMENT", `The text has ${ids.length} tokens, more than ${limit}: "${start}". Shorten it, or pass truncate: true.`);
    }
    return this.truncated(ids, limit);
  }

  /**
   * Texts to one padded batch.
   *
   * @param texts Any number of texts, at least one.
   * @param options The limit, what to do beyond it, and how far to pad.
   * @returns Ids [texts, tokens] and each row's length.
   * @throws INVALID_ARGUMENT when there is no text or one is too long, UNKNOWN_OPTION.
   */
  encodeBatch(texts: readonly string[], options: EncodeBatchOptions = {}): TokenBatch {
    const { pad = "longest", ...rest } = options;
    if (pad !== "longest" && pad !== "context") fail("INVALID_ARGUMENT", `pad must be "longest" or "context", got ${String(pad)}.`);
    if (!Array.isArray(texts) || texts.length === 0) fail("INVALID_ARGUMENT", "encodeBatch needs an array of at least one text.");
    return padTokens(
      texts.map((text) => this.encode(text, rest)),
      this.padId,
      pad === "context" ? this.limit(rest) : 1,
    );
  }

  /**
   * Token ids to text.
   *
   * @param ids Token ids.
   * @returns The text, special tokens left out.
   * @throws INVALID_ARGUMENT when an id is outside the vocabulary.
   */
  decode(ids: ArrayLike<number>): string {
    const list = Array.from(ids);
    for (const id of list) checkRange(id, "A token id", { min: 0, max: this.vocabSize - 1, integer: true });
    return list.length === 0 ? "" : this.tokenizer.decode(list, { skip_special_tokens: true });
  }

  protected requireId(token: string): number {
    return this.tokenId(token) ?? fail("FILE_CORRUPT", `The tokenizer has no "${token}".`);
  }

  protected prepared(text: string): string {
    return text;
  }

  protected truncated(ids: number[], limit: number): number[] {
    return ids.slice(0, limit);
  }

  private limit({ contextLength = this.defaultLength }: EncodeOptions): number {
    checkRange(contextLength, "contextLength", { min: 2, integer: true });
    return contextLength;
  }
}

/**
 * CLIP's tokenizer: lower case, byte pairs with `</w>` at a word's end, start and end tokens, padded with the end token.
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
  protected readonly defaultLength = 77;
  protected readonly padId: number;

  private constructor(json: unknown) {
    super(json, "CLIP");
    this.startId = this.requireId("<|startoftext|>");
    this.padId = this.endId;
  }

  /**
   * From a `tokenizer.json`.
   *
   * @param json Its text, or the parsed object.
   * @returns The tokenizer.
   * @throws FILE_CORRUPT when it isn't a byte-pair tokenizer with CLIP's special tokens.
   */
  static fromJson(json: unknown): ClipTokenizer {
    return new ClipTokenizer(json);
  }

  /**
   * From `merges.txt`, with or without `vocab.json`.
   *
   * @param files The merges and perhaps the vocabulary.
   * @returns The tokenizer.
   * @throws FILE_CORRUPT when they aren't a byte-pair vocabulary.
   */
  static fromBpe(files: Omit<BpeFiles, "kind">): ClipTokenizer {
    return new ClipTokenizer(tokenizerJsonFromBpe({ ...files, kind: "clip" }));
  }

  /** The reference lowers character by character; JavaScript alone would make a capital sigma at a word's end a final one. */
  protected override prepared(text: string): string {
    return text.replaceAll("Σ", "σ");
  }

  protected override truncated(ids: number[], limit: number): number[] {
    return [...ids.slice(0, limit - 1), this.endId];
  }
}

/**
 * GPT-2's tokenizer: byte pairs with the space before a word inside its token; no special tokens are added.
 *
 * @example
 * ```ts
 * import { Gpt2Tokenizer } from "@rsdix/models";
 *
 * const tokenizer = Gpt2Tokenizer.fromBpe({ merges: ["s e", "se a"] }); // a toy; a model's own comes with its checkpoint
 * console.log(tokenizer.decode(tokenizer.encode("a sea."))); // a sea.
 * ```
 */
export class Gpt2Tokenizer extends BpeTokenizer {
  protected readonly defaultLength = 1024;
  // A real token ("!"), as in the original; only `lengths` says what is padding.
  protected readonly padId = 0;

  private constructor(json: unknown) {
    super(json, "GPT-2");
  }

  /**
   * From a `tokenizer.json`.
   *
   * @param json Its text, or the parsed object.
   * @returns The tokenizer.
   * @throws FILE_CORRUPT when it isn't a byte-pair tokenizer with `<|endoftext|>`.
   */
  static fromJson(json: unknown): Gpt2Tokenizer {
    return new Gpt2Tokenizer(json);
  }

  /**
   * From `merges.txt`, with or without `vocab.json`.
   *
   * @param files The merges and perhaps the vocabulary.
   * @returns The tokenizer.
   * @throws FILE_CORRUPT when they aren't a byte-pair vocabulary.
   */
  static fromBpe(files: Omit<BpeFiles, "kind">): Gpt2Tokenizer {
    return new Gpt2Tokenizer(tokenizerJsonFromBpe({ ...files, kind: "gpt2" }));
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    fail("FILE_CORRUPT", `tokenizer.json isn't valid JSON: ${(error as Error).message}`, error);
  }
}
