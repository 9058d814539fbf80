import { abbreviationRules, HYPHENED, WHITE } from "./abbreviations";

/** One kind of token: what it looks like, in the alphabet of `spell`, and what it becomes. */
export interface Rule {
  /**
   * Sticky. Without a named group the whole match is the token; with `token`, what follows that group must follow, and counts for
   * the longest match, but isn't taken.
   */
  readonly pattern: RegExp;
  /** The characters that a token can start with. */
  readonly first: RegExp;
  /** Turns the token into what is written, several words apart by a blank; as it is when absent. */
  readonly write?: (token: string) => string;
}

// A letter or mark, a digit, and a word of letters and digits with "." "!" "?" between letters; a soft hyphen counts as a letter.
const LETTER = "[A-Za-zéÉî\u00ad]";
const DIGIT = "[0-9٠]";
const SOFT = "\u00ad";
const IN_WORD = `[A-Za-zéÉî0-9٠${SOFT}]`;
const WORD = `${LETTER}${IN_WORD}*(?:[.!?]${LETTER}${IN_WORD}*)*`;

// An apostrophe may also be written as an entity; MARKED is what one begins with.
const ENTITY = "&[aA][pP][oO][sS];";
const APOSTROPHE = `(?:['\u0092\u2019]|${ENTITY})`;
const QUOTE = `(?:['\u0092\u2019\`\u0091\u2018\u201b]|${ENTITY})`;
const MARKED = "['\u0092\u2019&]";
// What a number or a compound goes on with; marks aren't among them.
const ALNUM = "[A-Za-zéÉ0-9٠]";
const PIECE = `(?:[dDlLoO]${QUOTE}${ALNUM}{2,}|${ALNUM}+)`;
const PART = `${PIECE}(?:_${PIECE})*`;
const HYPHEN = "[-\u2010\u2011\u058a]";
const COMPOUND = `[A-Za-z0-9][A-Za-z0-9.,${SOFT}]*(?:-(?:(?:[A-Za-z]\\.){2,}|[A-Za-z0-9${SOFT}]+))+`;
const SIGNED = `[-+]?(?:${DIGIT}+(?:[.:,${SOFT}٫٬]${DIGIT}+)*|(?:[.:,${SOFT}٫٬]${DIGIT}+)+)`;
const HOST = `(?:[wW]{3}\\.(?:[^ \\t\\n"<>|.!?(){},]+\\.)+[A-Za-z]{2,4}|(?:[^ \\t\\n"\`'|!(){}$,-_]+\\.)+(?:[cC][oO][mM]|[nN][eE][tT]|[oO][rR][gG]|[eE][dD][uU]))`;
const QUOTES = "\u0091-\u0094\u2018-\u201f«»‹›";
const ASCII_QUOTES: Record<string, string> = {
  ...{ "\u0091": "`", "‘": "`", "‛": "`", "‹": "`", "\u0092": "'", "’": "'", "›": "'" },
  ...{ "\u0093": "``", "“": "``", "«": "``", "\u0094": "''", "”": "''", "»": "''" },
};

const EXTENSIONS =
  "bat|bmp|cgi|class|cpp|dll|docx?|exe|gif|gz|html?|jar|java|jpe?g|mov|mp3|pdf|php|png|ppt|ps|pl|py|sql|tar|txt|wav|xml|zip|[chx]";
const NAME = "[A-Za-z][A-Za-z0-9_:.-]*";
const GAP = "[ \\t]";
const TAG = `<[!?][A-Za-z-][^>\\n]*>|</${NAME}${GAP}*>|<${NAME}(?:${GAP}+${NAME}(?:${GAP}*=${GAP}*(?:'[^']*'|"[^"]*"))?)*${GAP}*(?:/${GAP}*)?>`;
const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", nbsp: "", mdash: "--", ndash: "--", md: "--" };

const rule = (pattern: string, first: string, write?: Rule["write"], flags = ""): Rule => ({
  pattern: new RegExp(pattern, `y${flags}`),
  first: new RegExp(first),
  ...(write && { write }),
});
const split = (at: number) => (token: string) => `${token.slice(0, at)} ${token.slice(at)}`;
const noBreak = (token: string) => token.replace(/ /g, "\u00a0");
const plainQuotes = (token: string) => token.replace(/&apos;/, "'").replace(/[^A-Za-z]/g, (quote) => ASCII_QUOTES[quote] ?? quote);
const parentheses = (token: string) => token.replace(/[()]/g, brackets);
const hard = (token: string) => token.replace(/\u00ad/g, "") || "-";
const always = (word: string) => () => word;

/**
 * All rules, in the order of precedence among matches of one length. Found by trying some millions of texts on the reference: every word of up to
 * five letters, every character, words around every kind of mark.
 */
