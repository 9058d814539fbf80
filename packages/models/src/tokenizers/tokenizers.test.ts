import { describe, expect, it } from "vitest";
import { clipMerges, gpt2Files } from "../../test/vocabularies";
import golden from "../fixtures/tokenizers.json";
import { tokenizerJsonFromBpe } from "./bpe-json";
import { ClipTokenizer } from "./clip-tokenizer";
import { Gpt2Tokenizer } from "./gpt2-tokenizer";

const clip = ClipTokenizer.fromBpe({ merges: clipMerges() });
const gpt2 = Gpt2Tokenizer.fromBpe(gpt2Files());
const code = (value: string) => expect.objectContaining({ code: value });

describe("tokenizers agree with transformers on the real vocabularies", () => {
  it.each(golden.texts.map((text, i) => [JSON.stringify(text), i] as const))("%s", (_, i) => {
    const text = golden.texts[i]!;
    expect(clip.encode(text, { contextLength: 400 })).toEqual(golden.clip.ids[i]);
    expect(clip.decode(golden.clip.ids[i]!)).toBe(golden.clip.decoded[i]);
    expect(gpt2.encode(text)).toEqual(golden.gpt2.ids[i]);
    expect(gpt2.decode(golden.gpt2.ids[i]!)).toBe(golden.gpt2.decoded[i]);
  });

  it("in size, in batches padded as CLIP does, and in what truncation keeps", () => {
    expect([clip.vocabSize, gpt2.vocabSize]).toEqual([golden.clip.size, golden.gpt2.size]);
    expect([clip.startId, clip.endId, gpt2.endId]).toEqual([49406, 49407, 50256]);
    const { ids, lengths, shape } = clip.encodeBatch(golden.clip.batch.texts);
    expect([...ids]).toEqual(golden.clip.batch.ids.flat());
    expect([...lengths]).toEqual(golden.clip.batch.mask.map((row) => row.reduce((sum, x) => sum + x, 0)));
    expect(shape).toEqual([golden.clip.batch.ids.length, golden.clip.batch.ids[0]!.length]);
    expect(clip.encode(golden.texts[3]!, { contextLength: 8, truncate: true })).toEqual(golden.clip.truncated);
    expect(gpt2.encode(golden.texts[3]!, { contextLength: 8, truncate: true })).toEqual(golden.gpt2.truncated);
  });

  it("in the tokenizer.json made from vocabulary and merges", () => {
    const skeleton = (json: Record<string, unknown>) => {
      const { vocab: _vocab, merges: _merges, ...model } = json.model as Record<string, unknown>;
      return { ...json, model };
    };
    expect(skeleton(tokenizerJsonFromBpe({ merges: clipMerges(), kind: "clip" }))).toEqual(golden.clip.skeleton);
    expect(skeleton(tokenizerJsonFromBpe({ ...gpt2Files(), kind: "gpt2" }))).toEqual(golden.gpt2.skeleton);
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
    expect(() => clip.encode(7 as unknown as string)).toThrow(code("INVALID_ARGUMENT"));
    expect(() => clip.encode("a", { contextlength: 3 } as object)).toThrow(code("UNKNOWN_OPTION"));
    expect(() => clip.encode("a", { contextLength: 1 })).toThrow(code("INVALID_ARGUMENT"));
    expect(() => clip.encodeBatch([])).toThrow(code("INVALID_ARGUMENT"));
    expect(() => clip.encodeBatch(["a"], { pad: "left" as "longest" })).toThrow(/pad must be/);
    expect(() => gpt2.decode([50257])).toThrow(code("INVALID_ARGUMENT"));
    expect(() => gpt2.decode([1.5])).toThrow(code("INVALID_ARGUMENT"));
  });

  it("refuse files that aren't theirs", () => {
    expect(() => ClipTokenizer.fromJson("{")).toThrow(code("FILE_CORRUPT"));
    expect(() => ClipTokenizer.fromJson({ model: { type: "Unigram", vocab: [] } })).toThrow(/type "BPE".*Unigram/);
    expect(() => ClipTokenizer.fromJson({ model: { type: "BPE", vocab: {}, merges: [] } })).toThrow(code("FILE_CORRUPT"));
    expect(() => ClipTokenizer.fromJson(tokenizerJsonFromBpe({ merges: [], kind: "gpt2" }))).toThrow(/end_of_word_suffix.*<\/w>/);
    expect(() => tokenizerJsonFromBpe({ merges: ["a b c"], kind: "clip" })).toThrow(/Merge 0/);
    expect(() => tokenizerJsonFromBpe({ vocab: { a: 0.5 }, merges: [], kind: "gpt2" })).toThrow(code("FILE_CORRUPT"));
    expect(() => tokenizerJsonFromBpe({ vocab: { a: 0 }, merges: [], kind: "gpt2" })).toThrow(/<\|endoftext\|>/);
    expect(() => tokenizerJsonFromBpe({ merges: [], kind: "bert" as "clip" })).toThrow(code("INVALID_ARGUMENT"));
  });
});
