import { fail, isRecord, show } from "@rsdix/internal";
import { own, parseJsonText } from "./json-text";

/** A token that is found in the text as it stands. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
}

/** The parts of a tokenizer.json. What they hold is for each tokenizer to check. */
export interface TokenizerFile {
  readonly model: Record<string, unknown>;
  readonly addedTokens: readonly AddedToken[];
  readonly normalizer: unknown;
  readonly preTokenizer: unknown;
  readonly postProcessor: unknown;
  readonly decoder: unknown;
  readonly truncation: unknown;
}

/** Added tokens: T5 and Whisper, which have the most, have 100 and 1,600; a text is searched for each. */
const MAX_ADDED_TOKENS = 4096;

/** Reads the parts of a tokenizer.json whose model must be of type `modelType`; `kind` names the tokenizer in messages. */
export function readTokenizerFile(json: unknown, kind: string, modelType: "BPE" | "WordPiece" | "Unigram"): TokenizerFile {
  const content = typeof json === "string" ? parseJsonText(json, "tokenizer.json") : json;
  const model = own(content, "model");
  const type = own(model, "type");
  if (!isRecord(model) || type !== modelType) {
    corrupt(
      `a ${kind} tokenizer needs a model of type "${modelType}", and this has ${typeof type === "string" ? `"${type}"` : show(type)}`,
    );
  }
  return {
    model,
    addedTokens: readAddedTokens(own(content, "added_tokens") ?? []),
    normalizer: own(content, "normalizer") ?? null,
    preTokenizer: own(content, "pre_tokenizer") ?? null,
    postProcessor: own(content, "post_processor") ?? null,
    decoder: own(content, "decoder") ?? null,
    truncation: own(content, "truncation") ?? null,
  };
}

function readAddedTokens(list: unknown): AddedToken[] {
  if (!Array.isArray(list)) corrupt(`added_tokens must be an array, got ${show(list)}`);
  if (list.length > MAX_ADDED_TOKENS) {
    fail("FILE_TOO_LARGE", `tokenizer.json has ${list.length} added tokens, more than ${MAX_ADDED_TOKENS}.`);
  }
  return list.map((item, i) => {
    const content = own(item, "content");
    const id = own(item, "id");
    if (typeof content !== "string" || content === "" || !Number.isSafeInteger(id)) {
      corrupt(`added token ${i} must have a text and a whole number as its id`);
    }
    const flag = (key: string, otherwise: boolean): boolean => {
      const value = own(item, key) ?? otherwise;
      return typeof value === "boolean"
        ? value
        : corrupt(`${key} of the added token "${content}" must be true or false, got ${show(value)}`);
    };
    if (flag("single_word", false)) corrupt(`the added token "${content}" has single_word, which isn't supported here`);
    const special = flag("special", false);
    const strip = { lstrip: flag("lstrip", false), rstrip: flag("rstrip", false) };
    return { id: id as number, content, ...strip, normalized: flag("normalized", !special), special };
  });
}

/**
 * The ids of all tokens, the added ones included. They must be 0 to n - 1, each once: tables are indexed by them, and an id far out
 * would make a table as long.
 */
export function checkVocabulary(vocab: unknown, added: readonly AddedToken[]): Map<string, number> {
  if (!isRecord(vocab)) corrupt(`the vocabulary must be an object of ids by token, got ${show(vocab)}`);
  return checkIds(entriesOf(vocab), added);
}

/** One at a time: a pair for each of a quarter of a million tokens would take more than all that is kept of them. */
function* entriesOf(vocab: Record<string, unknown>): Generator<[string, unknown]> {
  for (const token of Object.keys(vocab)) yield [token, vocab[token]];
}

/** The same of a list of tokens and ids. */
export function checkIds(entries: Iterable<readonly [string, unknown]>, added: readonly AddedToken[]): Map<string, number> {
  const ids = new Map<string, number>();
  const put = (token: string, id: unknown) => {
    const known = ids.get(token);
    if (known !== undefined && known !== id) corrupt(`${JSON.stringify(token)} has two ids, ${known} and ${show(id)}`);
    ids.set(token, id as number);
  };
  for (const [token, id] of entries) put(token, id);
  for (const { content, id } of added) put(content, id);
  const taken = new Uint8Array(ids.size);
  for (const [token, id] of ids) {
    if (!Number.isInteger(id) || id < 0) corrupt(`the id of ${JSON.stringify(token)} must be a whole number, got ${show(id)}`);
    if (id >= ids.size)
      corrupt(`${JSON.stringify(token)} has the id ${id}, but there are ${ids.size} tokens: ids must be 0 to ${ids.size - 1}`);
    if (taken[id]) corrupt(`two tokens have the id ${id}`);
    taken[id] = 1;
  }
  return ids;
}

/** Throws unless a model's setting is one of `allowed`; absent counts as null. */
export function checkSetting(model: Record<string, unknown>, key: string, allowed: readonly unknown[]): void {
  const value = own(model, key) ?? null;
  if (!allowed.includes(value)) {
    corrupt(
      `its model has ${key} ${JSON.stringify(value)?.slice(0, 60)}; supported is ${allowed.map((x) => JSON.stringify(x)).join(" or ")}`,
    );
  }
}

/**
 * Throws unless a part of the pipeline is one of `known`. Patterns of a file are never compiled: a regular expression can be made to take
 * hours, and a tokenizer with other rules than its model's would give other ids without a word.
 */
export function checkPart(part: unknown, known: readonly unknown[], name: string): void {
  const seen = canonical(part, name);
  if (known.some((item) => canonical(item, name) === seen)) return;
  corrupt(`its ${name} isn't that of the models this tokenizer is for: ${seen.slice(0, 200)}`);
}

/** One spelling of a part: keys sorted, without what says nothing about ids. */
function canonical(part: unknown, name: string, depth = 0): string {
  if (depth > 8) corrupt(`its ${name} is nested too deeply`);
  if (Array.isArray(part)) return `[${part.map((item) => canonical(item, name, depth + 1)).join()}]`;
  if (!isRecord(part)) return JSON.stringify(part) ?? "null";
  const said = Object.entries(part).filter(([key, value]) => key !== "trim_offsets" && !(key === "use_regex" && value === true));
  return `{${said
    .map(([key, value]) => `${JSON.stringify(key)}:${canonical(value, name, depth + 1)}`)
    .sort()
    .join()}}`;
}

/** Throws a FILE_CORRUPT about a tokenizer.json. */
export function corrupt(what: string, cause?: unknown): never {
  fail("FILE_CORRUPT", `Not a usable tokenizer.json: ${what}.`, cause);
}
