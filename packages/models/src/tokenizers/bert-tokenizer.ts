import { WordPiece, WordPieceDecoder } from "@huggingface/tokenizers";
import { checkOptions, fail } from "@rsdix/internal";
import { type BertParts, checkBertFile, MAX_WORD_LENGTH, vocabularyOfLines } from "./bert-file";
import { type BertTextOptions, bertWords } from "./bert-text";
import { packPairs, type TokenPairBatch } from "./pairs";
import { type Section, tokenSplitter } from "./split-tokens";
import { type EncodeBatchOptions, TextTokenizer, type TokenizerOptions, type TokenizerSource } from "./text-tokenizer";

/** How a `BertTokenizer` is set up. */
export interface BertTokenizerOptions extends TokenizerOptions, BertTextOptions {}

const TEXT_OPTIONS = ["lowercase", "stripAccents", "splitChinese", "cleanText"] as const;

/**
 * BERT's tokenizer: words in small letters without accents, each cut into the longest pieces that the vocabulary has, `[CLS]` before
 * and `[SEP]` after, padded with `[PAD]`. 512 tokens at most unless the file or an option says otherwise: Sentence-BERT models take
 * 128 or 256.
 *
 * @example
 * ```ts
 * import { BertTokenizer } from "@rsdix/models";
 *
 * const vocab = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "river", "##s"]; // a toy; a model's own comes with its checkpoint
 * const tokenizer = BertTokenizer.fromVocab(vocab.join("\n"), { contextLength: 256 });
 * const { ids, lengths, shape } = tokenizer.encodeBatch(["A river", "Rivers!"]);
 * console.log(shape, lengths, ids); // [ 2, 5 ] [ 4, 5 ] [ 2, 5, 6, 3, 0, 2, 6, 7, 1, 3 ]
 * ```
 *
 * @see https://arxiv.org/abs/1810.04805
 */
export class BertTokenizer extends TextTokenizer {
  /** How many tokens there are. */
  readonly vocabSize: number;
  /** The id of `[CLS]`, which is first. */
  readonly clsId: number;
  /** The id of `[SEP]`, which is last. */
  readonly sepId: number;
  /** The id of `[PAD]`. */
  readonly padId: number;
  protected readonly className = "BertTokenizer";
  private readonly unknownId: number;
  private readonly ids: ReadonlyMap<string, number>;
  private readonly tokens: string[];
  private readonly special: ReadonlySet<string>;
  private readonly sections: (text: string) => Section[];
  private readonly model: WordPiece;
  private readonly decoder: WordPieceDecoder;
  private readonly text: BertTextOptions;

  private constructor(parts: BertParts, options: BertTokenizerOptions, source: TokenizerSource) {
    checkOptions(options, ["contextLength", ...TEXT_OPTIONS], "A BERT tokenizer");
    const { contextLength = parts.contextLength, ...text } = options;
    for (const key of TEXT_OPTIONS) {
      if (text[key] !== undefined && typeof text[key] !== "boolean")
        fail("INVALID_ARGUMENT", `${key} must be true or false, got ${text[key]}.`);
    }
    super({ contextLength }, contextLength, source);
    this.text = { ...parts.text, ...text };
    this.ids = parts.ids;
    this.vocabSize = parts.ids.size;
    this.tokens = [...parts.ids.keys()].sort((a, b) => parts.ids.get(a)! - parts.ids.get(b)!);
    this.special = new Set(parts.addedTokens.filter(({ special }) => special).map(({ content }) => content));
    this.sections = tokenSplitter(parts.addedTokens);
    this.model = new WordPiece({
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: MAX_WORD_LENGTH,
      vocab: Object.fromEntries(parts.ids),
    });
    this.decoder = new WordPieceDecoder({ type: "WordPiece", prefix: "##", cleanup: parts.tidy });
    this.clsId = this.requireId("[CLS]");
    this.sepId = this.requireId("[SEP]");
    this.padId = this.requireId("[PAD]");
    this.unknownId = this.requireId("[UNK]");
  }

  /**
   * From a `tokenizer.json`.
   *
   * @param json Its text, or the parsed object.
   * @param options The most tokens of a text (the file's truncation unless told otherwise, else 512), and how text is treated (as the
   * file says unless told otherwise).
   * @returns The tokenizer.
   * @throws FILE_CORRUPT when it isn't a WordPiece tokenizer with BERT's rules and special tokens; FILE_TOO_LARGE; INVALID_ARGUMENT;
   * UNKNOWN_OPTION.
   */
  static fromJson(json: unknown, options: BertTokenizerOptions = {}): BertTokenizer {
    return new BertTokenizer(checkBertFile(json), options, { name: "tokenizer.json", content: json });
  }

  /**
   * From a `vocab.txt`: a token a line, the line is its id.
   *
   * @param text The file's text.
   * @param options The most tokens of a text (512) and how text is treated (as for the uncased models).
   * @returns The tokenizer.
   * @throws FILE_CORRUPT when a token comes twice or a special token is missing; FILE_TOO_LARGE; INVALID_ARGUMENT; UNKNOWN_OPTION.
   */
  static fromVocab(text: string, options: BertTokenizerOptions = {}): BertTokenizer {
    return new BertTokenizer(vocabularyOfLines(text), options, { name: "vocab.txt", content: text });
  }

  /**
   * Pairs of texts to one padded batch: `[CLS] first [SEP] second [SEP]`, with the types that tell first from second. (Of single texts
   * every token's type is 0.)
   *
   * @param pairs Any number of pairs, at least one.
   * @param options The limit, what to do beyond it (`truncate` cuts the longer of the two first), and how far to pad.
   * @returns Ids and types [pairs, tokens] and each row's length.
   * @throws INVALID_ARGUMENT when there is no pair or one is too long, UNKNOWN_OPTION.
   */
  encodePairs(pairs: readonly (readonly [string, string])[], options: EncodeBatchOptions = {}): TokenPairBatch {
    const { clsId, sepId, padId, contextLength } = this;
    const isPair = (pair: unknown) => Array.isArray(pair) && pair.length === 2 && pair.every((text) => typeof text === "string");
    if (!Array.isArray(pairs) || pairs.length === 0 || !pairs.every(isPair)) {
      fail("INVALID_ARGUMENT", "encodePairs needs an array of at least one pair of texts.");
    }
    const bare = (text: string) => this.idsOf(text.replace(/\p{Surrogate}/gu, "\ufffd")).slice(1, -1);
    const ids = pairs.map(([a, b]) => [bare(a), bare(b)] as const);
    return packPairs(ids, { clsId, sepId, padId, contextLength }, options);
  }

  override tokenId(token: string): number | undefined {
    return this.ids.get(token);
  }

  protected override textSettings(): Record<string, unknown> {
    const { lowercase, stripAccents, splitChinese, cleanText } = this.text;
    return { do_lower_case: lowercase, strip_accents: stripAccents, tokenize_chinese_chars: splitChinese, clean_text: cleanText };
  }

  protected override idsOf(text: string): number[] {
    const inner = this.sections(text).flatMap(({ token, text: between }) =>
      token ? [token.id] : this.model.encode(bertWords(between, this.text)).map((piece) => this.ids.get(piece) ?? this.unknownId),
    );
    return [this.clsId, ...inner, this.sepId];
  }

  protected override textOf(ids: number[]): string {
    return this.decoder.decode(ids.map((id) => this.tokens[id]!).filter((token) => !this.special.has(token)));
  }

  protected override truncated(ids: number[], limit: number): number[] {
    return [...ids.slice(0, limit - 1), this.sepId];
  }
}
