import type { Charsmap } from "./charsmap";
import { stripped, WHITE_SPACE } from "./white-space";

/** What SigLIP's authors do to a text before its pieces: no ASCII punctuation, single spaces, none at the ends. */
export function canonicalText(text: string, removePunctuation: boolean): string {
  const bare = removePunctuation ? text.replace(/[!-/:-@[-`{-~]/g, "") : text;
  return stripped(bare.replace(WHITE_SPACE, " "));
}

/**
 * SentencePiece's normalisation: the map's replacements, the longest match first; then single spaces, none at the ends; then `▁` for a
 * space.
 */
export function normalizedText(text: string, charsmap: Charsmap | undefined, removeExtraSpaces: boolean): string {
  const mapped = charsmap ? replaceAll(text, charsmap) : text;
  if (!removeExtraSpaces) return mapped.replaceAll(" ", "▁");
  return mapped.replace(/ +/g, " ").replace(/^ /, "").replaceAll(" ", "▁").replace(/▁+$/, "");
}

function replaceAll(text: string, charsmap: Charsmap): string {
  const bytes = new TextEncoder().encode(text);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let result = "";
  let copied = 0; // where what goes over as it stands begins
  for (let at = 0; at < bytes.length; ) {
    const found = charsmap.longest(bytes, at);
    if (found) {
      result += decoder.decode(bytes.subarray(copied, at)) + found.text;
      copied = at += found.length;
    } else {
      at++;
      while (at < bytes.length && (bytes[at]! & 0xc0) === 0x80) at++;
    }
  }
  return result + decoder.decode(bytes.subarray(copied));
}

/** The tokens of a text's bytes, for a character that no piece covers. */
export function byteTokens(text: string): string[] {
  return Array.from(new TextEncoder().encode(text), (byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
}

/** Pieces back to text. */
export function sentencePieceText(tokens: readonly string[], byteFallback: boolean): string {
  const joined = byteFallback ? joinBytes(tokens) : tokens.join("");
  return stripped(joined.replaceAll("▁", " "));
}

/** Runs of byte tokens are UTF-8 of characters that had no piece. */
function joinBytes(tokens: readonly string[]): string {
  let result = "";
  let run: number[] = [];
  const flush = () => {
    result += new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(run));
    run = [];
  };
  for (const token of tokens) {
    const byte = /^<0x([0-9A-F]{2})>$/.exec(token)?.[1];
    if (byte) run.push(Number.parseInt(byte, 16));
    else {
      flush();
      result += token;
    }
  }
  flush();
  return result;
}
