// Porter2 as it was published from 2001 to 2010, which METEOR 1.5 has: without the exceptions that Snowball got later.

const WHOLE_WORDS: ReadonlyMap<string, string> = new Map(
  [
    ...["skis ski", "skies sky", "dying die", "lying lie", "tying tie", "idly idl", "gently gentl", "ugly ugli", "early earli"],
    ...["only onli", "singly singl", "sky sky", "news news", "howe howe", "atlas atlas", "cosmos cosmos", "bias bias", "andes andes"],
  ].map((pair) => pair.split(" ") as [string, string]),
);
const WITHOUT_S = new Set(["inning", "outing", "canning", "herring", "earring", "proceed", "exceed", "succeed"]);

type Endings = readonly (readonly [ending: string, stem: string])[];

/** Longest first; "ogi" and "li" also look at the letter before. */
const STEP_2 = endings(
  "ization ize, ational ate, fulness ful, ousness ous, iveness ive, tional tion, biliti ble, lessli less, entli ent, ation ate, alism al",
  "aliti al, ousli ous, iviti ive, fulli ful, enci ence, anci ance, abli able, izer ize, ator ate, alli al, bli ble, ogi og, li ",
);
const STEP_3 = endings("ational ate, tional tion, alize al, icate ic, iciti ic, ative , ical ic, ness , ful ");
const STEP_4 = endings("ement , ance , ence , able , ible , ment , ant , ent , ism , ate , iti , ous , ive , ize , ion , al , er , ic ");

function endings(...lists: string[]): Endings {
  return lists.flatMap((list) => list.split(", ")).map((pair) => pair.split(" ") as [string, string]);
}

const VOWEL = /[aeiouy]/;
const DOUBLE = /(?:bb|dd|ff|gg|mm|nn|pp|rr|tt)$/;
/** At the end: a vowel between two letters that are none, or at the beginning before one that is none. */
const SHORT_SYLLABLE = /(?:[^aeiouy][aeiouy][^aeiouywxY]|^[aeiouy][^aeiouy])$/;

/**
 * A word's stem by Porter2, the English stemmer of Snowball.
 *
 * @param word In lower case.
 * @see http://snowball.tartarus.org/algorithms/english/stemmer.html
 */
export function porter2(word: string): string {
  const whole = WHOLE_WORDS.get(word);
  if (whole !== undefined) return whole;
  if (word.length <= 2) return word;
  const marked = markConsonantY(word.startsWith("'") ? word.slice(1) : word);
  const r1 = /^(?:gener|commun|arsen)/.exec(marked)?.[0].length ?? regionAfter(marked, 0);
  const r2 = regionAfter(marked, r1);
  const withoutS = step1a(marked.replace(/'(?:s'?)?$/, ""));
  if (WITHOUT_S.has(withoutS)) return withoutS;
  let stem = step1b(withoutS, r1);
  stem = stem.replace(/(?<=.[^aeiouy])[yY]$/s, "i");
  stem = step4(step3(step2(stem, r1), r1, r2), r2);
  return step5(stem, r1, r2).replaceAll("Y", "y");
}

function isVowel(letter: string): boolean {
  return "aeiouy".includes(letter);
}

/** A y at the beginning or after a vowel is none itself: written "Y" meanwhile. */
function markConsonantY(word: string): string {
  if (!word.includes("y")) return word;
  let marked = "";
  for (let i = 0; i < word.length; i++) {
    marked += word[i] === "y" && (i === 0 || isVowel(marked[i - 1]!)) ? "Y" : word[i];
  }
  return marked;
}

/** Where the region behind the first non-vowel after a vowel begins. */
function regionAfter(word: string, from: number): number {
  for (let i = from + 1; i < word.length; i++) {
    if (isVowel(word[i - 1]!) && !isVowel(word[i]!)) return i + 1;
  }
  return word.length;
}

function step1a(word: string): string {
  if (word.endsWith("sses")) return word.slice(0, -2);
  if (word.endsWith("ied") || word.endsWith("ies")) return word.slice(0, word.length > 4 ? -2 : -1);
  if (word.endsWith("s") && !/[us]s$/.test(word) && VOWEL.test(word.slice(0, -2))) return word.slice(0, -1);
  return word;
}

function step1b(word: string, r1: number): string {
  const ending = /(?:eedly|ingly|edly|eed|ing|ed)$/.exec(word)?.[0];
  if (ending === undefined) return word;
  const stem = word.slice(0, -ending.length);
  if (ending.startsWith("eed")) return stem.length >= r1 ? `${stem}ee` : word;
  if (!VOWEL.test(stem)) return word;
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (DOUBLE.test(stem)) return stem.slice(0, -1);
  return r1 >= stem.length && SHORT_SYLLABLE.test(stem) ? `${stem}e` : stem;
}

function step2(word: string, r1: number): string {
  const found = STEP_2.find(([ending]) => word.endsWith(ending));
  if (!found) return word;
  const [ending, replacement] = found;
  const stem = word.slice(0, -ending.length);
  if (stem.length < r1) return word;
  if (ending === "ogi" && !stem.endsWith("l")) return word;
  if (ending === "li" && !/[cdeghkmnrt]$/.test(stem)) return word;
  return stem + replacement;
}

function step3(word: string, r1: number, r2: number): string {
  const found = STEP_3.find(([ending]) => word.endsWith(ending));
  if (!found) return word;
  const [ending, replacement] = found;
  const stem = word.slice(0, -ending.length);
  return stem.length >= (ending === "ative" ? r2 : r1) ? stem + replacement : word;
}

function step4(word: string, r2: number): string {
  const found = STEP_4.find(([ending]) => word.endsWith(ending));
  if (!found) return word;
  const stem = word.slice(0, -found[0].length);
  if (stem.length < r2 || (found[0] === "ion" && !/[st]$/.test(stem))) return word;
  return stem;
}

function step5(word: string, r1: number, r2: number): string {
  const stem = word.slice(0, -1);
  if (word.endsWith("e")) return stem.length >= r2 || (stem.length >= r1 && !SHORT_SYLLABLE.test(stem)) ? stem : word;
  return word.endsWith("ll") && stem.length >= r2 ? stem : word;
}
