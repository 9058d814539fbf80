import { fail } from "@rsdix/internal";
import { partsOfJson, partsOfModel, type SiglipParts } from "./siglip-file";
import { byteTokens, canonicalText, normalizedText, sentencePieceText } from "./siglip-text";
import { type Section, tokenSplitter } from "./split-tokens";
import { TextTokenizer, type TokenizerOptions, type TokenizerSource } from "./text-tokenizer";
import { Unigram } from "./unigram";

const UNKNOWN = "<unk>";
const END = "</s>";
const SPACE = "▁";

/**
 * SigLIP's tokenizer: small letters, no punctuation, single spaces; the most probable pieces of a Unigram model; `</s>` after them and
 * as padding, to 64 tokens.
 *
 * @example
 * ```ts
 * import { SiglipTokenizer } from "@rsdix/models";
 *
 * const tokenizer = SiglipTokenizer.fromJson({ // a toy; a model's own comes with its checkpoint
 *   model: { type: "Unigram", unk_id: 0, vocab: [["<unk>", 0], ["</s>", 0], ["▁a", -1], ["▁river", -2], ["s", -3], ["▁", -4]] },
 *   added_tokens: [{ id: 0, content: "<unk>", special: true }, { id: 1, content: "</s>", special: true }],
 *   normalizer: { type: "Lowercase" },
 *   pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "always" },
 *   post_processor: { type: "TemplateProcessing", single: [{ Sequence: { id: "A", type_id: 0 } }, { SpecialToken: { id: "</s>", type_id: 0 } }] },
 *   decoder: { type: "Metaspace" },
 * });
 * console.log(tokenizer.encode("A  rivers"), tokenizer.encodeBatch(["a"]).shape); // [ 2, 3, 4, 1 ] [ 1, 64 ]
 * ```
 *
 * @see https://arxiv.org/abs/2303.15343
 */
export class SiglipTokenizer extends TextTokenizer {
  /** How many tokens there are. */
  readonly vocabSize: number;
  /** The id of `</s>`, which is last and fills up. */
  readonly endId: number;
  protected readonly padId: number;
  protected readonly className = "SiglipTokenizer";
  protected override readonly defaultPad = "context";
  private readonly unknownId: number;
  private readonly tokens: string[];
  private readonly sections: (text: string) => Section[];
  private readonly special: ReadonlySet<string>;
  private readonly model: Unigram;
  /** How many pieces come of `<unk>` written out: they precede each text, see `piecesOf`. */
  private readonly prefixLength: number;

  private constructor(
    private readonly parts: SiglipParts,
    options: TokenizerOptions,
    source: TokenizerSource,
  ) {
    super(options, 64, source);
    this.vocabSize = parts.ids.size;
    this.tokens = [...parts.ids.keys()].sort((a, b) => parts.ids.get(a)! - parts.ids.get(b)!);
    this.sections = tokenSplitter(parts.special);
    this.special = new Set(parts.special.map(({ content }) => content));
    this.model = new Unigram(parts.scores);
    this.endId = this.requireId(END);
    this.padId = this.endId;
    this.unknownId = this.requireId(UNKNOWN);
    this.prefixLength = this.rawPieces(UNKNOWN).length;
  }

  /**
   * From a `tokenizer.json`.
   *
   * @param json Its text, or the parsed object.
   * @param options The most tokens of a text, 64 unless told otherwise.
   * @returns The tokenizer.
   * @throws FILE_CORRUPT when it isn't a Unigram tokenizer with SigLIP's rules and special tokens; FILE_TOO_LARGE.
   */
  static fromJson(json: unknown, options: TokenizerOptions = {}): SiglipTokenizer {
    return new SiglipTokenizer(partsOfJson(json), options, { name: "tokenizer.json", content: json });
  }

  /**
   * From a SentencePiece model: `spiece.model` in SigLIP's checkpoints.
   *
   * @param bytes The file.
   * @param options The most tokens of a text, 64 unless told otherwise.
   * @returns The tokenizer.
   * @throws FILE_CORRUPT when it is damaged, no Unigram model, or lacks `<unk>` or `</s>`; FILE_TOO_LARGE; INVALID_ARGUMENT.
   */
  static fromSentencePiece(bytes: Uint8Array, options: TokenizerOptions = {}): SiglipTokenizer {
    if (!(bytes instanceof Uint8Array)) fail("INVALID_ARGUMENT", `A SentencePiece model must be a Uint8Array, got ${typeof bytes}.`);
    return new SiglipTokenizer(partsOfModel(bytes), options, { name: "spiece.model", content: bytes });
  }

  override tokenId(token: string): number | undefined {
    return this.parts.ids.get(token);
  }

  protected override idsOf(text: string): number[] {
    const { lowercase } = this.parts.text;
    const marked = SPACE + text.replaceAll(SPACE, " ");
    // Letter by letter, as the reference: of a whole word JavaScript would make a last capital sigma a final one.
    const lowered = lowercase ? marked.replaceAll("Σ", "σ").toLowerCase() : marked;
    const pieces = this.sections(lowered).flatMap(({ token, text: between }) => (token ? [token.content] : this.piecesOf(between)));
    if (pieces.length > 1 && pieces[0] === SPACE && this.special.has(pieces[1]!)) pieces.shift();
    const ids = pieces.map((piece) => this.parts.ids.get(piece) ?? this.unknownId);
    return ids.at(-1) === this.endId ? ids : [...ids, this.endId];
  }

  protected override textOf(ids: number[]): string {
    const tokens = ids.map((id) => this.tokens[id]!).filter((token) => !this.special.has(token));
    return sentencePieceText(tokens, this.parts.byteFallback);
  }

  protected override truncated(ids: number[], limit: number): number[] {
    const kept = ids.slice(0, limit - 1);
    return kept.at(-1) === this.endId ? kept : [...kept, this.endId];
  }

  /**
   * The pieces of a text between special tokens. The reference writes `<unk>` before the text, so that SentencePiece doesn't remove its
   * first space, and takes as many pieces off again; the same is done here, as its sums of scores run over both.
   */
  private piecesOf(text: string): string[] {
    const { removePunctuation } = this.parts.text;
    const pieces = this.rawPieces(UNKNOWN + canonicalText(text, removePunctuation));
    return pieces.slice(this.prefixLength);
  }

  private rawPieces(text: string): string[] {
    const { parts } = this;
    const { charsmap, removeExtraSpaces } = parts.text;
    const pieces: string[] = [];
    let unknown = false;
    for (const piece of this.model.split(normalizedText(text, charsmap, removeExtraSpaces))) {
      const known = parts.scores.has(piece);
      if (known) pieces.push(piece);
      else if (parts.byteFallback) pieces.push(...byteTokens(piece));
      else if (unknown) pieces[pieces.length - 1] += piece;
      else pieces.push(piece);
      unknown = !known;
    }
    return pieces;
  }
}
