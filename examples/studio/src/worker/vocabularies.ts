import { ClipTokenizer, Gpt2Tokenizer } from "@rsdix/models";
import { beside } from "./place";

const CLIP_TOKENS = 49408;
const GPT2_TOKENS = 50257;

/** CLIP's own vocabulary, which lies beside the page, for a model whose files have none, as the demo's. */
export async function usualClipTokenizer(vocabSize: number): Promise<ClipTokenizer | undefined> {
  if (vocabSize !== CLIP_TOKENS) return undefined;
  return ClipTokenizer.fromBpe({ merges: (await text("clip-merges.txt")).split("\n") });
}

/** GPT-2's own vocabulary, likewise. */
export async function usualGpt2Tokenizer(vocabSize: number): Promise<Gpt2Tokenizer | undefined> {
  if (vocabSize !== GPT2_TOKENS) return undefined;
  const [vocab, merges] = await Promise.all([text("gpt2-vocab.json"), text("gpt2-merges.txt")]);
  return Gpt2Tokenizer.fromBpe({ vocab: JSON.parse(vocab) as Record<string, number>, merges: merges.split("\n") });
}

async function text(name: string): Promise<string> {
  const response = await fetch(beside(`vocabularies/${name}`));
  if (!response.ok)
    throw Object.assign(new Error(`${name} can't be had: the server says ${response.status}.`), { code: "DOWNLOAD_FAILED" });
  return response.text();
}
