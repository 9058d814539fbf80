import { fail } from "@rsdix/internal";
import type { Reading } from "./reading";

// Each key ends so, however it is written; the same within a text only makes the text be looked at more closely.
const KEY_END = /"\s*:/g;

/**
 * What JSON text says. Throws FILE_CORRUPT where it is not JSON. JSON's readers keep the last of two keys of one object; as that
 * loses what the other says, it is an error with its line (or an item that is named, where items are skipped).
 */
export function parseJsonText(text: string, where: string, reading: Reading): unknown {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const { message } = cause as Error;
    fail("FILE_CORRUPT", `${where} is not JSON in UTF-8 (${message}). It may be truncated: fetch or write it again.`, cause);
  }
  // Counting is cheap, finding is not: only where the value has fewer keys than the text seems to have.
  if (keysOfText(text) > keysOfValue(json)) {
    const found = firstDuplicateKey(text);
    if (found) {
      const place = text.includes("\n") ? `${where}: line ${found.line}` : where;
      reading.attempt(place, () =>
        fail("FILE_CORRUPT", `${place} has the key ${found.key} a second time in one object. Readers would keep the last: remove one.`),
      );
    }
  }
  return json;
}

function keysOfText(text: string): number {
  let count = 0;
  for (KEY_END.lastIndex = 0; KEY_END.test(text); ) count++;
  return count;
}

function keysOfValue(json: unknown): number {
  let count = 0;
  const waiting = [json];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (Array.isArray(value)) {
      for (const item of value) if (typeof item === "object" && item !== null) waiting.push(item);
    } else if (typeof value === "object" && value !== null) {
      for (const key of Object.keys(value)) {
        count++;
        const item = (value as Record<string, unknown>)[key];
        if (typeof item === "object" && item !== null) waiting.push(item);
      }
    }
  }
  return count;
}

/** The first key that stands in one object twice, in text that is JSON. */
function firstDuplicateKey(text: string): { key: string; line: number } | undefined {
  const mark = /["{}]/g;
  const colon = /\s*:/y;
  const objects: Set<string>[] = [];
  for (let match = mark.exec(text); match; match = mark.exec(text)) {
    if (match[0] === "{") objects.push(new Set());
    else if (match[0] === "}") objects.pop();
    else {
      const end = endOfString(text, match.index);
      mark.lastIndex = end;
      colon.lastIndex = end;
      if (!colon.test(text)) continue;
      const key = text.slice(match.index, end);
      const name = JSON.parse(key) as string;
      const names = objects.at(-1)!;
      if (names.has(name)) return { key, line: text.slice(0, match.index).split("\n").length };
      names.add(name);
    }
  }
  return undefined;
}

/** Where the string that opens at `start` ends. By hand: a pattern of many repetitions would overflow the stack at a text of megabytes. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); ; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
  }
}
