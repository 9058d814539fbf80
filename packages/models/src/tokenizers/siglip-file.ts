import { fail, isRecord, show } from "@rsdix/internal";
import { Charsmap } from "./charsmap";
import { own } from "./json-text";
import { PIECE_TYPE, type Piece, readSentencePieceModel } from "./sentencepiece-model";
import { type AddedToken, checkIds, checkPart, corrupt, readTokenizerFile } from "./tokenizer-file";

/** How texts are treated before the pieces. */
interface SiglipText {
  readonly lowercase: boolean;
  readonly removePunctuation: boolean;
  readonly charsmap: Charsmap | undefined;
  readonly removeExtraSpaces: boolean;
}

/** What a SigLIP tokenizer is made of. */
export interface SiglipParts {
  readonly ids: ReadonlyMap<string, number>;
  /** Scores of the pieces that text is made of. */
  readonly scores: ReadonlyMap<string, number>;
  readonly special: readonly AddedToken[];
  readonly text: SiglipText;
  readonly byteFallback: boolean;
}

/** SentencePiece's own limit is 16 characters unless training was told otherwise. */
const MAX_PIECE_LENGTH = 256;
/** Log-probabilities are -30 to 0; sums of these stay within float32. */
const MAX_SCORE = 1e6;

const ASCII_PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/** From a `spiece.model`. */
export function partsOfModel(bytes: Uint8Array): SiglipParts {
  const model = readSentencePieceModel(bytes);
  const flags = { lstrip: true, rstrip: true, normalized: false, special: true };
  const special = model.pieces.flatMap(({ piece }, id): AddedToken[] =>
    piece === "</s>" || piece === "<unk>" ? [{ content: piece, id, ...flags }] : [],
  );
  return assemble(model.pieces, special, model.byteFallback, {
    lowercase: true,
    removePunctuation: true,
    charsmap: model.charsmap && new Charsmap(model.charsmap),
    removeExtraSpaces: model.removeExtraSpaces,
  });
}

/** From a `tokenizer.json`. */
export function partsOfJson(json: unknown): SiglipParts {
  const file = readTokenizerFile(json, "SigLIP", "Unigram");
  const vocab = own(file.model, "vocab");
  const unknown = own(file.model, "unk_id");
  const byteFallback = own(file.model, "byte_fallback") ?? false;
  if (!Array.isArray(vocab)) corrupt(`the vocabulary of a Unigram model must be an array, got ${show(vocab)}`);
  if (typeof byteFallback !== "boolean") corrupt(`byte_fallback must be true or false, got ${show(byteFallback)}`);
  const special = new Set(file.addedTokens.filter((token) => token.special).map(({ content }) => content));
  const pieces = vocab.map((entry, id): Piece => {
    const [piece, score] = Array.isArray(entry) && entry.length === 2 ? entry : [undefined, undefined];
    if (typeof piece !== "string" || typeof score !== "number") corrupt(`entry ${id} of the vocabulary must be a piece and its score`);
    const byte = byteFallback && /^<0x[0-9A-F]{2}>$/.test(piece) ? PIECE_TYPE.byte : PIECE_TYPE.normal;
    return { piece, score, type: id === unknown ? PIECE_TYPE.unknown : special.has(piece) ? PIECE_TYPE.control : byte };
  });
  checkMetaspace(file.preTokenizer);
  checkPart(own(file.postProcessor, "single"), [EOS_LAST], "post_processor's single");
  return assemble(pieces, file.addedTokens, byteFallback, readNormalizers(file.normalizer));
}

const EOS_LAST = [{ Sequence: { id: "A", type_id: 0 } }, { SpecialToken: { id: "</s>", type_id: 0 } }];

