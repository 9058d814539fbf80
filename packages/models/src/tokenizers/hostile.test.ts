import { describe, expect, it } from "vitest";
import { attempt } from "../../test/attempt";
import { expectRefusedWithinBounds } from "../../test/hostile";
import type { Reader } from "../../test/hostile-process";
import { sentencePieceModel } from "../../test/vocabularies";
import { BertTokenizer } from "./bert-tokenizer";
import { tokenizerJsonFromBpe } from "./bpe-json";
import { ClipTokenizer } from "./clip-tokenizer";
import { Gpt2Tokenizer } from "./gpt2-tokenizer";
import { SiglipTokenizer } from "./siglip-tokenizer";

type Json = Record<string, unknown>;

const merges = ["s e", "se a"];
const gpt2 = (change: (json: Json, model: Json) => unknown) => changed(tokenizerJsonFromBpe({ merges, kind: "gpt2" }), change);
const clip = (change: (json: Json, model: Json) => unknown) => changed(tokenizerJsonFromBpe({ merges, kind: "clip" }), change);

function changed(json: Json, change: (json: Json, model: Json) => unknown): string {
  const copy = structuredClone(json);
  change(copy, copy.model as Json);
  return JSON.stringify(copy);
}

const WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "##b"];
const special = (content: string, id: number) => ({ content, id, special: true, normalized: false });
const bertJson: Json = {
  added_tokens: WORDS.slice(0, 4).map(special),
  normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
  pre_tokenizer: { type: "BertPreTokenizer" },
  post_processor: { type: "BertProcessing", cls: ["[CLS]", 2], sep: ["[SEP]", 3] },
  decoder: { type: "WordPiece", prefix: "##", cleanup: true },
  model: {
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
  },
};
const bert = (change: (json: Json, model: Json) => unknown) => changed(bertJson, change);

const siglipJson: Json = {
  added_tokens: [special("<unk>", 0), special("</s>", 1)],
  normalizer: { type: "Sequence", normalizers: [{ type: "Lowercase" }] },
  pre_tokenizer: { type: "Metaspace", replacement: "▁", add_prefix_space: true },
  post_processor: {
    type: "TemplateProcessing",
    single: [{ Sequence: { id: "A", type_id: 0 } }, { SpecialToken: { id: "</s>", type_id: 0 } }],
  },
  decoder: { type: "Metaspace" },
  model: {
    type: "Unigram",
    unk_id: 0,
    vocab: [
      ["<unk>", 0],
      ["</s>", 0],
      ["▁a", -1],
      ["b", -2],
    ],
  },
};
const siglip = (change: (json: Json, model: Json) => unknown) => changed(siglipJson, change);
const charsmap = (bytes: number[]) =>
  siglip((json) => {
    json.normalizer = { type: "Precompiled", precompiled_charsmap: Buffer.from(bytes).toString("base64") };
  });
const normalizers = (...list: unknown[]) => siglip((json) => (json.normalizer = { type: "Sequence", normalizers: list }));
const split = (pattern: unknown) => ({ type: "Split", pattern, behavior: "Removed", invert: true });

