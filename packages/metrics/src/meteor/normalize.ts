// What METEOR 1.5 takes for a letter: of ASCII, Latin-1 and Latin Extended-A, of Cyrillic, and of the phonetic and Cyrillic extensions.
const LETTER = "A-Za-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u017e\\u0400-\\u0527\\u1d00-\\u1d7f\\ua640-\\ua66e\\ua67e-\\ua697";

const SPACE = /[\t\n\f\r]/g;
const WIDE_SPACE = /^[\u00a0\u2000-\u200a\u202f\u205f\u3000]$/;
const CONTROL_AT_ENDS = /^[\0-\x20]+|[\0-\x20]+$/g;
const SYMBOL = new RegExp(`[^${LETTER}0-9 \\v.'\`,\\-\u2018\u2019]`, "gu");
const DOTS = /\.\.+/g;
const COMMAS = [/([^0-9]),([^0-9])/g, /([0-9]),([^0-9])/g, /([^0-9]),([0-9])/g];
const HYPHEN = new RegExp(`([${LETTER}0-9.])-([${LETTER}0-9])`, "g");
const APOSTROPHES: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`([^${LETTER}])'([^${LETTER}])`, "g"), "$1 ' $2"],
  [new RegExp(`([^${LETTER}0-9])'([${LETTER}])`, "g"), "$1 ' $2"],
  [new RegExp(`([${LETTER}])'([^${LETTER}])`, "g"), "$1 ' $2"],
  [new RegExp(`([${LETTER}])'([${LETTER}])`, "g"), "$1 '$2"],
  [/([0-9])'(s)/g, "$1 '$2"],
];
const HAS_LETTER = new RegExp(`[${LETTER}]`);
const LOWER_CASE = /^[a-z]/;

// Several dots, while single ones are looked at, one for each dot: what no text has any more by then.
const DOT_OF_MANY = "\n";

// Words that a full stop may follow in the middle of a sentence.
const PREFIXES = new Set(
  (
    "A B C D E F G H I J K L M N O P Q R S T U V W X Y Z Adj Adm Adv Asst Bart Bldg Brig Bros Capt Cmdr Col Comdr Con Corp Cpl DR Dr Drs Ens " +
    "Gen Gov Hon Hr Hosp Insp Lt MM MR MRS MS Maj Messrs Mlle Mme Mr Mrs Ms Msgr Nos Nr Op Ord Pfc Ph Prof Pvt Rep Reps Res Rev Rt Sen Sens " +
    "Sfc Sgt Sr St Supt Surg rev v vs"
  ).split(" "),
);
const NUMBER_PREFIXES = new Set(["No", "Art", "pp"]);

/** A caption's tokens as METEOR 1.5 splits it with `-norm`: in lower case, each punctuation mark a token of its own. */
export function normalize(caption: string): string[] {
  let text = ` ${caption.replace(SPACE, " ")} `.replace(SYMBOL, " $& ");
  text = text.replace(DOTS, (dots) => ` ${DOT_OF_MANY.repeat(dots.length)} `);
  for (const comma of COMMAS) text = text.replace(comma, "$1 , $2");
  text = text.replace(/[`\u2018\u2019]/g, "'").replace(/[\u201c\u201d]|''/g, ' " ');
  text = text.replace(/\u2013|--/g, "-").replace(HYPHEN, "$1 $2");
  for (const [apostrophe, spaced] of APOSTROPHES) text = text.replace(apostrophe, spaced);
  const words = text.split(" ").filter((word) => word !== "");
  const tokens: string[] = [];
  for (const [i, word] of words.entries()) {
    const stem = word.slice(0, -1);
    if (stem === "" || !word.endsWith(".")) tokens.push(word);
    else if (stem.includes(".") && HAS_LETTER.test(stem))
      tokens.push(word.replaceAll(".", "")); // U.S.
    else if (keepsStop(stem, words[i + 1] ?? "")) tokens.push(word);
    else tokens.push(stem, ".");
  }
  const joined = tokens.filter((token) => !WIDE_SPACE.test(token)).join(" ");
  const trimmed = joined.replaceAll(DOT_OF_MANY, ".").replace(CONTROL_AT_ENDS, "");
  return trimmed === "" ? [] : trimmed.toLowerCase().split(" ");
}

/** Whether the full stop behind a word that has no other belongs to it. */
export function keepsStop(stem: string, next: string): boolean {
  return PREFIXES.has(stem) || LOWER_CASE.test(next) || (NUMBER_PREFIXES.has(stem) && /^[0-9]/.test(next));
}