export const makeRules = (): readonly Rule[] => [
  rule("cannot|gonna|gotta|lemme|gimme|wanna", "[cglwCGLW]", split(3), "i"),
  rule("(?<token>'t)(?:is|was)", "'", undefined, "i"),
  // n't and what stands before it.
  rule(`(?<token>[a-z${SOFT}]*[a-mo-z]${SOFT}*)n${QUOTE}t`, "[A-Za-z\u00ad]", hard, "i"),
  rule(`n${QUOTE}t`, "[nN]", plainQuotes, "i"),
  rule(`(?<token>${WORD})${APOSTROPHE}(?:[msd]|ll|re|ve)`, LETTER, hard, "i"),
  rule(`(?<token>${APOSTROPHE}(?:[msd]|ll|re|ve))[^A-Za-z]`, MARKED, plainQuotes, "i"),
  rule(`${APOSTROPHE}[msd]`, MARKED, plainQuotes, "i"),
  rule(WORD, LETTER, hard),
  // Words with an apostrophe.
  rule(`${APOSTROPHE}(?:n${APOSTROPHE}?|em|till?|cause)`, MARKED, undefined, "i"),
  rule(`[lLdDjJ]${APOSTROPHE}|[oO][lL]${APOSTROPHE}|[eE]'[eE][rR]`, "[lLdDjJoOeE]"),
  rule(`(?<token>[yY]${APOSTROPHE})[A-Za-zéÉ]`, "[yY]"),
  rule(`[A-HJ-XZdlno]${QUOTE}[A-Za-zéÉ]{2,}`, "[A-HJ-XZdlno]"),
  rule(`[dDlLoO]${QUOTE}${ALNUM}{2,}`, "[dDlLoO]"),
  rule(`[A-Za-zéÉ]+[aeiouyAEIOUY]${QUOTE}[aeiouA-Z][A-Za-zéÉ]*`, LETTER),
  rule(
    `c'mon|ev'ry|li'l|nat'l|nor'easter|s'mores|(?:cap${APOSTROPHE}n|c${APOSTROPHE}est|o${QUOTE}o|(?:dunk|someth)in${APOSTROPHE})`,
    "[cdelnosCDELNOS]",
    undefined,
    "i",
  ),
  // Addresses.
  rule(`https?://[^ \\t\\n"<>|(){}]+[^ \\t\\n"<>|.!?(){},-]`, "[hH]", undefined, "i"),
  rule(`${HOST}/[^ \\t\\n"<>|()]+[^ \\t\\n"<>|.!?(){},-]`, "."),
  rule(HOST, "."),
  rule(
    `(?:<|&lt;)?[a-z0-9][^ \\t\\n"<>|(){}\u00a0]*@(?:[^ \\t\\n"<>|(){}.\u00a0]+\\.)*[^ \\t\\n"<>|(){}.\u00a0]+>?`,
    "[<&A-Za-z0-9]",
    undefined,
    "i",
  ),
  rule("@[A-Za-z_][A-Za-z_0-9]*", "@"),
  rule(`#${LETTER}+`, "#"),
  // Markup.
  rule(TAG, "<", noBreak),
  rule("(?<token>&quot;)[A-Za-z0-9$]", "&", always("``")),
  rule("&quot;", "&", always("''")),
  rule("&apos;", "&", always("'")),
  // Quotes in capitals stay as they are.
  rule("&(?:amp|lt|gt|quot|apos|nbsp|[mn]dash|md);", "&", (token) => ENTITIES[token.slice(1, -1).toLowerCase()] ?? token, "i"),
  rule("&(?:#[0-9]+|[aeiou](?:acute|grave|uml)|ht|tl|[lu]r|q[clr]|[co]dq);", "&", undefined, "i"),
  // Before compounds of the same length: etc.-a is three tokens.
  ...abbreviationRules(rule, TAG),
  // Compounds.
  rule(`${PART}(?:${HYPHEN}${PART})+`, ALNUM, hard),
  rule(COMPOUND, "[A-Za-z0-9]", hard),
  rule(`(?<token>${HYPHENED})(?:${WHITE}|$)`, "[cejknsuCEJKNSU]", undefined, "i"),
  rule("(?:anti|pro)-", "[apAP]", undefined, "i"),
  rule(`${PIECE}(?:_${PIECE})+`, ALNUM),
  rule("[A-Za-z0-9]+(?:-[A-Za-z]+){0,2}(?:\\\\?/[A-Za-z0-9]+(?:-[A-Za-z]+){0,2}){1,2}", "[A-Za-z0-9]"),
  rule(`${DIGIT}+${ALNUM}*`, DIGIT),
  rule("[A-Z]+(?:(?:&[aA][mM][pP];|[&+])[A-Z]+)+", "[A-Z]", (token) => token.replace(/&amp;/gi, "&")),
  rule("s&(?:amp;)?ls", "[sS]", (token) => token.replace(/&amp;/gi, "&"), "i"),
  rule("[cf]#|c\\+\\+", "[cCfF]", undefined, "i"),
  // Numbers.
  rule(SIGNED, "[-+.:,0-9٠٫٬\u00ad]", hard),
  rule(`${DIGIT}{1,2}[-/]${DIGIT}{1,2}[-/]${DIGIT}{2,4}`, DIGIT),
  rule(`(?:${DIGIT}{1,4}[- \u00a0])?${DIGIT}{1,4}(?:\\\\?/|⁄)${DIGIT}{1,4}`, DIGIT, noBreak),
  rule(
    "(?:\\([0-9]{2,3}\\)[ \u00a0]?|\\+{0,2}(?:[0-9]{2,4}[- \u00a0])?[0-9]{2,4}[- \u00a0])[0-9]{3,4}[- \u00a0]?[0-9]{3,5}",
    "[+(0-9]",
    (token) => parentheses(noBreak(token)),
  ),
  rule(`(?<token>${APOSTROPHE}[0-9]{2})${WHITE}|${APOSTROPHE}[2-9]0[sS]`, MARKED),
  rule("[⁺⁻₊₋]?(?:[²³¹⁰⁴-⁹]+|[₀-₉]+)", "[⁺⁻²³¹⁰⁴-⁹₊₋₀-₉]"),
  rule("[A-Z]+\\$", "[A-Z]"),
  rule(`(?<token>(?:${WORD}|${COMPOUND}|[A-Z]+(?:&[A-Z]+)+|${PART}(?:${HYPHEN}${PART})*)\\.)[,;:、]`, IN_WORD, hard),
  rule(`(?<token>(?:${IN_WORD}+\\.)+(?:${EXTENSIONS}))(?:${WHITE}|[.,!?]|$)`, IN_WORD, undefined, "i"),
  // Quotes.
  rule('(?<token>")[A-Za-z0-9$]', '"', always("``")),
  rule('"', '"', always("''")),
  rule("(?<token>')[A-Za-z][^ \\t\\n\u00a0]", "'", always("`")),
  rule(`${APOSTROPHE}(?:ll|re|ve)`, MARKED, plainQuotes, "i"),
  rule("''?", "'"),
  rule(`[\`${QUOTES}]{1,2}`, `[\`${QUOTES}]`, (token) => token.replace(/[^`]/g, (char) => ASCII_QUOTES[char] ?? char)),
  // Dots, dashes and the rest.
  rule("\\.{3,5}|\\.(?:[ \\t\u00a0]\\.){2,4}|[…\u0085]", "[.…\u0085]", always("...")),
  rule("-{2,4}|[\u0096\u0097\u2013\u2014\u2015]", "[-\u0096\u0097\u2013\u2014\u2015]", always("--")),
  rule("-{5,}", "-"),
  // Captions that are tokens already keep their brackets.
  rule("-[lr][rcs]b-", "-", undefined, "i"),
  rule("[!?]+", "[!?]"),
  rule("_+|<{1,2}|>{1,2}|(?:\\\\\\*){1,3}|\\*+|@+|#+", "[_<>*@#\\\\]"),
  rule("(?<token>[<>]?[:;=][-o*']?[()@DPOdp\\\\|\\[\\]{])[^A-Za-z0-9]", "[<>:;=]", parentheses),
  rule("[-x^=~<>']_[-x^=~<>']|\\((?!--[^)]|.--)[-x^=~<>'][-_.]?[-x^=~<>']\\)", "[-x^=~<>'(]", parentheses),
  rule("[()\\[\\]{}]", "[()\\[\\]{}]", (t) => brackets(t)),
  rule("[¢]", "¢", always("cents")),
  rule("[£]", "£", always("#")),
  rule("[\u0080¤₠€]", "[\u0080¤₠€]", always("$")),
  rule("[¼½¾⅓⅔]", "[¼½¾⅓⅔]", (t) => FRACTIONS[t]!),
  rule(`[${SOFT}]`, SOFT, always("-")),
  rule("[^ \\t\\n\u00a0\u2003\u0001\u2010\u2011\u058a٫٬]", "."),
];

const FRACTIONS: Record<string, string> = { "¼": "1/4", "½": "1/2", "¾": "3/4", "⅓": "1/3", "⅔": "2/3" };
const BRACKETS: Record<string, string> = { "(": "-lrb-", ")": "-rrb-", "[": "-lsb-", "]": "-rsb-", "{": "-lcb-", "}": "-rcb-" };
function brackets(token: string): string {
  return token.replace(/[()[\]{}]/g, (bracket) => BRACKETS[bracket]!);
}