const jsonFiles: [string, Reader, string | (() => string), string?][] = [
  ["an empty file", "gpt2", ""],
  ["cut off", "gpt2", gpt2(() => {}).slice(0, -500)],
  ["no object", "clip", "[]"],
  ["null", "bert", "null"],
  ["a model that is text", "bert", bert((json) => (json.model = "WordPiece"))],
  ["a model of a prototype's", "gpt2", '{"__proto__": {"model": {"type": "BPE", "vocab": {}, "merges": []}}}'],
  ["a type that is an object", "clip", clip((_, model) => (model.type = { toString: "BPE" }))],
  ["a million arrays within each other", "clip", () => "[".repeat(1_000_000)],
  ["a million objects within each other, closed", "bert", () => `${'{"a":'.repeat(1_000_000)}1${"}".repeat(1_000_000)}`],
  ["millions of empty arrays", "siglip", () => `[${"[],".repeat(3_000_000)}[]]`, "FILE_TOO_LARGE"],
  [
    "a vocabulary of 300,000 tokens",
    "gpt2",
    () => `{"model":{"type":"BPE","vocab":{${Array.from({ length: 300_000 }, (_, i) => `"t${i}":${i}`).join()}}}}`,
    "FILE_TOO_LARGE",
  ],
  [
    "a vocabulary of 149,000 tokens and one too far",
    "gpt2",
    () => gpt2((_, model) => (model.vocab = Object.fromEntries(Array.from({ length: 149_000 }, (_, i) => [`t${i}`, i + 1])))),
  ],
  ["millions of numbers", "gpt2", () => `[${"1,".repeat(5_000_000)}1]`, "FILE_TOO_LARGE"],
  ["forty million characters", "gpt2", () => `{"a":"${"x".repeat(40_000_000)}"}`, "FILE_TOO_LARGE"],
  ["a vocabulary that is a list", "gpt2", gpt2((_, model) => (model.vocab = ["a"]))],
  ["two tokens of one id", "gpt2", gpt2((_, model) => Object.assign(model.vocab as Json, { se: 5 }))],
  ["a hole among the ids", "gpt2", gpt2((_, model) => Object.assign(model.vocab as Json, { more: 400 }))],
  ["a huge id", "clip", clip((_, model) => Object.assign(model.vocab as Json, { more: 2 ** 53 }))],
  ["an id of four thousand millions", "bert", bert((_, model) => Object.assign(model.vocab as Json, { more: 4e9 }))],
  ["a negative id", "bert", bert((_, model) => Object.assign(model.vocab as Json, { "##b": -5 }))],
  ["an id that is text", "bert", bert((_, model) => Object.assign(model.vocab as Json, { "##b": "5" }))],
  ["an id that is no whole number", "gpt2", gpt2((_, model) => Object.assign(model.vocab as Json, { se: 256.5 }))],
  ["a key twice", "bert", bert(() => {}).replace('"a":4', '"a":4,"a":7')],
  ["a token called __proto__ that has an object", "gpt2", gpt2(() => {}).replace('"se":256', '"__proto__":{"se":256}')],
  ["a merge of unknown tokens", "gpt2", gpt2((_, model) => (model.merges = ["s e", "zz yy"]))],
  ["a merge to an unknown token", "gpt2", gpt2((_, model) => (model.merges = ["s e", "a s"]))],
  ["a merge of three", "gpt2", gpt2((_, model) => (model.merges = ["s e a"]))],
  ["a merge of numbers", "clip", clip((_, model) => (model.merges = [[1, 2]]))],
  ["no merges", "clip", clip((_, model) => delete model.merges)],
  ["merges by name", "clip", clip((_, model) => (model.merges = { length: 1e9 }))],
  ["a pattern that takes hours", "clip", clip((json) => (json.pre_tokenizer = split({ Regex: "(a+)+$|(.*)*x" })))],
  [
    "the pattern among known ones",
    "clip",
    clip((json) => (json.pre_tokenizer as { pretokenizers: unknown[] }).pretokenizers.push(split({ Regex: "(\\s*)*!" }))),
  ],
  ["a pattern of another tokenizer", "gpt2", gpt2((json) => (json.pre_tokenizer = split({ Regex: "\\w+" })))],
  ["a normalizer with such a pattern", "siglip", normalizers({ type: "Replace", pattern: { Regex: "(a|a)*b" }, content: "" })],
  ["a normalizer that grows the text", "siglip", normalizers({ type: "Replace", pattern: { String: "a" }, content: "a".repeat(1000) })],
  ["a thousand normalizers", "siglip", normalizers(...Array.from({ length: 1000 }, () => ({ type: "Lowercase" })))],
  [
    "normalizers within each other",
    "gpt2",
    gpt2((json) => {
      for (let i = 0; i < 40; i++) json.normalizer = { type: "Sequence", normalizers: [json.normalizer] };
    }),
  ],
  [
    "a hundred thousand added tokens",
    "bert",
    bert((json) => (json.added_tokens = Array.from({ length: 100_000 }, (_, i) => special(`t${i}`, i)))),
    "FILE_TOO_LARGE",
  ],
  ["added tokens by name", "bert", bert((json) => (json.added_tokens = { 0: special("[PAD]", 0) }))],
  ["an added token without text", "bert", bert((json) => (json.added_tokens = [{ id: 0, content: "" }]))],
  ["an added token of another id than the vocabulary's", "bert", bert((json) => (json.added_tokens = [special("[PAD]", 3)]))],
  ["an added token with a huge id", "clip", clip((json) => (json.added_tokens as unknown[]).push(special("more", 2 ** 40)))],
  ["an added token that must be a word", "bert", bert((json) => Object.assign((json.added_tokens as Json[])[0]!, { single_word: true }))],
  ["special tokens with other ids", "clip", clip((json) => ((json.post_processor as Json).cls = ["<|startoftext|>", 1e9]))],
  [
    "no special tokens",
    "bert",
    bert((json, model) => {
      json.added_tokens = [];
      model.vocab = { a: 0 };
    }),
  ],
  ["words of any length", "bert", bert((_, model) => (model.max_input_chars_per_word = 1e9))],
  [
    "a template that repeats the text",
    "bert",
    bert(
      (json) =>
        (json.post_processor = {
          type: "TemplateProcessing",
          single: Array.from({ length: 9 }, () => ({ Sequence: { id: "A", type_id: 0 } })),
        }),
    ),
  ],
  ["scores that are none", "siglip", siglip(() => {}).replace('["b",-2]', '["b",null]')],
  ["an infinite score", "siglip", siglip(() => {}).replace('["b",-2]', '["b",1e999]')],
  ["a score beyond float32", "siglip", siglip(() => {}).replace('["b",-2]', '["b",-1e39]')],
  ["a piece twice", "siglip", siglip(() => {}).replace('["b",-2]', '["▁a",-2]')],
  ["an empty piece", "siglip", siglip(() => {}).replace('["b",-2]', '["",-2]')],
  ["a piece as long as a book", "siglip", siglip(() => {}).replace('["b",-2]', `["${"b".repeat(100_000)}",-2]`)],
  ["no unknown piece", "siglip", siglip((_, model) => (model.unk_id = 77))],
  ["a map that isn't base64", "siglip", normalizers({ type: "Precompiled", precompiled_charsmap: "*" })],
  ["a map that claims more than it has", "siglip", charsmap([255, 255, 255, 127, 0, 0, 0, 0, 0])],
  ["a map without strings", "siglip", charsmap([4, 0, 0, 0, 0, 0, 0, 0])],
  ["a map whose strings don't end", "siglip", charsmap([4, 0, 0, 0, 0, 0, 0, 0, 65])],
  ["a map that points outside of itself", "siglip, a text", charsmap([4, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0])],
];

