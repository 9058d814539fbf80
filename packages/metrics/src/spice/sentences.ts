let token: RegExp | undefined;

/**
 * The Penn Treebank's way to split English: longest first. An inner full stop without a space stays ("houses.many" is one word to CoreNLP). Made when
 * it is first needed: its classes of letters take most of a millisecond, which nobody should pay who only imports the package.
 */
function tokenPattern(): RegExp {
  token ??= new RegExp(
    [
      /\.{2,}|…/u, // dots
      /[+-]?\d+(?:[.,:/]\d+)*(?:st|nd|rd|th|s)?(?![\p{L}\p{N}-]|[.,:/]\d)/u, // numbers and ordinals
      /\d+\.\d+(?=\p{L})/u, // a unit stands by itself behind a decimal number
      /(?:[A-Za-z]\.){2,}/u, // initials
      /(?:Mr|Mrs|Ms|Dr|Prof|St|Ave|Mt|Ft|vs|etc|No)\.(?=\s+\S)/u,
      /can(?=not\b)/u,
      /[\p{L}\p{N}]+(?=n['’]t\b)(?<!n)/u,
      /n['’]t\b/u,
      /['’](?:s|m|d|re|ve|ll)\b/u,
      /[\p{L}\p{N}]+(?:[-/.!?&_](?=[\p{L}\p{N}])[\p{L}\p{N}]+)*/u, // words with inner marks
      /--+/u,
      /[!?]+/u,
      /\S/u,
    ]
      .map((part) => part.source)
      .join("|"),
    "giu",
  );
  return token;
}

/** A map, as a caption's word may be "constructor", which every object has. */
const BRACKETS = new Map(Object.entries({ "(": "-LRB-", ")": "-RRB-", "[": "-LSB-", "]": "-RSB-", "{": "-LCB-", "}": "-RCB-" }));
/** Nothing hangs on them, and the training texts have none. */
const QUOTES = /^["“”„«»`]$/;
const ENDS_SENTENCE = /^(?:\.|[!?]+)$/;

/** More words than a caption has: a longer sentence is cut, since a parser's time is not bounded by what a caption should be. */
const LONGEST_SENTENCE = 100;

/** The words of each sentence of a caption, split as the Penn Treebank does. */
export function sentencesOf(caption: string): string[][] {
  const sentences: string[][] = [];
  let words: string[] = [];
  for (const [match] of caption.matchAll(tokenPattern())) {
    if (QUOTES.test(match)) continue;
    for (const word of splitContraction(match)) words.push(BRACKETS.get(word) ?? (word === "…" ? "..." : word.replace("’", "'")));
    if (!ENDS_SENTENCE.test(match) && words.length < LONGEST_SENTENCE) continue;
    sentences.push(words);
    words = [];
  }
  if (words.length > 0) sentences.push(words);
  return sentences;
}

function splitContraction(word: string): string[] {
  const negated = /^(.+)(n['’]t)$/i.exec(word);
  if (negated) return [negated[1]!, negated[2]!];
  return /^cannot$/i.test(word) ? [word.slice(0, 3), word.slice(3)] : [word];
}
