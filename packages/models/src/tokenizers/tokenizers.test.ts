import { clipMerges } from "@rsdix/internal/vocabularies";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { tokenizerGolden } from "../../test/tokenizer-golden";
import { bertVocab, gpt2Files, sentencePieceModel } from "../../test/vocabularies";
import { BertTokenizer } from "./bert-tokenizer";
import { tokenizerJsonFromBpe } from "./bpe-json";
import { ClipTokenizer } from "./clip-tokenizer";
import { Gpt2Tokenizer } from "./gpt2-tokenizer";
import { readSentencePieceModel } from "./sentencepiece-model";
import { SiglipTokenizer } from "./siglip-tokenizer";

const golden = tokenizerGolden();
const clip = ClipTokenizer.fromBpe({ merges: clipMerges() });
const gpt2 = Gpt2Tokenizer.fromBpe(gpt2Files());
const bert = BertTokenizer.fromVocab(bertVocab());
const siglip = SiglipTokenizer.fromSentencePiece(sentencePieceModel());
const siglipBytes = SiglipTokenizer.fromSentencePiece(Uint8Array.from(atob(golden.siglipBytes.model), (char) => char.charCodeAt(0)));
const tokenizers = { clip, gpt2, bert, siglip, siglipBytes };

describe.each(Object.keys(tokenizers) as (keyof typeof tokenizers)[])("%s agrees with transformers on a real vocabulary", (name) => {
  const tokenizer = tokenizers[name];
  const expected = golden[name];

  it("in the ids of 200 captions, and in the text of their ids", () => {
    expect(golden.texts).toHaveLength(200);
    for (const [i, text] of golden.texts.entries()) {
      expect(tokenizer.encode(text, { contextLength: 1000 }), JSON.stringify(text)).toEqual(expected.ids[i]);
      expect(tokenizer.decode(expected.ids[i]!), JSON.stringify(text)).toBe(expected.decoded[i]);
    }
  });

  it("in size and in what truncation keeps", () => {
    expect(tokenizer.vocabSize).toBe(expected.size);
    expect(tokenizer.encode(golden.texts[3]!, { contextLength: 8, truncate: true })).toEqual(expected.truncated);
  });

  it("in batches", () => {
    if (!expected.batch) return;
    const { ids, lengths, shape } = tokenizer.encodeBatch(expected.batch.texts);
    expect([...ids]).toEqual(expected.batch.ids.flat());
    expect(shape).toEqual([expected.batch.ids.length, expected.batch.ids[0]!.length]);
    expect([...lengths]).toEqual(expected.batch.mask.map((row) => row.reduce((sum, x) => sum + x, 0)));
  });
});

describe("tokenizers agree with transformers", () => {
  it("in the ids of special tokens", () => {
    expect([clip.startId, clip.endId, gpt2.endId]).toEqual([49406, 49407, 50256]);
    expect([bert.padId, bert.clsId, bert.sepId, siglip.endId]).toEqual([0, 101, 102, 2]);
    expect([bert.tokenId("[UNK]"), bert.tokenId("no such token"), siglip.tokenId("<unk>")]).toEqual([100, undefined, 0]);
  });

  it("in the tokenizer.json made from vocabulary and merges", () => {
    const skeleton = (json: Record<string, unknown>) => {
      const { vocab: _vocab, merges: _merges, ...model } = json.model as Record<string, unknown>;
      return { ...json, model };
    };
    expect(skeleton(tokenizerJsonFromBpe({ merges: clipMerges(), kind: "clip" }))).toEqual(golden.clip.skeleton);
    expect(skeleton(tokenizerJsonFromBpe({ ...gpt2Files(), kind: "gpt2" }))).toEqual(golden.gpt2.skeleton);
  });

  it("in BERT's vocabulary with letters as they are, in pairs of texts, and in what its tokenizer.json says", () => {
    const cased = BertTokenizer.fromVocab(bertVocab(), { lowercase: false, splitChinese: false });
    for (const [i, text] of golden.texts.entries()) expect(cased.encode(text), JSON.stringify(text)).toEqual(golden.bert.cased[i]);
    for (const { pairs, limit, ids, types, mask } of golden.bert.pairs) {
      const batch = bert.encodePairs(pairs, { contextLength: limit, truncate: true });
      expect([...batch.ids], `${limit}`).toEqual(ids.flat());
      expect([...batch.types]).toEqual(types.flat());
      expect([...batch.lengths]).toEqual(mask.map((row) => row.reduce((sum, x) => sum + x, 0)));
    }
    const { model, ...rest } = golden.bert.skeleton;
    const vocab = Object.fromEntries(
      bertVocab()
        .trimEnd()
        .split("\n")
        .map((token, id) => [token, id]),
    );
    const fromJson = BertTokenizer.fromJson({ ...rest, model: { ...model, vocab } });
    for (const [i, text] of golden.texts.entries()) expect(fromJson.encode(text)).toEqual(golden.bert.ids[i]);
  });

  it("in the spaces that decoding leaves where BERT's tokenizer.json says so", () => {
    const words = bertVocab().trimEnd().split("\n");
    const { model, ...rest } = golden.bert.skeleton;
    const vocab = Object.fromEntries(words.map((token, id) => [token, id]));
    const spaced = BertTokenizer.fromJson({
      ...rest,
      decoder: { type: "WordPiece", prefix: "##", cleanup: false },
      model: { ...model, vocab },
    });
    expect(spaced.decode(spaced.encode("a sea."))).toBe("a sea .");
    expect(bert.decode(bert.encode("a sea."))).toBe("a sea.");
  });

  it("in SigLIP's ids from a tokenizer.json", () => {
    const { pieces, charsmap } = readSentencePieceModel(sentencePieceModel());
    const { model, normalizer, ...rest } = structuredClone(golden.siglip.skeleton);
    normalizer.normalizers[4]!.precompiled_charsmap = Buffer.from(charsmap!).toString("base64");
    const vocab = pieces.map(({ piece, score }) => [piece, score]);
    const fromJson = SiglipTokenizer.fromJson(JSON.stringify({ ...rest, normalizer, model: { ...model, vocab } }));
    for (const [i, text] of golden.texts.entries()) {
      expect(fromJson.encode(text, { contextLength: 1000 }), JSON.stringify(text)).toEqual(golden.siglip.ids[i]);
    }
  });
});

