import type { ParserWords } from "./parser-words";

/** The base form of a word with the tag that it has, in lower case: nouns lose their plural, verbs their ending, others stay. */
export function lemmaOf(word: string, tag: string, words: ParserWords): string {
  const lower = word.toLowerCase();
  if (tag === "NNS") return words.nouns.get(lower) ?? singular(lower);
  if (/^VB|^MD/.test(tag)) return words.verbs.get(lower) ?? verbBase(lower, words);
  if (tag === "RB" && lower === "n't") return "not";
  return lower;
}

function singular(word: string): string {
  if (word.endsWith("children")) return word.slice(0, -3);
  if (word.endsWith("men")) return `${word.slice(0, -2)}an`;
  if (!word.endsWith("s") || word.length < 3 || /(ss|[^a]us|is|[^o]ics)$/.test(word)) return word;
  if (/ies$/.test(word) && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(x|zz|tz|ch|sh|ss)es$/.test(word) && !/(^axes|(^|head|tooth|heart|stomach)aches|caches)$/.test(word)) return word.slice(0, -2);
  if (/([^aoe]us|gas|atlas|iris)es$/.test(word) && !/(^|f|ab|cl?a|m)uses$/.test(word)) return word.slice(0, -2);
  if (/[^aeiou]oes$/.test(word) && !/(fl|sh)oes$/.test(word) && word.length > 4) return word.slice(0, -2);
  return word.slice(0, -1);
}

function verbBase(word: string, { stems }: ParserWords): string {
  if (/ied$/.test(word)) return word.length > 4 ? `${word.slice(0, -3)}y` : word.slice(0, -1);
  if (word.endsWith("eed")) return /(agr|fr|gu?arant)eed$/.test(word) ? word.slice(0, -1) : word;
  if (word.endsWith("ed")) return stem(word.slice(0, -2), word, stems);
  if (word.endsWith("ing")) return stem(word.slice(0, -3), word, stems);
  if (!word.endsWith("s") || /(ss|ous)$/.test(word)) return word;
  if (/ies$/.test(word)) return word.length > 4 ? `${word.slice(0, -3)}y` : word.slice(0, -1);
  return /(ss|x|zz|ch|sh|o|us)es$/.test(word) && !/((^|head|tooth)aches|auses|fuses|uses)$/.test(word)
    ? word.slice(0, -2)
    : word.slice(0, -1);
}

/** What is left of "-ing" and "-ed": the base form, or without its e, or with its last letter doubled; the longest known ending tells. */
function stem(rest: string, word: string, stems: ParserWords["stems"]): string {
  if (!/[aeiouy]/.test(rest)) return word;
  const marked = `^${rest}`;
  for (let from = 0; from < marked.length; from++) {
    const change = stems.get(marked.slice(from));
    if (change !== undefined) return change === "e" ? `${rest}e` : change === "-" ? rest.slice(0, -1) : rest;
  }
  return rest;
}
