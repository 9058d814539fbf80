import type { ParserWords } from "./parser-words";

/** A tree that is edited: the head of each word (the count of words for the root) and the name of its arc. */
export interface Tree {
  readonly lower: readonly string[];
  readonly head: number[];
  readonly label: string[];
}

/** Joins prepositions of several words (in place); returns the name of the preposition of each noun that has such a one. */
export function mergePrepositions(tree: Tree, { twoWords, threeWords }: ParserWords): Map<number, string> {
  const { lower } = tree;
  const named = new Map<number, string>();
  for (let i = 0; i + 1 < lower.length; i++) {
    const two = `${lower[i]}_${lower[i + 1]}`;
    const three = `${two}_${lower[i + 2]}`;
    const [noun, name] = threeWords.has(three)
      ? [mergeThree(tree, i), three]
      : twoWords.has(two) && lower[i - 1] !== "not"
        ? [mergeTwo(tree, i), two]
        : [undefined, ""];
    if (noun !== undefined) named.set(noun, name);
  }
  return named;
}

/** "in front of": what "front" hung on now holds the noun. */
function mergeThree({ lower, head, label }: Tree, first: number): number | undefined {
  const [middle, last] = [first + 1, first + 2];
  const noun = head[last]!;
  if (label[last] !== "case" || noun >= lower.length || head[noun] !== middle) return undefined;
  if (label[first] !== "case" || head[first] !== middle) return undefined;
  takePlace(head, label, middle, noun, label[middle]!);
  hangWords(head, label, noun, first, [middle, last]);
  return noun;
}

/** "next to": whether "next" hung beside the noun, on it or above it. */
function mergeTwo({ lower, head, label }: Tree, first: number): number | undefined {
  const second = first + 1;
  if (label[second] === "mwe" && head[second] === first && label[first] === "case") return head[first]!;
  const noun = head[second]!;
  if (label[second] !== "case" || noun >= lower.length) return undefined;
  const isOnNoun = head[first] === noun && (label[first] === "case" || label[first] === "advmod");
  const isBeside = head[first] === head[noun] && label[first] === "advmod" && label[noun] === "nmod";
  const isAbove = head[noun] === first && label[noun] === "nmod" && label[first] !== "ccomp";
  if (!isOnNoun && !isBeside && !isAbove) return undefined;
  if (isAbove && !isOnNoun) {
    const keepsName = label[first] === "acl" || label[first] === "advcl" || label[first] === "root";
    takePlace(head, label, first, noun, keepsName ? label[first]! : "nmod");
  }
  hangWords(head, label, noun, first, [second]);
  return noun;
}

/** The noun hangs where `from` hung, and what hung on `from` hangs on the noun. */
function takePlace(head: number[], label: string[], from: number, noun: number, name: string): void {
  head[noun] = head[from]!;
  label[noun] = name;
  for (let k = 0; k < head.length; k++) if (head[k] === from && k !== noun) head[k] = noun;
}

function hangWords(head: number[], label: string[], noun: number, first: number, others: readonly number[]): void {
  head[first] = noun;
  label[first] = "case";
  for (const k of others) {
    head[k] = first;
    label[k] = "mwe";
  }
}