describe("tokenizers", () => {
  it("derive GPT-2's published vocabulary from its merges", () => {
    const { vocab, merges } = gpt2Files();
    const derived = tokenizerJsonFromBpe({ merges, kind: "gpt2" }).model as { vocab: unknown };
    expect(derived.vocab).toEqual(vocab);
  });

  it("read tokenizer.json as text and pad to the context when asked", () => {
    const json = JSON.stringify(tokenizerJsonFromBpe({ merges: clipMerges(), kind: "clip" }));
    const batch = ClipTokenizer.fromJson(json).encodeBatch(["a river", "sea"], { pad: "context" });
    expect(batch.shape).toEqual([2, 77]);
    expect([...batch.lengths]).toEqual([4, 3]);
    expect(batch.ids.slice(4, 77)).toEqual(new Int32Array(73).fill(49407));
  });

  it("pad GPT-2's batches by length, not by an id that is a token too", () => {
    const batch = gpt2.encodeBatch(["!", "a sea!"]);
    expect([...batch.ids]).toEqual([0, 0, 0, 64, 5417, 0]);
    expect([...batch.lengths]).toEqual([1, 3]);
    expect(gpt2.decode([])).toBe("");
  });

  it("refuse what they can't represent", () => {
    expect(() => clip.encode("word ".repeat(80))).toThrow(/82 tokens, more than 77.*truncate: true/);
    expect(() => clip.encode(7 as unknown as string)).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => clip.encode("a", { contextlength: 3 } as object)).toThrow(refusal("UNKNOWN_OPTION"));
    expect(() => clip.encode("a", { contextLength: 1 })).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => clip.encodeBatch([])).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => clip.encodeBatch(["a"], { pad: "left" as "longest" })).toThrow(/pad must be/);
    expect(() => gpt2.decode([50257])).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => gpt2.decode([1.5])).toThrow(refusal("INVALID_ARGUMENT"));
    for (const ids of [null, undefined, 5, {}, { length: 1e12 }, { length: 2.5 }]) {
      expect(() => gpt2.decode(ids as never)).toThrow(refusal("INVALID_ARGUMENT"));
    }
    expect(() => clip.encodeBatch(["a"], null as never)).toThrow(refusal("INVALID_ARGUMENT"));
  });

  it("refuse what is no files", () => {
    for (const files of [null, undefined, 5, [], {}, { merges: "a b" }, { merges: [5] }, { merges: [], vocab: null }] as never[]) {
      for (const Class of [ClipTokenizer, Gpt2Tokenizer]) expect(() => Class.fromBpe(files)).toThrow(refusal("INVALID_ARGUMENT"));
      expect(() => tokenizerJsonFromBpe(files && { kind: "clip", ...(files as object) })).toThrow(refusal("INVALID_ARGUMENT"));
    }
    expect(() => Gpt2Tokenizer.fromBpe({ merges: [], vocabulary: {} } as never)).toThrow(refusal("UNKNOWN_OPTION"));
    for (const json of [null, undefined, 5, []]) expect(() => ClipTokenizer.fromJson(json)).toThrow(refusal("FILE_CORRUPT"));
  });

  it("refuse files that aren't theirs", () => {
    expect(() => ClipTokenizer.fromJson("{")).toThrow(refusal("FILE_CORRUPT"));
    expect(() => ClipTokenizer.fromJson({ model: { type: "Unigram", vocab: [] } })).toThrow(/type "BPE".*Unigram/);
    expect(() => ClipTokenizer.fromJson({ model: { type: "BPE", vocab: {}, merges: [] } })).toThrow(refusal("FILE_CORRUPT"));
    expect(() => ClipTokenizer.fromJson(tokenizerJsonFromBpe({ merges: [], kind: "gpt2" }))).toThrow(/end_of_word_suffix.*<\/w>/);
    expect(() => tokenizerJsonFromBpe({ merges: ["a b c"], kind: "clip" })).toThrow(/Merge 0/);
    expect(() => tokenizerJsonFromBpe({ vocab: { a: 0.5 }, merges: [], kind: "gpt2" })).toThrow(refusal("FILE_CORRUPT"));
    expect(() => tokenizerJsonFromBpe({ vocab: { a: 0 }, merges: [], kind: "gpt2" })).toThrow(/<\|endoftext\|>/);
    expect(() => tokenizerJsonFromBpe({ merges: [], kind: "bert" as "clip" })).toThrow(refusal("INVALID_ARGUMENT"));
  });
});
