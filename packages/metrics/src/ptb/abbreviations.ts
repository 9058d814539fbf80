import type { Rule } from "./rules";

// Found by trying every word of up to five letters, and longer ones from a dictionary, on the reference.

/** Keep their period; it is written twice where a sentence ends. */
const ENDING =
  "al co ct ga jr ky md mo rd rt sq sr va vt ala apr aug bhd cos dak dec esq est etc ext feb fla fri inc ind jan jul jun kan ltd mar mon neb nev nov oct plc sep seq sys tel thu tue wed wis wyo ariz assn bldg blvd bros colo conn corp intl kans mich minn mont okla penn sept tenn tues univ wisc calif thurs pptes pptys bancorp";

/** The same, of which only the first letter may be a capital. */
const ENDING_LOWER = "pte pty ppte ppty ptes ptys";

/** The same, as they are words when they begin with a small letter. */
const ENDING_CAPITAL = "az la pa ark del ill ore tex mass miss wash";

/** Keep their period, and no sentence ends with them. */
const TITLES =
  "cf dr ft lt mr ms mt ph st vs wm adj adm adv ave cie col cpl det drs ens gen gov hon jos maj mme mrs pfc pvt rep rev sen sfc sgt spc ste alex asst atty brig capt cmdr dept elec govs insp invt mlle msgr natl pres prof reps sens supt assoc attys comdr lieut messrs profs supts treas";
const TITLES_LOWER = "mfg mtg";

/** Keep their period before a number. */
const NUMBERED = "ca no op pp art fig nos figs prop";

/** Words that begin a sentence: an initial or acronym before one of them ends a sentence. */
const STARTERS =
  "A An As At He If In It So We But Her Now One Our She The Yet You Here Last Many More Once Some Such That Then They This What When About According Additionally After Earlier However Other Since Their There These While Mr\\. Ms\\.";

/** Acronyms with a hyphen, in small letters and without the last full stop; they end a sentence as others do. */
export const HYPHENED = "(?:canada|eu|japan|korean|non|sino)-u\\.s|u\\.s\\.-u\\.(?:k|s\\.s\\.r)";

/** White space where it is looked for behind a token, in the alphabet of `spell`; the reference takes U+0085 for it there. */
export const WHITE = "[ \\t\\n\u00a0\u2003\u0085]";
const anyCase = (words: string) => words.replace(/[a-z]/g, (c) => `[${c}${c.toUpperCase()}]`).replace(/ /g, "|");
const capital = (words: string) =>
  words.replace(/\b([a-z])([a-z]*)/g, (_, first: string, rest: string) => first.toUpperCase() + anyCase(rest)).replace(/ /g, "|");
const lower = (words: string) => words.replace(/\b[a-z]/g, (c) => `[${c}${c.toUpperCase()}]`).replace(/ /g, "|");

/** Every abbreviation, in small letters, without its period. */
export const abbreviations = (): ReadonlySet<string> =>
  new Set([ENDING, ENDING_LOWER, ENDING_CAPITAL, TITLES, TITLES_LOWER, NUMBERED].flatMap((words) => words.split(" ")));

/** The rules of words that keep their period. */
export function abbreviationRules(rule: (pattern: string, first: string, write?: Rule["write"]) => Rule, tag: string): Rule[] {
  const ending = `(?:${anyCase(ENDING)}|${lower(ENDING_LOWER)}|${capital(ENDING_CAPITAL)}|(?:[Pp][Hh]|[Ee][Dd])\\.[Dd])\\.`;
  const starter = STARTERS.split(" ")
    .map((word) => word[0] + anyCase(word.slice(1).toLowerCase()))
    .join("|");
  const start = `${WHITE}+(?:${starter}|${tag})${WHITE}`;
  const twice = (token: string) => `${token} .`;
  return [
    rule(`(?<token>${ending})(?:${WHITE}${WHITE}|${WHITE}[A-ZÉ]|${WHITE}+(?:${tag})|$)`, "[A-Za-z]", twice),
    rule(`(?<token>${ending})[^][^]`, "[A-Za-z]"),
    rule(ending, "[A-Za-z]"),
    rule(`(?:${anyCase(TITLES)}|${lower(TITLES_LOWER)})\\.`, "[A-Za-z]"),
    rule(`(?<token>(?:${anyCase(NUMBERED)})\\.)${WHITE}?[0-9٠]`, "[A-Za-z]"),
    rule(`(?<token>(?:[A-Za-z](?:\\.[A-Za-z])+|${anyCase(HYPHENED)})\\.)${start}`, "[A-Za-z]", twice),
    rule(`(?<token>[A-Za-z])\\.${start}`, "[A-Za-z]"),
    rule("[A-Za-z]\\.(?:[A-Za-z]\\.)*", "[A-Za-z]"),
  ];
}
