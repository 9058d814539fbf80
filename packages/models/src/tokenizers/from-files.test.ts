import { clipMerges } from "@rsdix/internal/vocabularies";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { tokenizerGolden } from "../../test/tokenizer-golden";
import { bertVocab, gpt2Files, sentencePieceModel } from "../../test/vocabularies";
import { BertTokenizer } from "./bert-tokenizer";
import { tokenizerJsonFromBpe } from "./bpe-json";
import { ClipTokenizer } from "./clip-tokenizer";
import { tokenizerFromFiles } from "./from-files";
import { Gpt2Tokenizer } from "./gpt2-tokenizer";
import { SiglipTokenizer } from "./siglip-tokenizer";
import type { TextTokenizer } from "./text-tokenizer";

const golden = tokenizerGolden();
const files = (content: Record<string, unknown>) =>
  new Map(
    Object.entries(content).map(([name, value]) => [
      name,
      typeof value === "string" || value instanceof Uint8Array ? value : JSON.stringify(value),
    ]),
  );
const clipJson = tokenizerJsonFromBpe({ merges: clipMerges(), kind: "clip" });
const { vocab, merges } = gpt2Files();

describe("tokenizerFromFiles", () => {
  it.each([
    [
      "tokenizer.json and its class",
      ClipTokenizer,
      "clip",
      77,
      { "tokenizer.json": clipJson, "tokenizer_config.json": { tokenizer_class: "CLIPTokenizerFast", model_max_length: 77 } },
    ],
    ["tokenizer.json alone", ClipTokenizer, "clip", 77, { "tokenizer.json": clipJson }],
    [
      "vocab.json and merges.txt of CLIP",
      ClipTokenizer,
      "clip",
      77,
      { "vocab.json": (clipJson.model as { vocab: object }).vocab, "merges.txt": `#version: 0.2\n${clipMerges().join("\n")}\n` },
    ],
    ["vocab.json and merges.txt of GPT-2", Gpt2Tokenizer, "gpt2", 1024, { "vocab.json": vocab, "merges.txt": merges.join("\r\n") }],
    [
      "tokenizer.json of GPT-2",
      Gpt2Tokenizer,
      "gpt2",
      512,
      { "tokenizer.json": tokenizerJsonFromBpe({ vocab, merges, kind: "gpt2" }), "tokenizer_config.json": { model_max_length: 512 } },
    ],
    [
      "vocab.txt",
      BertTokenizer,
      "bert",
      512,
      { "vocab.txt": bertVocab(), "tokenizer_config.json": { do_lower_case: true, strip_accents: null, model_max_length: 1e30 } },
    ],
    [
      "vocab.txt and Sentence-BERT's length",
      BertTokenizer,
      "bert",
      256,
      {
        "vocab.txt": new TextEncoder().encode(bertVocab()),
        "tokenizer_config.json": { tokenizer_class: "BertTokenizer", model_max_length: 512 },
        "sentence_bert_config.json": { max_seq_length: 256, do_lower_case: false },
      },
    ],
    [
      "spiece.model",
      SiglipTokenizer,
      "siglip",
      64,
      {
        "spiece.model": sentencePieceModel(),
        "tokenizer_config.json": { tokenizer_class: "SiglipTokenizer", do_lower_case: true, model_max_length: 64 },
      },
    ],
  ] as const)("makes the right one of %s", (_, Class, name, length, content) => {
    const tokenizer = tokenizerFromFiles(files(content));
    expect(tokenizer).toBeInstanceOf(Class);
    expect(tokenizer.contextLength).toBe(length);
    for (const i of [3, 12, 35]) expect(tokenizer.encode(golden.texts[i]!)).toEqual(golden[name].ids[i]);
  });

  it("takes SigLIP's spiece.model also where there is a tokenizer.json", () => {
    const both = { "spiece.model": sentencePieceModel(), "tokenizer.json": { model: { type: "Unigram" } } };
    expect(tokenizerFromFiles(files(both)).encode(golden.texts[3]!)).toEqual(golden.siglip.ids[3]);
  });

  it("takes GPT-2's with a template that adds nothing, as transformers 5 writes it, and no other", () => {
    const json = tokenizerJsonFromBpe({ merges: [], kind: "gpt2" });
    const text = { Sequence: { id: "A", type_id: 0 } };
    const withTemplate = (single: unknown[]) =>
      files({ "tokenizer.json": { ...json, post_processor: { type: "TemplateProcessing", single, pair: [], special_tokens: {} } } });
    expect(tokenizerFromFiles(withTemplate([text])).encode("a sea")).toEqual(Gpt2Tokenizer.fromJson(json).encode("a sea"));
    expect(() => tokenizerFromFiles(withTemplate([text, text]))).toThrow(refusal("FILE_CORRUPT"));
  });

  it("treats BERT's text as the configuration says", () => {
    const cased = tokenizerFromFiles(
      files({ "vocab.txt": bertVocab(), "tokenizer_config.json": { do_lower_case: false, tokenize_chinese_chars: false } }),
    );
    expect(cased.encode(golden.texts[104]!)).toEqual(golden.bert.cased[104]);
    expect(cased.encode(golden.texts[104]!)).not.toEqual(golden.bert.ids[104]);
  });

  it.each([
    ["nothing", {}, "FILE_NOT_FOUND"],
    ["no vocabulary", { "tokenizer_config.json": {}, "merges.txt": "" }, "FILE_NOT_FOUND"],
    [
      "merges without their vocabulary",
      { "tokenizer_config.json": { tokenizer_class: "GPT2Tokenizer" }, "merges.txt": "" },
      "FILE_NOT_FOUND",
    ],
    [
      "a class without its file",
      { "tokenizer_config.json": { tokenizer_class: "SiglipTokenizer" }, "vocab.txt": bertVocab() },
      "FILE_NOT_FOUND",
    ],
    ["another class", { "tokenizer_config.json": { tokenizer_class: "LlamaTokenizer" }, "tokenizer.json": {} }, "FILE_CORRUPT"],
    [
      "a class of a prototype's name",
      { "tokenizer_config.json": { tokenizer_class: "constructor" }, "tokenizer.json": {} },
      "FILE_CORRUPT",
    ],
    [
      "a file of another class",
      { "tokenizer_config.json": { tokenizer_class: "BertTokenizer" }, "tokenizer.json": clipJson },
      "FILE_CORRUPT",
    ],
    ["a model of no class", { "tokenizer.json": { model: { type: "WordLevel" } } }, "FILE_CORRUPT"],
    ["a length that is none", { "tokenizer.json": clipJson, "tokenizer_config.json": { model_max_length: 1 } }, "FILE_CORRUPT"],
    ["a configuration that is no object", { "tokenizer.json": clipJson, "tokenizer_config.json": "[1]" }, "FILE_CORRUPT"],
    ["a setting that isn't supported", { "tokenizer.json": clipJson, "tokenizer_config.json": { add_prefix_space: true } }, "FILE_CORRUPT"],
    [
      "settings that contradict",
      { "vocab.txt": bertVocab(), "tokenizer_config.json": { do_lower_case: false }, "sentence_bert_config.json": { do_lower_case: true } },
      "FILE_CORRUPT",
    ],
    ["a setting of a wrong type", { "vocab.txt": bertVocab(), "tokenizer_config.json": { strip_accents: "yes" } }, "FILE_CORRUPT"],
    ["bytes that aren't text", { "vocab.txt": Uint8Array.of(0xff, 0xfe, 0x41) }, "FILE_CORRUPT"],
    ["a vocabulary that is a list", { "vocab.json": [1, 2], "merges.txt": "" }, "FILE_CORRUPT"],
    ["SigLIP in capitals", { "spiece.model": sentencePieceModel(), "tokenizer_config.json": { do_lower_case: false } }, "FILE_CORRUPT"],
    ["a model given as text", { "spiece.model": "text" }, "INVALID_ARGUMENT"],
  ] as const)("refuses %s", (_, content, expected) => {
    expect(() => tokenizerFromFiles(files(content))).toThrow(refusal(expected));
  });

  it.each([
    ["tokenizer.json's text", ClipTokenizer.fromJson(JSON.stringify(clipJson), { contextLength: 20 })],
    ["merges", Gpt2Tokenizer.fromBpe({ merges, vocab }, { contextLength: 100 })],
    ["vocab.txt", BertTokenizer.fromVocab(bertVocab(), { lowercase: false, cleanText: false, splitChinese: false, contextLength: 128 })],
    ["spiece.model", SiglipTokenizer.fromSentencePiece(sentencePieceModel(), { contextLength: 32 })],
  ] as const)("makes the same tokenizer again of the files that one made of %s gives", (_, tokenizer) => {
    const again = tokenizerFromFiles(tokenizer.toFiles());
    expect(again).toBeInstanceOf(tokenizer.constructor);
    expect([again.contextLength, again.vocabSize]).toEqual([tokenizer.contextLength, tokenizer.vocabSize]);
    const texts = [...golden.texts, "a\u0000\u00adb", "Straße Café 森林"];
    const ids = (of: TextTokenizer) => texts.map((text) => of.encode(text, { truncate: true }));
    expect(ids(again)).toEqual(ids(tokenizer));
    expect(again.toFiles()).toEqual(tokenizer.toFiles());
  });

  it("keeps all files of a model's tokenizer, as they are", () => {
    const given = files({ "vocab.txt": bertVocab(), "special_tokens_map.json": { pad_token: "[PAD]" }, "config.json": {} });
    const tokenizer = tokenizerFromFiles(given);
    given.clear();
    expect([...tokenizer.toFiles().keys()]).toEqual(["vocab.txt", "special_tokens_map.json"]);
  });

  it("refuses what is no map", () => {
    expect(() => tokenizerFromFiles({ "vocab.txt": "" } as never)).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => tokenizerFromFiles(new Map([["vocab.txt", 5 as never]]))).toThrow(refusal("INVALID_ARGUMENT"));
  });
});
