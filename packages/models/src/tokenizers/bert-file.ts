import { fail, isRecord } from "@rsdix/internal";
import type { BertTextOptions } from "./bert-text";
import { own } from "./json-text";
import { type AddedToken, checkPart, checkSetting, checkVocabulary, corrupt, readTokenizerFile } from "./tokenizer-file";

/** What a BERT tokenizer is made of. */
export interface BertParts {
  readonly ids: ReadonlyMap<string, number>;
  readonly addedTokens: readonly AddedToken[];
  readonly text: BertTextOptions;
  readonly contextLength: number;
  /** Whether decoding leaves out spaces before punctuation. */
  readonly tidy: boolean;
}

/** What BERT itself takes; the table of positions ends there. */
const BERT_LENGTH = 512;
/** Longer words are unknown, as in the original; cutting a word takes time by the square of its length. */
export const MAX_WORD_LENGTH = 100;
/** The largest vocabulary of BERT's kind (LaBSE's) has 501,153 lines. */
const MAX_LINES = 550_000;
/** It has 5.2 million characters. */
const MAX_LENGTH = 2 ** 23;

const SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/** Reads a tokenizer.json and checks that it says what BERT's says. */
export function checkBertFile(json: unknown): BertParts {
  const content = readTokenizerFile(json, "BERT", "WordPiece");
  const { model, addedTokens } = content;
  checkSetting(model, "unk_token", ["[UNK]"]);
  checkSetting(model, "continuing_subword_prefix", ["##"]);
  checkSetting(model, "max_input_chars_per_word", [MAX_WORD_LENGTH, null]);
  checkPart(content.preTokenizer, [{ type: "BertPreTokenizer" }], "pre_tokenizer");
  checkPart(own(content.decoder, "prefix"), ["##"], "decoder's prefix");
  const tidy = own(content.decoder, "cleanup") ?? true;
  if (typeof tidy !== "boolean") corrupt("its decoder's cleanup must be true or false");
  checkProcessor(content.postProcessor);
  for (const { content: token, normalized } of addedTokens) {
    if (normalized) corrupt(`the added token "${token}" is normalized, which isn't supported here`);
  }
  return {
    ids: checkVocabulary(own(model, "vocab"), addedTokens),
    addedTokens,
    text: textOptions(content.normalizer),
    contextLength: lengthOf(content.truncation),
    tidy,
  };
}

/** From a vocab.txt: the line is the id. */
export function vocabularyOfLines(text: string): BertParts {
  if (typeof text !== "string") fail("INVALID_ARGUMENT", `vocab.txt must be given as its text, got ${typeof text}.`);
  const damaged = (what: string): never => fail("FILE_CORRUPT", `Not a usable vocab.txt: ${what}.`);
  if (text.length > MAX_LENGTH) fail("FILE_TOO_LARGE", `vocab.txt has ${text.length} characters, more than ${MAX_LENGTH}.`);
  const lines = text.split(/\r?\n/, MAX_LINES + 1);
  if (lines.at(-1) === "") lines.pop();
  if (lines.length > MAX_LINES) fail("FILE_TOO_LARGE", `vocab.txt has more than ${MAX_LINES} lines.`);
  const empty = lines.indexOf("");
  if (empty >= 0) damaged(`line ${empty + 1} is empty`);
  const ids = new Map<string, number>();
  for (const token of lines) {
    if (ids.has(token)) damaged(`"${token}" comes twice`);
    ids.set(token, ids.size);
  }
  const absent = SPECIAL.slice(0, 4).find((token) => !ids.has(token));
  if (absent) damaged(`it has no "${absent}"`);
  const flags = { lstrip: false, rstrip: false, normalized: false, special: true };
  const addedTokens = SPECIAL.filter((token) => ids.has(token)).map(
    (content): AddedToken => ({ content, id: ids.get(content)!, ...flags }),
  );
  return { ids, addedTokens, text: {}, contextLength: BERT_LENGTH, tidy: true };
}

function textOptions(normalizer: unknown): BertTextOptions {
  if (!isRecord(normalizer) || normalizer.type !== "BertNormalizer") corrupt('its normalizer must be of type "BertNormalizer"');
  const flag = (key: string): boolean | undefined => {
    const value = own(normalizer, key) ?? undefined;
    return value === undefined || typeof value === "boolean" ? value : corrupt(`its normalizer's ${key} must be true, false or null`);
  };
  const entries = [
    ["lowercase", flag("lowercase")],
    ["stripAccents", flag("strip_accents")],
    ["splitChinese", flag("handle_chinese_chars")],
    ["cleanText", flag("clean_text")],
  ] as const;
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** `[CLS] … [SEP]`, in either of the two ways in which files say so. */
function checkProcessor(processor: unknown): void {
  const token = (id: string, type: number) => ({ SpecialToken: { id, type_id: type } });
  if (own(processor, "type") === "BertProcessing") {
    const names = [own(processor, "cls"), own(processor, "sep")].map((pair) => (Array.isArray(pair) ? pair[0] : undefined));
    checkPart(names, [["[CLS]", "[SEP]"]], "post_processor");
    return;
  }
  const single = [token("[CLS]", 0), { Sequence: { id: "A", type_id: 0 } }, token("[SEP]", 0)];
  checkPart(own(processor, "single"), [single], "post_processor's single");
  const second = [{ Sequence: { id: "B", type_id: 1 } }, token("[SEP]", 1)];
  checkPart(own(processor, "pair"), [[...single, ...second]], "post_processor's pair");
}

/** The length that the file's exporter had set, if any. */
function lengthOf(truncation: unknown): number {
  const length = own(truncation, "max_length");
  return Number.isSafeInteger(length) && (length as number) >= 2 ? Math.min(length as number, BERT_LENGTH) : BERT_LENGTH;
}
