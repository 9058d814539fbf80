import { fail, type Random, show } from "@rsdix/internal";
import { type Token, wordsOf } from "./captions";

/** The words of a caption that is to be changed; throws for what is no caption, or no generator. */
export function wordsToChange(caption: string, random: Random): Token[] {
  checkCaption(caption, "caption");
  if (typeof random?.int !== "function" || typeof random.shuffle !== "function") {
    fail("INVALID_ARGUMENT", `random must be what createRandom(seed) gives, got ${show(random)}.`);
  }
  return wordsOf(caption);
}

/** Throws unless it is a string. */
function checkCaption(caption: string, name: string): void {
  if (typeof caption !== "string") fail("INVALID_ARGUMENT", `${name} must be a string, got ${show(caption)}.`);
}

/** Throws unless it is a list of strings. */
export function checkListOf(list: readonly string[], name: string, what: string): void {
  if (!Array.isArray(list)) fail("INVALID_ARGUMENT", `${name} must be a list of ${what}, got ${show(list)}.`);
  for (let i = 0; i < list.length; i++) if (typeof list[i] !== "string") checkCaption(list[i]!, `${name}[${i}]`);
}

/** Throws unless results can be kept by the name: what every object has, as `constructor`, would be found where nothing was kept. */
export function checkName(name: string, path: string): void {
  if (name in {}) fail("INVALID_ARGUMENT", `${path}.name must be another than ${name}, which every object has: results are kept by name.`);
}
