import { fail, isRecord } from "@rsdix/internal";
import type { CaptionRecord, JsonValue, Split } from "../caption-dataset";
import { parseJsonText } from "../captions/parse-json-text";
import { startReading } from "../captions/reading";
import { storeName } from "../files/file-name";
import { parseRecord } from "../parse-karpathy";
import type { RawSample } from "./samples";

/** What is taken for what a sample doesn't say. */
export interface RecordDefaults {
  readonly split: Split;
  readonly imgid: number;
  /** The classes in the order of their numbers. */
  readonly classes: readonly string[] | undefined;
  /** Whether it must have a caption or a class. */
  readonly requireText: boolean;
}

/** What the files of a sample say of its image. */
export function sampleRecord(sample: RawSample, defaults: RecordDefaults): { record: CaptionRecord; json?: JsonValue } {
  const { shard, key, offset, image, texts } = sample;
  const where = `${shard}: the sample "${key}" at byte ${offset}`;
  const json = texts.has("json") ? parseJson(texts.get("json")!, `${where}: its .json`) : undefined;
  const { caption, captions, sentences, label, ...rest } = json ?? {};
  const said = sentences ?? textsOf(captions ?? caption, captions === undefined ? "caption" : "captions", where);
  const lines = said === undefined && texts.has("txt") ? linesOf(texts.get("txt")!, `${where}: its .txt`) : [];
  const cls = label === undefined && texts.has("cls") ? decoded(texts.get("cls")!, `${where}: its .cls`).trim() : undefined;
  const known =
    typeof label === "number" ? className(label, defaults.classes, where) : (label ?? (cls && fromCls(cls, defaults.classes, where)));
  const fields = {
    filename: `${shard.replace(/^.*[/\\]/s, "").replace(/\.(tar|tar\.gz|tgz)$/i, "")}/${storeName(image.name)}`,
    imgid: defaults.imgid,
    split: defaults.split,
    ...rest,
    sentences: Array.isArray(said)
      ? said.map((sentence) => (typeof sentence === "string" ? { raw: sentence } : sentence))
      : (said ?? lines),
    ...(known !== undefined && { label: known }),
  };
  const record = parseRecord(fields, `${where}: record`);
  if (defaults.requireText && record.sentences.length === 0 && record.label === undefined) {
    fail("FILE_CORRUPT", `${where} has neither a caption (.txt, or "caption", "captions" or "sentences" in .json) nor a class (.cls).`);
  }
  return { record, ...(json && { json: json as JsonValue }) };
}

/** Text of UTF-8; FILE_CORRUPT. */
function decoded(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    return fail("FILE_CORRUPT", `${where} is not text in UTF-8.`, cause);
  }
}

/** An object from JSON; FILE_CORRUPT. */
export function parseJson(bytes: Uint8Array, where: string): Record<string, unknown> {
  const text = decoded(bytes, where);
  const json = parseJsonText(text, where, startReading({}));
  if (!isRecord(json)) fail("FILE_CORRUPT", `${where} must hold an object, got ${text.slice(0, 60)}.`);
  return json as Record<string, unknown>;
}

function textsOf(value: unknown, field: string, where: string): string[] | undefined {
  if (value === undefined) return undefined;
  const texts = field === "caption" ? [value].flat() : value;
  if (Array.isArray(texts) && texts.every((text) => typeof text === "string")) return texts;
  const expected = field === "caption" ? "a text or a list of texts" : "a list of texts";
  return fail("FILE_CORRUPT", `${where}: "${field}" in its .json must be ${expected}, got ${JSON.stringify(value).slice(0, 60)}.`);
}

function linesOf(bytes: Uint8Array, where: string): { raw: string }[] {
  return decoded(bytes, where)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .map((raw) => ({ raw }));
}

/** A .cls holds a class's number, or its name. */
function fromCls(text: string, classes: readonly string[] | undefined, where: string): string {
  return /^\d+$/.test(text) ? className(Number(text), classes, where) : text;
}

/** A class by its number where there is a list; else the number is its name. */
function className(number: number, classes: readonly string[] | undefined, where: string): string {
  if (!classes) return String(number);
  return classes[number] ?? fail("FILE_CORRUPT", `${where} is of class ${number}; there are ${classes.length}, counted from 0.`);
}
