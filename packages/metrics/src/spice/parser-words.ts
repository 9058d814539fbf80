/** The lists of words in the model's file, in their order. */
export const WORD_LISTS = ["nouns", "verbs", "stems", "twoWords", "threeWords", "afterArticle", "alone", "beforeThe"] as const;

/**
 * What the caption parser knows of single words: base forms of irregular `nouns` and `verbs`; how the base form follows from `stems`, endings of
 * what is left of a verb without "-ed" or "-ing" ("^" is the beginning of a word): "e" that it has one more ("arrang-"), "-" that its last letter
 * is doubled ("stopp-"), "." that it is there; prepositions of `twoWords` and `threeWords`, with "_" between; and what counts the things that
 * follow it: `afterArticle` ("a lot of planes"; a group or a row doesn't), `alone` ("lots of planes"), and only `beforeThe` ("some of the planes").
 */
export type ParserWords = Readonly<Record<(typeof WORD_LISTS)[number], ReadonlyMap<string, string>>>;

/** The lists of a text: a line each, words or "form:base" with blanks between. */
export function readWords(text: string, corrupt: (why: string) => never): ParserWords {
  const lists = text.split("\n").map((line) => new Map(line.split(" ").map((entry) => entry.split(":") as [string, string])));
  if (lists.length !== WORD_LISTS.length) corrupt(`has ${lists.length} lists of words, expected ${WORD_LISTS.length}`);
  return Object.fromEntries(WORD_LISTS.map((name, i) => [name, lists[i]])) as unknown as ParserWords;
}
