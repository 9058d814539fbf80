import { CHARACTER_CLASSES } from "./character-classes";

/** What stands for a class of characters in the text that the rules read. */
const STANDS_FOR: Record<string, string> = { L: "é", M: "î", D: "٠", S: "©", W: "\u2003", N: "\n", U: "\u0001" };
const CAPITAL = "É";

const FIRST = 0x80;
let table: string[] | undefined;

/** The stand-in of each character from U+0080 on; the empty text where a character stands for itself. */
function standIns(): string[] {
  if (table) return table;
  table = [];
  for (const [, kind, length] of CHARACTER_CLASSES.matchAll(/([A-Z])([0-9a-z]*)/g)) {
    const standIn = STANDS_FOR[kind!] ?? "";
    for (let n = length ? Number.parseInt(length, 36) : 1; n > 0; n--) {
      const char = String.fromCharCode(FIRST + table.length);
      table.push(standIn === "é" && char.toLowerCase() !== char ? CAPITAL : standIn);
    }
  }
  return table;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what the rules don't read as it is.
const OTHERS = /[\u0000-\u0008\u000b-\u001f\u007f-\uffff]/g;

/**
 * The text with every character that the rules know only by its class replaced by the one that stands for it, so that they are
 * about a few characters only. Of the same length.
 */
export function spell(text: string): string {
  return text.replace(OTHERS, (char) => {
    const code = char.charCodeAt(0);
    if (code === 0xa0) return char;
    if (code >= FIRST) return standIns()[code - FIRST]! || char;
    return code === 0x0b || code === 0x0c || code === 0x0d ? "\n" : "\u0001";
  });
}
