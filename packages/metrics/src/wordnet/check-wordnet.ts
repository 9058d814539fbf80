import { fail } from "@rsdix/internal";
import { showKeys } from "../show-keys";

/** Throws unless it is a WordNet: a promise that nobody waited for would only fail in the middle of a caption. */
export function checkWordNet(wordnet: unknown): void {
  const { synsets, exceptions } = (wordnet ?? {}) as Record<string, unknown>;
  if (typeof synsets === "function" && typeof exceptions === "function") return;
  fail("INVALID_ARGUMENT", `wordnet must be what loadWordNet resolves to, got ${showKeys(wordnet)}.`);
}