describe("a hostile tokenizer.json is refused within a second and 100 MB", () => {
  it.each(jsonFiles)("%s", async (_, reader, json, code = "FILE_CORRUPT") => {
    const text = typeof json === "string" ? json : json();
    await expectRefusedWithinBounds(reader, text, code);
  });

  it("accepts each file before it was changed", () => {
    expect(Gpt2Tokenizer.fromJson(gpt2(() => {})).encode("sea")).toEqual([257]);
    expect(ClipTokenizer.fromJson(clip(() => {})).encode("a")).toHaveLength(3);
    expect(BertTokenizer.fromJson(bert(() => {})).encode("ab c")).toEqual([2, 4, 5, 1, 3]);
    expect(SiglipTokenizer.fromJson(siglip(() => {})).encode("Ab c")).toEqual([2, 3, 0, 1]);
  });
});

describe("a text can't take long either", () => {
  it.each([
    ["gpt2", Gpt2Tokenizer.fromJson(gpt2(() => {}))],
    ["clip", ClipTokenizer.fromJson(clip(() => {}))],
    ["bert", BertTokenizer.fromJson(bert(() => {}))],
    ["siglip", SiglipTokenizer.fromSentencePiece(sentencePieceModel())],
  ] as const)("%s", async (_, tokenizer) => {
    for (const text of ["a", " ", "!", "'", "é", "北", "\0", "a ", "a\u0301"]) {
      const { error, seconds } = await attempt(() => tokenizer.encode(text.repeat(20_000), { truncate: true }));
      expect(error).toBeUndefined();
      expect(seconds).toBeLessThan(1);
    }
  });
});