function assemble(pieces: readonly Piece[], special: readonly AddedToken[], byteFallback: boolean, text: SiglipText): SiglipParts {
  const scores = new Map<string, number>();
  for (const [id, { piece, score, type }] of pieces.entries()) {
    if (piece === "" || piece.length > MAX_PIECE_LENGTH)
      damaged(`piece ${id} has ${piece.length} characters, expected 1 to ${MAX_PIECE_LENGTH}`);
    if (!(Math.abs(score) <= MAX_SCORE)) damaged(`the score of ${JSON.stringify(piece)} is ${score}`);
    if (type === PIECE_TYPE.userDefined) damaged(`${JSON.stringify(piece)} is a user-defined piece, which isn't supported here`);
    if (type === PIECE_TYPE.normal) scores.set(piece, Math.fround(score));
  }
  if (pieces.filter(({ type }) => type === PIECE_TYPE.unknown).length !== 1) damaged("it must have one unknown piece");
  if (pieces.find(({ type }) => type === PIECE_TYPE.unknown)!.piece !== "<unk>") damaged('its unknown piece must be "<unk>"');
  const ids = checkIds(
    pieces.map(({ piece }, id) => [piece, id]),
    special,
  );
  if (ids.size < pieces.length) damaged("two pieces are the same");
  if (byteFallback && !ids.has("<0x00>")) damaged("it falls back to bytes, but has no pieces for them");
  return { ids, scores, special, text, byteFallback };
}

/** What the normalizers of a tokenizer.json come to. Theirs are the reference's steps in the reference's order. */
function readNormalizers(normalizer: unknown): SiglipText {
  const list = own(normalizer, "type") === "Sequence" ? own(normalizer, "normalizers") : normalizer === null ? [] : [normalizer];
  if (!Array.isArray(list)) corrupt("its normalizers must be an array");
  const kinds = list.map(kindOf);
  const order = ["lowercase", "punctuation", "spaces", "strip", "charsmap", "twoSpaces"];
  if (kinds.some((kind, i) => i > 0 && order.indexOf(kind) <= order.indexOf(kinds[i - 1]!))) {
    corrupt(`its normalizers are ${kinds.join(", ")}; SigLIP's are ${order.join(", ")}, in this order`);
  }
  if (kinds.includes("punctuation") && !kinds.includes("spaces"))
    corrupt("its normalizers remove punctuation, but not the spaces around it");
  const precompiled = own(list[kinds.indexOf("charsmap")], "precompiled_charsmap");
  return {
    lowercase: kinds.includes("lowercase"),
    removePunctuation: kinds.includes("punctuation"),
    charsmap: typeof precompiled === "string" && precompiled !== "" ? new Charsmap(fromBase64(precompiled)) : undefined,
    removeExtraSpaces: true,
  };
}

function kindOf(normalizer: unknown): string {
  const type = own(normalizer, "type");
  if (type === "Lowercase") return "lowercase";
  if (type === "Precompiled") return "charsmap";
  if (type === "Strip") return "strip";
  const pattern = own(own(normalizer, "pattern"), "Regex");
  const content = own(normalizer, "content");
  if (type === "Replace" && typeof pattern === "string") {
    if (pattern === "\\s+" && content === " ") return "spaces";
    if (pattern === " {2,}" && (content === " " || content === "▁")) return "twoSpaces";
    if (content === "" && isPunctuationClass(pattern)) return "punctuation";
  }
  corrupt(`it has a normalizer that SigLIP has not: ${JSON.stringify(normalizer)?.slice(0, 100)}`);
}

/** Whether a pattern is `[…]` of ASCII's punctuation, escaped in whatever way; it is compared, never compiled. */
function isPunctuationClass(pattern: string): boolean {
  if (pattern.length > 100 || !pattern.startsWith("[") || !pattern.endsWith("]")) return false;
  return pattern.slice(1, -1).replace(/\\(.)/g, "$1") === ASCII_PUNCTUATION;
}

/** `▁` for spaces and before the first word; some files say first that words end at spaces, which comes to the same. */
function checkMetaspace(part: unknown): void {
  const list = own(part, "type") === "Sequence" ? own(part, "pretokenizers") : [part];
  const parts: unknown[] = Array.isArray(list) ? list : [];
  const last = own(parts[0], "type") === "WhitespaceSplit" ? parts[1] : parts[0];
  if (!isRecord(last) || last !== parts.at(-1) || last.type !== "Metaspace" || last.replacement !== "▁") {
    corrupt(`its pre_tokenizer must be Metaspace with "▁", got ${JSON.stringify(part)?.slice(0, 100)}`);
  }
  const scheme = last.prepend_scheme ?? (last.add_prefix_space === false ? "never" : "always");
  if (scheme !== "always" && scheme !== "first") corrupt("its pre_tokenizer puts no space before the first word, as SigLIP's does");
}

function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch (error) {
    corrupt("its precompiled_charsmap isn't base64", error);
  }
}

function damaged(what: string): never {
  fail("FILE_CORRUPT", `Not a usable Unigram vocabulary: ${what}.`);
}
