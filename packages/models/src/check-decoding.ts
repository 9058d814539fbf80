import { checkRange, checkSignal, fail, show } from "@rsdix/internal";
import { checkFloat32 } from "./check-tensors";
import type { DecodingOptions, StepModel } from "./generation";
import { checkRepetition } from "./repetition";

/** Throws unless what is decoded has scores, and can go on from them; both may change with every token. */
export function checkStepModel(model: StepModel, where: string): void {
  const { logits, advance } = model ?? {};
  const isTensor = typeof logits?.dataSync === "function";
  if (!isTensor || typeof advance !== "function") {
    fail(
      "INVALID_ARGUMENT",
      `${where}: the model must have logits, a tensor [rows, tokens], and advance(from, tokens), got ${show(model)}. Gpt2.decode makes one.`,
    );
  }
  if (logits.isDisposed) fail("INVALID_ARGUMENT", `${where}: the model's logits were disposed. Start again with Gpt2.decode.`);
  if (logits.shape.length !== 2 || logits.shape[1] === 0) {
    fail(
      "SHAPE_MISMATCH",
      `${where}: the model's logits must be [rows, tokens], got [${logits.shape.join(", ")}]; there must be at least one token.`,
    );
  }
  checkFloat32(logits, `${where}: the model's logits`);
}

/** More than searches gain by; each beam has a cache of its own, of GPT-2 small 5 MB for 67 tokens. */
const MAX_BEAMS = 1024;

/** Throws unless so many texts can be kept at every step. */
export function checkBeams(beams: number): void {
  checkRange(beams, "beams", { min: 1, max: MAX_BEAMS, integer: true });
}

/** Throws unless what all ways of decoding take makes sense for so many tokens. */
export function checkDecoding(options: DecodingOptions, tokens: number): void {
  const { maxTokens, stop, signal } = options;
  checkRange(maxTokens, "maxTokens", { min: 1, integer: true });
  if (!Array.isArray(stop)) fail("INVALID_ARGUMENT", `stop must be an array of token ids, [] for none; got ${show(stop)}.`);
  for (const token of stop) checkRange(token, "A stop token", { min: 0, max: tokens - 1, integer: true });
  checkSignal(signal);
  checkRepetition(options);
}
