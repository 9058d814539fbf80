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

/** Throws unless images can be embedded by it. */
export function checkCaptionEncoder(encoder: ImageTextModel, where: string): void {
  if (typeof encoder?.embedImages === "function") return;
  fail("INVALID_ARGUMENT", `${where}: the encoder must be a model with embedImages, a Clip or a Siglip, got ${show(encoder)}.`);
}

/** Throws unless what is called after each batch can be called. */
export function checkProgress(onProgress: CaptionOptions["onProgress"]): void {
  if (onProgress === undefined || typeof onProgress === "function") return;
  fail("INVALID_ARGUMENT", `onProgress must be a function of how many captions are done, got ${show(onProgress)}.`);
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
