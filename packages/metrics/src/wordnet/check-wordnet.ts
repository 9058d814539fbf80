import { fail } from "@rsdix/internal";
import { showKeys } from "../show-keys";
import type { WordNet } from "./wordnet";

/** Throws unless it is a WordNet: a promise that nobody waited for would only fail in the middle of a caption. */
export function checkWordNet(wordnet: WordNet): void {
  if (typeof wordnet?.synsets !== "function")
    fail("INVALID_ARGUMENT", `wordnet must be what loadWordNet resolves to, got ${showKeys(wordnet)}.`);
}
