// What both sides are given: the same numbers.
import { createNumbers, INPUTS } from "../backend/numbers.mjs";

/** Normalised pixels, [batch, 3, 224, 224]. */
export const pixels = (batch) => createNumbers(INPUTS).floats(batch * 3 * 224 * 224, 1);

const [START, END, TOKENS] = [49406, 49407, 77];

/** Captions as CLIP's tokenizer gives them, [batch, 77]: a start, 12 to 20 words, and end tokens to the last position. */
export function captions(batch) {
  const ids = createNumbers(INPUTS).ids(batch * TOKENS, START);
  for (let text = 0; text < batch; text++) {
    ids[text * TOKENS] = START;
    ids.fill(END, text * TOKENS + 13 + (text % 9), (text + 1) * TOKENS);
  }
  return { ids, shape: [batch, TOKENS] };
}

/** Captions for SigLIP, padded to its 64 tokens: 12 to 20 words, an end token and as many of padding as it takes, which is the same. */
export function siglipCaptions(batch) {
  const ids = createNumbers(INPUTS).ids(batch * 64, 32000);
  for (let text = 0; text < batch; text++) ids.fill(1, text * 64 + 12 + (text % 9), (text + 1) * 64);
  return { ids, shape: [batch, 64] };
}

/** Pairs in a training step whose memory is measured. */
export const TRAINED = 64;

/** What GPT-2 goes on from: 40 tokens, as many as ClipCap's prefix has. And how many it generates. */
export const PROMPT = 40;
export const GENERATED = 30;
export const BEAMS = 5;
export const SAMPLING = { p: 0.9, topK: 50, temperature: 1 };
export function prompts(batch) {
  return { ids: createNumbers(INPUTS).ids(batch * PROMPT, 50256), lengths: new Int32Array(batch).fill(PROMPT), shape: [batch, PROMPT] };
}

/** Captions for a sentence encoder, padded to the longest: [CLS], 12 to 20 words and [SEP]. */
export function sentences(batch) {
  const lengths = Int32Array.from({ length: batch }, (_, text) => 14 + (text % 9));
  const length = Math.max(...lengths);
  const ids = createNumbers(INPUTS).ids(batch * length, 30522);
  for (let text = 0; text < batch; text++) {
    ids[text * length] = 101;
    ids[text * length + lengths[text] - 1] = 102;
    ids.fill(0, text * length + lengths[text], (text + 1) * length);
  }
  return { ids, lengths, shape: [batch, length] };
}

/** Embeddings of images, [batch, 512]. */
export const embeddings = (batch) => createNumbers(INPUTS).floats(batch * 512, 1);

/** "clip-image-b8" is { kind: "clip-image", batch: 8 }. */
export function parseWorkload(name) {
  const [, kind, batch] = /^(.*?)(?:-b(\d+))?$/.exec(name);
  return { kind, batch: Number(batch ?? 1) };
}
