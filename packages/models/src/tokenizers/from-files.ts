import { fail, isRecord, show } from "@rsdix/internal";
import { BertTokenizer, type BertTokenizerOptions } from "./bert-tokenizer";
import { ClipTokenizer } from "./clip-tokenizer";
import { Gpt2Tokenizer } from "./gpt2-tokenizer";
import { own, parseJsonText } from "./json-text";
import { SiglipTokenizer } from "./siglip-tokenizer";
import { type TokenizerContents as Files, keepFiles } from "./text-tokenizer";

/**
 * The files of a model's folder that say how its texts are tokenized; all but one are optional, see `tokenizerFromFiles`.
 *
 * @see https://huggingface.co/openai/clip-vit-base-patch32/tree/main and https://huggingface.co/google/siglip-base-patch16-224/tree/main
 */
export const TOKENIZER_FILES = [
  "tokenizer.json",
  "tokenizer_config.json",
  "sentence_bert_config.json",
  "vocab.json",
  "merges.txt",
  "vocab.txt",
  "spiece.model",
] as const;

/** Those that hold a vocabulary: without any of them there is no tokenizer. */
export const VOCABULARIES: readonly string[] = ["tokenizer.json", "vocab.json", "vocab.txt", "spiece.model"];

/** Further files, in which other libraries say the same of special tokens: they are kept with the others. */
export const KEPT_FILES: readonly string[] = [...TOKENIZER_FILES, "special_tokens_map.json", "added_tokens.json"];

type Kind = "clip" | "gpt2" | "siglip" | "bert";

const CLASSES: Readonly<Record<string, Kind>> = {
  CLIPTokenizer: "clip",
  GPT2Tokenizer: "gpt2",
  SiglipTokenizer: "siglip",
  BertTokenizer: "bert",
};

/** Longer than any model's: some files have 10^30 where their exporter knew no limit. */
const NO_LIMIT = 1_000_000;

/**
 * A model's tokenizer from the files of its folder: for SigLIP `spiece.model` where there is one, as the reference has no other; else
 * `tokenizer.json`; else `vocab.json` and `merges.txt` (CLIP, GPT-2) or `vocab.txt` (BERT). `tokenizer_config.json` names the class and the most tokens of a
 * text and, for BERT, how text is treated; a Sentence-BERT model's `sentence_bert_config.json` has its own number of tokens.
 *
 * @param files Contents by file name, text or bytes (which `spiece.model` must be); those that aren't in `TOKENIZER_FILES` aren't read.
 * @returns The tokenizer, of the class that the files are for.
 * @throws FILE_NOT_FOUND when no file has a vocabulary; FILE_CORRUPT when one is damaged, contradicts itself or is of another kind of
 * tokenizer; FILE_TOO_LARGE.
 *
 * @example
 * ```ts
 * import { BertTokenizer, tokenizerFromFiles } from "@rsdix/models";
 *
 * const vocab = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "river"]; // a toy; a model's own comes with its checkpoint
 * const files = new Map([["vocab.txt", vocab.join("\n")], ["sentence_bert_config.json", '{"max_seq_length": 256}']]);
 * const tokenizer = tokenizerFromFiles(files);
 * console.log(tokenizer instanceof BertTokenizer, tokenizer.contextLength); // true 256
 * ```
 *
 * @see https://huggingface.co/docs/transformers/main_classes/tokenizer
 */
export function tokenizerFromFiles(files: Files): ClipTokenizer | Gpt2Tokenizer | SiglipTokenizer | BertTokenizer {
  if (!(files instanceof Map)) fail("INVALID_ARGUMENT", `tokenizerFromFiles needs a Map of contents by file name, got ${show(files)}.`);
  const tokenizer = made(files);
  keepFiles(tokenizer, new Map([...files].filter(([name]) => KEPT_FILES.includes(name))));
  return tokenizer;
}

function made(files: Files): ClipTokenizer | Gpt2Tokenizer | SiglipTokenizer | BertTokenizer {
  const config = jsonOf(files, "tokenizer_config.json");
  const json = textOf(files, "tokenizer.json");
  const parsed = json === undefined ? undefined : parseJsonText(json, "tokenizer.json");
  const length = lengthOf(config, "model_max_length", "tokenizer_config.json");
  const options = length === undefined ? {} : { contextLength: length };
  const kind = kindOf(config, parsed, files);
  if (kind === "bert") {
    const all = bertOptions(config, parsed, files, options);
    return parsed === undefined ? BertTokenizer.fromVocab(required(files, "vocab.txt"), all) : BertTokenizer.fromJson(parsed, all);
  }
  if (kind === "siglip") {
    if (parsed !== undefined && !files.has("spiece.model")) return SiglipTokenizer.fromJson(parsed, options);
    if (own(config, "do_lower_case") === false) {
      fail("FILE_CORRUPT", "tokenizer_config.json has do_lower_case false, which no SigLIP has; a tokenizer.json alone can say so.");
    }
    return SiglipTokenizer.fromSentencePiece(pieceModel(files), options);
  }
  if (own(config, "add_prefix_space") === true) {
    fail("FILE_CORRUPT", "tokenizer_config.json has add_prefix_space true, which neither CLIP nor GPT-2 has; it isn't supported here.");
  }
  const Class = kind === "clip" ? ClipTokenizer : Gpt2Tokenizer;
  if (parsed !== undefined) return Class.fromJson(parsed, options);
  const vocab = parseJsonText(required(files, "vocab.json"), "vocab.json");
  if (!isRecord(vocab)) fail("FILE_CORRUPT", `vocab.json must be an object of ids by token, got ${show(vocab)}.`);
  return Class.fromBpe({ vocab: vocab as Record<string, number>, merges: required(files, "merges.txt").split(/\r?\n/) }, options);
}

