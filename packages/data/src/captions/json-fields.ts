import { fail, isRecord } from "@rsdix/internal";
import type { CaptionSentence, ExtraFields, JsonValue } from "../caption-dataset";
import { type CaptionRecord, SPLITS, type Split } from "../caption-dataset";
import { filenameProblem } from "../filename-problem";
import { storeName } from "../files/file-name";
import type { Reading } from "./reading";

/** The value as an object of fields. */
export function objectField(value: unknown, where: string): Record<string, unknown> {
  if (!isRecord(value)) expected(where, "an object", value);
  return value as Record<string, unknown>;
}

/** The value as a list. */
export function listField(value: unknown, where: string): unknown[] {
  return Array.isArray(value) ? value : expected(where, "a list", value);
}

/** The value as text. */
export function textField(value: unknown, where: string): string {
  return typeof value === "string" ? value : expected(where, "text", value);
}

/** The value as a whole number. */
export function numberField(value: unknown, where: string): number {
  return Number.isSafeInteger(value) ? (value as number) : expected(where, "a whole number", value);
}

/** The value as the name of an image below the image folder, in the one spelling that makes one file one name. */
export function filenameField(value: unknown, where: string): string {
  const problem = filenameProblem(value);
  if (problem) fail("FILE_CORRUPT", `${where} ${problem}, got ${shown(value)}.`);
  return storeName(value as string) || fail("FILE_CORRUPT", `${where} names a folder, got ${shown(value)}.`);
}

/** The value as a split. */
export function splitField(value: unknown, where: string): CaptionRecord["split"] {
  if (value === "restval" || SPLITS.includes(value as Split)) return value as CaptionRecord["split"];
  return expected(where, 'one of "train", "val", "test", "restval"', value);
}

/** The value as a caption. */
export function captionField(value: unknown, where: string, { refuseBlank }: Reading): string {
  const caption = textField(value, where);
  if (refuseBlank && caption.trim() === "") fail("FILE_CORRUPT", `${where} is a blank caption. Write one, or skip it with onError "skip".`);
  return caption;
}

/** A sentence in Karpathy's form: `raw`, perhaps `tokens`, and fields that are kept. */
export function sentenceField(json: unknown, where: string, reading: Reading): CaptionSentence {
  const { raw, tokens, ...extra } = objectField(json, where);
  return {
    raw: captionField(raw, `${where}.raw`, reading),
    ...(tokens !== undefined && { tokens: tokensField(tokens, `${where}.tokens`) }),
    ...extraFields(extra),
  };
}

/** The value as a caption's words. */
export function tokensField(value: unknown, where: string): string[] {
  return listField(value, where).map((token, i) => (typeof token === "string" ? token : textField(token, `${where}[${i}]`)));
}

/** Fields that this package does not know, where there are any. */
export function extraFields(extra: Record<string, unknown>): { extra?: ExtraFields } {
  for (const _ in extra) return { extra: extra as Record<string, JsonValue> };
  return {};
}

/** A field's place: of an item in JSON "images[3].split", of a line of another form "line 3: split". */
export function fieldOf(where: string, name: string): string {
  return /: line \d+$/.test(where) ? `${where}: ${name}` : `${where}.${name}`;
}

/** Throws FILE_CORRUPT: what was expected where, and what came. */
export function expected(where: string, what: string, value: unknown, hint = ""): never {
  return fail("FILE_CORRUPT", `${where} must be ${what}, got ${value === undefined ? "nothing" : shown(value)}.${hint}`);
}

function shown(value: unknown): string {
  if (typeof value === "number") return String(value); // JSON has no Infinity, which 1e400 is
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    text = "a value that is too deep to show"; // a million brackets
  }
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
