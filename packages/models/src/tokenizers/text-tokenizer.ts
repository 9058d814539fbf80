import { checkOptions, checkRange, fail, show } from "@rsdix/internal";
import { padTokens, type TokenBatch } from "../token-batch";

/** How long texts are treated. */
export interface EncodeOptions {
  /** The most tokens that a text may have, special tokens included. Default: the tokenizer's own `contextLength`. */
  readonly contextLength?: number;
  /** Cut longer texts (the special tokens around them stay) instead of throwing. Default false. */
  readonly truncate?: boolean;
}

/** How a batch is padded, too. */
export interface EncodeBatchOptions extends EncodeOptions {
  /** Pad to the longest text or to `contextLength`. Default: as the model was trained, "context" for SigLIP and "longest" for the others. */
  readonly pad?: "longest" | "context";
}

/** How a tokenizer is set up. */
export interface TokenizerOptions {
  /** The most tokens that a text may have unless a call says otherwise, special tokens included. Default: what the model takes. */
  readonly contextLength?: number;
}

/** A tokenizer's files by name: their text, or bytes. */
export type TokenizerContents = ReadonlyMap<string, string | Uint8Array>;

/** The file that a tokenizer was made of; of a JSON file perhaps what it says. */
export interface TokenizerSource {
  readonly name: "tokenizer.json" | "vocab.txt" | "spiece.model";
  readonly content: unknown;
}

/** What tokenizers were made of: all of a model's files, or the one that a maker was given. */
const MADE_OF = new WeakMap<TextTokenizer, TokenizerContents | TokenizerSource>();

/** From now on these are the tokenizer's files: those that it was made of, so that they are written again as they were. */
export function keepFiles(tokenizer: TextTokenizer, files: TokenizerContents): void {
  MADE_OF.set(tokenizer, files);
}

/** What all tokenizers share: limits, cutting, padding and checks around a text's ids. */
export abstract class TextTokenizer {
  /** The most tokens that a text may have unless a call says otherwise, special tokens included. */
  readonly contextLength: number;
  /** How many tokens there are. */
  abstract readonly vocabSize: number;
  /** What fills a batch's rows. */
  protected abstract readonly padId: number;
  protected readonly defaultPad: "longest" | "context" = "longest";

  /** The class's name in a `tokenizer_config.json`. */
  protected abstract readonly className: string;

  constructor(options: TokenizerOptions, defaultLength: number, source: TokenizerSource) {
    checkOptions(options, ["contextLength"], "A tokenizer");
    const { contextLength = defaultLength } = options;
    checkRange(contextLength, "contextLength", { min: 2, integer: true });
    this.contextLength = contextLength;
    MADE_OF.set(this, source);
  }

  /**
   * A token's id.
   *
   * @param token The token as the vocabulary spells it.
   * @returns Its id, undefined when there is no such token.
   */
  abstract tokenId(token: string): number | undefined;

  /**
   * Text to token ids. Half of a surrogate pair, which no encoding of text has, counts as U+FFFD.
   *
   * @param text Any text.
   * @param options The limit and what to do beyond it.
   * @returns Token ids with the model's special tokens around them.
   * @throws INVALID_ARGUMENT when the text isn't a string or too long, UNKNOWN_OPTION.
   */
  encode(text: string, options: EncodeOptions = {}): number[] {
    checkOptions(options, ["contextLength", "truncate"], "encode");
    const limit = this.limit(options);
    if (typeof text !== "string") fail("INVALID_ARGUMENT", `The text must be a string, got ${typeof text}.`);
    const ids = this.idsOf(text.replace(/\p{Surrogate}/gu, "\ufffd"));
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
    const { pad = this.defaultPad, ...rest } = checkOptions(options, ["contextLength", "truncate", "pad"], "encodeBatch");
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
   * @throws INVALID_ARGUMENT when an id is outside the vocabulary, or `ids` is no array of them.
   */
  decode(ids: ArrayLike<number>): string {
    if (!Number.isSafeInteger(ids?.length)) fail("INVALID_ARGUMENT", `decode takes an array of token ids, got ${show(ids)}.`);
    const list: number[] = [];
    for (let i = 0; i < ids.length; i++) {
      checkRange(ids[i], "A token id", { min: 0, max: this.vocabSize - 1, integer: true }); // before the next, of a length that may be made up
      list.push(ids[i]!);
    }
    return list.length === 0 ? "" : this.textOf(list);
  }

  /**
   * The files that it can be made of again, by `tokenizerFromFiles` and by transformers; a model's `save` writes them.
   *
   * @returns Contents by file name: the model's own where it came with one; else the vocabulary as it was given, and a `tokenizer_config.json`
   *   with class, length, and how text is treated.
   */
  toFiles(): Map<string, string | Uint8Array> {
    const source = MADE_OF.get(this)!; // the constructor sets it
    if (source instanceof Map) return new Map(source);
    const { name, content } = source as TokenizerSource;
    const isFile = typeof content === "string" || content instanceof Uint8Array;
    const config = { tokenizer_class: this.className, model_max_length: this.contextLength, ...this.textSettings() };
    return new Map([
      [name, isFile ? content : JSON.stringify(content)],
      ["tokenizer_config.json", `${JSON.stringify(config, null, 2)}\n`],
    ]);
  }

  /** How text is treated, as a `tokenizer_config.json` says it. */
  protected textSettings(): Record<string, unknown> {
    return {};
  }

  /** The ids of well-formed text, special tokens included, of any length. */
  protected abstract idsOf(text: string): number[];

  /** The text of at least one id of the vocabulary. */
  protected abstract textOf(ids: number[]): string;

  /** The first `limit` of more ids, the special tokens at the end kept. */
  protected abstract truncated(ids: number[], limit: number): number[];

  protected requireId(token: string): number {
    return this.tokenId(token) ?? fail("FILE_CORRUPT", `The tokenizer has no "${token}".`);
  }

  private limit({ contextLength = this.contextLength }: EncodeOptions): number {
    checkRange(contextLength, "contextLength", { min: 2, integer: true });
    return contextLength;
  }
}