/** The kind that the configuration names, else the one that has such files. */
function kindOf(config: unknown, json: unknown, files: Files): Kind {
  const name = own(config, "tokenizer_class");
  if (typeof name === "string") {
    const known = name.replace(/Fast$/, "");
    if (!Object.hasOwn(CLASSES, known)) {
      const supported = Object.keys(CLASSES).join(", ");
      fail("FILE_CORRUPT", `tokenizer_config.json names a ${name.slice(0, 60)}; supported are ${supported}, with or without Fast.`);
    }
    return CLASSES[known]!;
  }
  const model = own(json, "model");
  const type = own(model, "type");
  if (json !== undefined && type !== "BPE") return type === "WordPiece" ? "bert" : "siglip";
  if (json !== undefined) return own(model, "end_of_word_suffix") === "</w>" ? "clip" : "gpt2";
  if (files.has("vocab.txt")) return "bert";
  if (files.has("spiece.model")) return "siglip";
  if (files.has("vocab.json") && files.has("merges.txt")) {
    return required(files, "vocab.json").includes('"<|startoftext|>"') ? "clip" : "gpt2";
  }
  fail(
    "FILE_NOT_FOUND",
    `No vocabulary among ${[...files.keys()].slice(0, 20).join(", ") || "no files"}: it takes tokenizer.json, vocab.txt, spiece.model, or vocab.json with merges.txt.`,
  );
}

function bertOptions(config: unknown, json: unknown, files: Files, options: BertTokenizerOptions): BertTokenizerOptions {
  const names = {
    do_lower_case: "lowercase",
    strip_accents: "stripAccents",
    tokenize_chinese_chars: "splitChinese",
    clean_text: "cleanText",
  } as const;
  const text: Record<string, boolean> = {};
  for (const [key, name] of Object.entries(names)) {
    const value = own(config, key) ?? undefined;
    if (typeof value === "boolean") text[name] = value;
    else if (value !== undefined) fail("FILE_CORRUPT", `tokenizer_config.json has ${key} ${show(value)}, expected true, false or null.`);
  }
  const sentences = jsonOf(files, "sentence_bert_config.json");
  const length = lengthOf(sentences, "max_seq_length", "sentence_bert_config.json");
  const lowercase = text.lowercase ?? (json === undefined ? true : own(own(json, "normalizer"), "lowercase"));
  if (own(sentences, "do_lower_case") === true && lowercase !== true) {
    fail("FILE_CORRUPT", "sentence_bert_config.json has do_lower_case true, but the tokenizer keeps capitals; that isn't supported here.");
  }
  return { ...options, ...text, ...(length === undefined ? {} : { contextLength: length }) };
}

function lengthOf(config: unknown, key: string, name: string): number | undefined {
  const value = own(config, key) ?? undefined;
  if (value === undefined || (typeof value === "number" && value > NO_LIMIT)) return undefined;
  if (!Number.isSafeInteger(value) || (value as number) < 2) fail("FILE_CORRUPT", `${name} has ${key} ${show(value)}, expected 2 or more.`);
  return value as number;
}

function textOf(files: Files, name: string): string | undefined {
  const content = files.get(name);
  if (content === undefined || typeof content === "string") return content;
  if (!(content instanceof Uint8Array)) fail("INVALID_ARGUMENT", `${name} must be given as text or bytes, got ${show(content)}.`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch (error) {
    fail("FILE_CORRUPT", `${name} isn't UTF-8: it is damaged or of another format.`, error);
  }
}

function jsonOf(files: Files, name: string): unknown {
  const text = textOf(files, name);
  const value = text === undefined ? undefined : parseJsonText(text, name);
  if (value !== undefined && !isRecord(value)) fail("FILE_CORRUPT", `${name} must hold an object, got ${show(value)}.`);
  return value;
}

function required(files: Files, name: string): string {
  return textOf(files, name) ?? fail("FILE_NOT_FOUND", `This tokenizer needs ${name}, which isn't among the files.`);
}

function pieceModel(files: Files): Uint8Array {
  const content = files.get("spiece.model") ?? fail("FILE_NOT_FOUND", "This tokenizer needs spiece.model, which isn't among the files.");
  return content instanceof Uint8Array ? content : fail("INVALID_ARGUMENT", "spiece.model must be given as bytes, got text.");
}
