import { fail, show } from "@rsdix/internal";
import { baseForms } from "./base-forms";

/**
 * Which of a caption's words belong to a protected word or phrase, in any case, singular or plural, with spaces, hyphens or underscores.
 *
 * @returns a flag for each of `words`.
 */
export function protectedFlags(words: readonly string[], protectedWords: readonly string[]): boolean[] {
  if (!Array.isArray(protectedWords)) fail("INVALID_ARGUMENT", `protectedWords must be a list of texts, got ${show(protectedWords)}.`);
  const flags = words.map(() => false);
  const parts = words.flatMap((word, index) => split(word).map((part) => ({ forms: forms(part), index })));
  protectedWords.forEach((phrase: unknown, position) => {
    const wanted = typeof phrase === "string" ? split(phrase).map(forms) : [];
    if (wanted.length === 0) fail("INVALID_ARGUMENT", `protectedWords[${position}] must be a text with a word in it, got ${show(phrase)}.`);
    for (let start = 0; start + wanted.length <= parts.length; start++) {
      const span = parts.slice(start, start + wanted.length);
      if (span.every((part, i) => part.forms.some((form) => wanted[i]!.includes(form)))) {
        for (const { index } of span) flags[index] = true;
      }
    }
  });
  return flags;
}

function split(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{M}]+/gu) ?? [];
}

function forms(word: string): string[] {
  return [word, ...baseForms(word, "noun")];
}
