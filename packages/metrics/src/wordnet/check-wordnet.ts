import { fail } from "@rsdix/internal";
import { showKeys } from "../show-keys";
import type { WordNet } from "./wordnet";

/** Throws unless it is a WordNet, with the method that is wanted: a promise that nobody waited for would only fail in the middle of a caption. */
export function checkWordNet(wordnet: WordNet, method: keyof WordNet = "synsets"): void {
  if (typeof wordnet?.[method] !== "function")
    fail("INVALID_ARGUMENT", `wordnet must be what loadWordNet resolves to, got ${showKeys(wordnet)}.`);
}
