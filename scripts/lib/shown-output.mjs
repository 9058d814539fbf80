// What a page shows of a program's output, beside what the program prints.

const NUMBER = /\d+(?:\.\d+)?/g;

/** How far a number may be off, in its last digit: engines differ in the last digits of exponentials, which a training enlarges. */
const OFF_BY = 30;

const wordsOf = (line) => line.replace(NUMBER, "#").replace(/\s+/g, " ");

function isNear(shown, printed) {
  const decimals = shown.split(".")[1]?.length ?? 0;
  return Math.abs(Number(shown) - Number(printed)) <= OFF_BY * 10 ** -decimals;
}

/** The lines that aren't among what was printed, in their order: the same words, and numbers near the same. */
export function missingLines(shown, printed) {
  let rest = printed;
  return shown.filter((line) => {
    const numbers = line.match(NUMBER) ?? [];
    const at = rest.findIndex((other) => {
      const others = other.match(NUMBER) ?? [];
      return wordsOf(other) === wordsOf(line) && numbers.every((number, i) => isNear(number, others[i]));
    });
    if (at < 0) return true;
    rest = rest.slice(at + 1);
    return false;
  });
}

/** The lines of the first block of a page that has such a line. */
export function shownOutput(page, line) {
  const blocks = Array.from(page.matchAll(/^```text\n([\s\S]*?)^```$/gm), ([, text]) => text.trimEnd().split("\n"));
  const block = blocks.find((lines) => lines.includes(line));
  if (!block) throw new Error(`No block of the page has the line "${line}".`);
  return block;
}
