import { abbreviations } from "./abbreviations";
import { lowerCase } from "./lower-case";
import { makeRules, type Rule } from "./rules";
import { spell } from "./spell";

const TAB = 9;
const NEW_LINE = 10;
const BLANK = 32;
const COMMA = 44;
const PERIOD = 46;
const WHITE = [BLANK, TAB, 0xa0, 0x2003];

// Words that are all of their chunk, so that no rule but that of words can match more; all others take the long way.
const CHUNK = /[A-Za-z][A-Za-z'-]*(?=[ \n])/y;
const PLAIN = /^[A-Za-z]+$/;
const CONTRACTED = ["cannot", "gonna", "gotta", "lemme", "gimme", "wanna"];
const WORD_BEFORE_MARK = /[A-Za-z]{2,}(?=[,.][ \n])/y;
const NUMBER_BEFORE_WORD = /[0-9]+(?= [A-Za-z])/y;

/** How many chunks are remembered at most: more than captions have different ones, and no burden on memory. */
const MAX_CHUNKS = 20_000;
const chunks = new Map<string, readonly string[]>();

// Made when they are first needed: who imports this module may never tokenise.
let rules: readonly Rule[] | undefined;
let known: ReadonlySet<string> | undefined;

const rulesByFirst = new Map<number, readonly Rule[]>();
function rulesFor(code: number): readonly Rule[] {
  let own = rulesByFirst.get(code);
  if (!own) {
    rules ??= makeRules();
    const char = String.fromCharCode(code);
    own = rules.filter(({ first }) => first.test(char));
    rulesByFirst.set(code, own);
  }
  return own;
}

/** The tokens of each line of a text, in small letters. */
export function* lexLines(text: string): Generator<string[], void> {
  const spelt = spell(text);
  let tokens: string[] = [];
  let at = 0;
  while (at < spelt.length) {
    const code = spelt.charCodeAt(at);
    // White space that begins with a plain blank is passed over as one: a wider blank in it may else begin an address.
    if (code === BLANK || code === TAB) at = whiteEnd(spelt, at);
    else if (code === NEW_LINE) {
      yield tokens;
      tokens = [];
      at++;
    } else {
      at = quick(spelt, text, at, code, tokens) || longest(spelt, text, at, code, tokens);
      // Only a value in quotes in a tag goes on in the next line; its parts are tokens of either.
      for (let last = tokens.at(-1); last?.includes("\n"); last = tokens.at(-1)) {
        const [first = "", ...rest] = tokens.pop()!.split("\n");
        yield [...tokens, first];
        tokens = [rest.join("\n")];
      }
    }
  }
  yield tokens;
}

/** Where white space ends that begins at `at`; in the alphabet of `spell` there are four kinds, without line breaks. */
function whiteEnd(spelt: string, at: number): number {
  let end = at + 1;
  while (WHITE.includes(spelt.charCodeAt(end))) end++;
  return end;
}

/** Takes what most of a caption is made of; returns where it goes on, or 0 for what needs the rules. */
function quick(spelt: string, text: string, at: number, code: number, tokens: string[]): number {
  const next = spelt.charCodeAt(at + 1);
  if (code === PERIOD || code === COMMA) {
    const alone = (next === BLANK || next === NEW_LINE) && !(code === PERIOD && spelt.charCodeAt(at + 2) === PERIOD);
    if (!alone) return 0;
    tokens.push(code === PERIOD ? "." : ",");
    return at + 1;
  }
  const letter = code | 32;
  if (letter >= 97 && letter <= 122) {
    CHUNK.lastIndex = at;
    if (CHUNK.test(spelt)) {
      const end = CHUNK.lastIndex;
      tokens.push(...tokensOf(text.slice(at, end)));
      return end;
    }
    WORD_BEFORE_MARK.lastIndex = at;
    if (!WORD_BEFORE_MARK.test(spelt)) return 0;
    const end = WORD_BEFORE_MARK.lastIndex;
    const word = text.slice(at, end).toLowerCase();
    known ??= abbreviations();
    if (CONTRACTED.includes(word) || (spelt.charCodeAt(end) === PERIOD && known.has(word))) return 0;
    tokens.push(word);
    return end;
  }
  NUMBER_BEFORE_WORD.lastIndex = at;
  if (!NUMBER_BEFORE_WORD.test(spelt)) return 0;
  tokens.push(text.slice(at, NUMBER_BEFORE_WORD.lastIndex));
  return NUMBER_BEFORE_WORD.lastIndex;
}

/** The tokens of letters, apostrophes and hyphens between white space. */
function tokensOf(chunk: string): readonly string[] {
  const seen = chunks.get(chunk);
  if (seen) return seen;
  const tokens: string[] = [];
  if (PLAIN.test(chunk) && !CONTRACTED.includes(chunk.toLowerCase())) tokens.push(chunk.toLowerCase());
  else {
    const spelt = `${chunk} `;
    let at = 0;
    while (at < chunk.length) at = longest(spelt, spelt, at, spelt.charCodeAt(at), tokens);
  }
  if (chunks.size >= MAX_CHUNKS) chunks.clear();
  chunks.set(chunk, tokens);
  return tokens;
}

/** Takes the longest match of all rules, the first of equally long ones; skips a character that none matches. */
function longest(spelt: string, text: string, at: number, code: number, tokens: string[]): number {
  let best: Rule | undefined;
  let most = 0;
  let length = 1;
  for (const rule of rulesFor(code)) {
    rule.pattern.lastIndex = at;
    const match = rule.pattern.exec(spelt);
    if (match && match[0].length > most) {
      best = rule;
      most = match[0].length;
      length = match.groups?.token?.length ?? most;
    }
  }
  if (best) {
    const raw = text.slice(at, at + length);
    const token = best.write ? best.write(raw) : raw;
    if (token !== "") tokens.push(...lowerCase(token).split(" "));
  }
  return at + length;
}
