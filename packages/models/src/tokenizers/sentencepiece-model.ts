import { fail } from "@rsdix/internal";
import { ProtobufReader } from "./protobuf-reader";

/** What kind a piece is, as the file numbers them. */
export const PIECE_TYPE = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/** A piece of a SentencePiece model; its place in the list is its id. */
export interface Piece {
  readonly piece: string;
  readonly score: number;
  readonly type: number;
}

/** What a SentencePiece model file says that tokenizing needs. */
export interface SentencePieceModel {
  readonly pieces: readonly Piece[];
  readonly byteFallback: boolean;
  readonly charsmap: Uint8Array | undefined;
  readonly removeExtraSpaces: boolean;
}

/** Of T5's size the files have 0.8 MB, multilingual ones 4.3 MB. */
const MAX_BYTES = 2 ** 25;
/** The largest vocabularies of these models have 250,000 pieces. */
const MAX_PIECES = 300_000;

/**
 * Reads a SentencePiece model (`spiece.model`, `tokenizer.model`): a protocol buffer.
 *
 * @see https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto
 */
export function readSentencePieceModel(bytes: Uint8Array): SentencePieceModel {
  if (bytes.length > MAX_BYTES) fail("FILE_TOO_LARGE", `The SentencePiece model has ${bytes.length} bytes, more than ${MAX_BYTES}.`);
  const pieces: Piece[] = [];
  let trainer = { modelType: 1, byteFallback: false, suffix: false };
  let normalizer: Omit<SentencePieceModel, "pieces" | "byteFallback"> = { charsmap: undefined, removeExtraSpaces: true };
  const file = new ProtobufReader(bytes);
  for (let field = file.next(); field; field = file.next()) {
    if (field === 1) {
      if (pieces.length === MAX_PIECES) fail("FILE_TOO_LARGE", `The SentencePiece model has more than ${MAX_PIECES} pieces.`);
      pieces.push(readPiece(file.message()));
    } else if (field === 2) trainer = readTrainer(file.message());
    else if (field === 3) normalizer = readNormalizer(file.message());
    else file.skip();
  }
  if (trainer.modelType !== 1) refuse(`a model of type ${trainer.modelType}, where Unigram (1) is what SigLIP has`);
  if (trainer.suffix) refuse("spaces at the end of words");
  return { pieces, byteFallback: trainer.byteFallback, ...normalizer };
}

function readPiece(message: ProtobufReader): Piece {
  let piece = "";
  let score = 0;
  let type: number = PIECE_TYPE.normal;
  for (let field = message.next(); field; field = message.next()) {
    if (field === 1) piece = message.text();
    else if (field === 2) score = message.float();
    else if (field === 3) type = message.varint();
    else message.skip();
  }
  return { piece, score, type };
}

function readTrainer(message: ProtobufReader) {
  const trainer = { modelType: 1, byteFallback: false, suffix: false };
  for (let field = message.next(); field; field = message.next()) {
    if (field === 3) trainer.modelType = message.varint();
    else if (field === 24) trainer.suffix = message.varint() !== 0;
    else if (field === 35) trainer.byteFallback = message.varint() !== 0;
    else message.skip();
  }
  return trainer;
}

function readNormalizer(message: ProtobufReader) {
  let charsmap: Uint8Array | undefined;
  let removeExtraSpaces = true;
  for (let field = message.next(); field; field = message.next()) {
    if (field === 2) charsmap = message.bytes();
    else if (field === 4) removeExtraSpaces = message.varint() !== 0;
    else if (field === 5) {
      if (message.varint() === 0) refuse("spaces that stay spaces");
    } else message.skip();
  }
  return { charsmap: charsmap?.length ? charsmap : undefined, removeExtraSpaces };
}

function refuse(what: string): never {
  fail("FILE_CORRUPT", `This SentencePiece model has ${what}, which isn't supported here.`);
}
