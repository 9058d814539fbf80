import { fail, show } from "@rsdix/internal";
import { checkWordNet } from "../wordnet/check-wordnet";
import type { WordNet, WordNetPartOfSpeech } from "../wordnet/wordnet";
import { DETERMINERS, FORMS_OF_BE, FUNCTION_WORDS } from "./function-words";

/**
 * A tagger: the part of speech of each word of a caption, "n", "v", "a" or "r" (noun, verb, adjective, adverb), and null for a word that no
 * synonym may replace.
 */
export type TagWords = (words: readonly string[]) => readonly (WordNetPartOfSpeech | null)[];

const PARTS: readonly WordNetPartOfSpeech[] = ["n", "v", "a", "r"];

/**
 * A tagger that asks WordNet which parts of speech a word may have, and the words beside it which of them it has here. It is made for captions: "many
 * planes are parked near a large terminal". Words that hold a sentence together (articles, pronouns, prepositions, conjunctions, auxiliaries, numerals),
 * and words that WordNet does not have, get null.
 *
 * @param wordnet From `loadWordNet`.
 * @returns The tagger.
 * @throws RsdixError INVALID_ARGUMENT for what is no dictionary.
 * @example
 * ```ts
 * import { tagByWordNet, type WordNet } from "@rsdix/metrics/study";
 * const known: Record<string, string> = { large: "na", terminal: "na" };
 * const wordnet = { baseForms: (word: string, pos: string) => (known[word]?.includes(pos) ? [word] : []) } as unknown as WordNet;
 * console.log(tagByWordNet(wordnet)(["a", "large", "terminal"])); // [ null, "a", "n" ]
 * ```
 * @see Miller, "WordNet: a lexical database for English", 1995 (which parts of speech a word may have; the choice among them is ours)
 */
export function tagByWordNet(wordnet: WordNet): TagWords {
  checkWordNet(wordnet, "baseForms");
  return (words) => {
    const lower = words.map((word) => word.toLowerCase());
    const possible = lower.map((word) =>
      FUNCTION_WORDS.has(word)
        ? []
        : PARTS.filter((part) => wordnet.baseForms(word.replaceAll("-", "_"), part).length > 0 || wordnet.baseForms(word, part).length > 0),
    );
    return lower.map((word, i) => {
      const parts = possible[i]!;
      const is = (part: WordNetPartOfSpeech) => parts.includes(part);
      if (parts.length < 2) return parts[0] ?? null;
      if (word.endsWith("ly") && is("r")) return "r";
      const before = lower[i - 1] ?? "";
      if (is("v") && FORMS_OF_BE.has(before) && /(ed|ing)$/.test(word)) return "v";
      if (is("a") && possible[i + 1]?.some((part) => part === "n" || part === "a")) return "a";
      if (is("a") && FORMS_OF_BE.has(before)) return "a";
      if (is("n") && (DETERMINERS.has(before) || !/(ed|ing)$/.test(word))) return "n";
      return is("v") ? "v" : parts[0]!;
    });
  };
}

/** Throws unless it is a function. */
export function checkTag(tag: TagWords): void {
  if (typeof tag !== "function")
    fail("INVALID_ARGUMENT", `tag must be a function that gives each word's part of speech, got ${show(tag)}.`);
}

/** What a tagger says of some words; throws unless it has an answer for each. */
export function tagsOf(tag: TagWords, words: readonly string[]): readonly (WordNetPartOfSpeech | null)[] {
  const tags = tag(words);
  if (!Array.isArray(tags) || tags.length !== words.length) {
    const got = Array.isArray(tags) ? tags.length : show(tags);
    fail("INVALID_ARGUMENT", `tag must give a part of speech or null for each of ${words.length} words, got ${got}.`);
  }
  const wrong = words.findIndex((_, i) => tags[i] !== null && !PARTS.includes(tags[i]));
  if (wrong !== -1) fail("INVALID_ARGUMENT", `tag must give ${PARTS.join(", ")} or null, got ${show(tags[wrong])} for "${words[wrong]}".`);
  return tags;
}
