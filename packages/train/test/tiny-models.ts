import { belowPrefix, type Checkpoint, SentenceBert } from "@rsdix/models";

// The models of golden/train_formulas.py.
const tower = { width: 6, layers: 1, heads: 2, mlpWidth: 8 };

/** CLIP. */
export const clipConfig = {
  embedDim: 6,
  image: { ...tower, size: 4, patch: 2 },
  text: { ...tower, vocabSize: 12, contextLength: 4, endTokenId: 11 },
};

/** SigLIP. */
export const siglipConfig = { image: { ...tower, size: 4, patch: 2 }, text: { ...tower, vocabSize: 12, contextLength: 4 } };

/** A captioner with an MLP. */
export const clipCapConfig = {
  prefixSize: 6,
  prefixLength: 2,
  gpt2: { vocabSize: 17, contextLength: 10, width: 6, layers: 1, heads: 2 },
};

/** The tokens of the Sentence-BERT: word k is the letter with that number. */
export const BERT_VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", ..."abcdefghij"].join("\n");

/** Numbers of words, three a caption, as captions. */
export function captionsOf(words: Int32Array): string[] {
  return Array.from({ length: words.length / 3 }, (_, i) =>
    [...words.subarray(3 * i, 3 * i + 3)].map((word) => "abcdefghij"[word]).join(" "),
  );
}

/** The Sentence-BERT of a fixture. */
export function goldenBert(arrays: Checkpoint): SentenceBert {
  const config = { vocabSize: 14, contextLength: 6, width: 4, layers: 1, heads: 2, mlpWidth: 8 };
  return SentenceBert.fromCheckpoint(config, belowPrefix(arrays, "start/bert/"));
}
