import { fail, show } from "@rsdix/internal";
import type { CaptionOptions, CaptionTokenizer } from "./caption";
import type { ImageTextModel } from "./image-text-model";
import type { Vocabulary } from "./vocabulary";

/** Throws unless ids can be made of texts, and texts of ids. */
export function checkCaptionTokenizer(tokenizer: CaptionTokenizer, where: string): void {
  if (typeof tokenizer?.encode === "function" && typeof tokenizer.decode === "function") return;
  fail(
    "INVALID_ARGUMENT",
    `${where}: the tokenizer must have encode(text) and decode(ids), got ${show(tokenizer)}. Give the one of the captions that the model was trained on, for example a Gpt2Tokenizer.`,
  );
}

/** An encoder's embeddings of images. Throws unless there is one of the right width for each. */
export function checkEmbedded(embedded: Float32Array, images: number, width: number): Float32Array {
  if (embedded instanceof Float32Array && embedded.length === images * width) return embedded;
  const got = embedded instanceof Float32Array ? `${embedded.length} numbers in all` : show(embedded);
  const expected = `captionImages: the encoder must give embeddings [${images}, ${width}], a row an image, as a Float32Array`;
  return fail("SHAPE_MISMATCH", `${expected}, got ${got}. Use the CLIP that the captioner was made for.`);
}

/** Throws unless images can be embedded by it. */
export function checkCaptionEncoder(encoder: ImageTextModel, where: string): void {
  if (typeof encoder?.embedImages === "function") return;
  fail("INVALID_ARGUMENT", `${where}: the encoder must be a model with embedImages, a Clip or a Siglip, got ${show(encoder)}.`);
}

/** The rows of the tokens that end a caption: those named, or "." and " ." as far as tokenizer and model have them. */
export function stopRows(tokenizer: CaptionTokenizer, vocabulary: Vocabulary, stop: CaptionOptions["stop"]): number[] {
  if (stop === undefined) {
    const usual = [".", " ."].map((token) => idsOf(tokenizer, token)).flatMap((ids) => (ids.length === 1 ? ids : []));
    return [...vocabulary.rowsOf(usual.filter((id) => vocabulary.has(id)))];
  }
  if (!Array.isArray(stop) || stop.some((token) => typeof token !== "string")) {
    fail("INVALID_ARGUMENT", `stop must be an array of tokens as text, for example ["."], and [] for none; got ${show(stop)}.`);
  }
  return stop.map((token) => {
    const [id, ...more] = idsOf(tokenizer, token);
    if (id === undefined || more.length > 0) {
      fail("INVALID_ARGUMENT", `stop must name single tokens, and ${JSON.stringify(token)} isn't one.`);
    }
    if (!vocabulary.has(id)) {
      fail("INVALID_ARGUMENT", `stop: no caption can end with ${JSON.stringify(token)}, as the model holds no token ${id}. Leave it out.`);
    }
    return vocabulary.rowsOf([id])[0]!;
  });
}

/** The text of tokens, as the tokenizer has it. */
export function textOf(tokenizer: CaptionTokenizer, ids: Int32Array): string {
  const text: unknown = tokenizer.decode(ids);
  if (typeof text !== "string") fail("INVALID_ARGUMENT", `The tokenizer's decode must return a text, got ${show(text)}.`);
  return text;
}

function idsOf(tokenizer: CaptionTokenizer, text: string): number[] {
  const ids: unknown = tokenizer.encode(text);
  if (Array.isArray(ids)) return ids;
  fail("INVALID_ARGUMENT", `The tokenizer's encode must return an array of token ids, got ${show(ids)}.`);
}
