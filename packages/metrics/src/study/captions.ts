/** A word of a caption, or a mark of punctuation. */
export interface Token {
  /** As it stands in the caption. */
  readonly text: string;
  /** Where it begins, in UTF-16 units. */
  readonly start: number;
  /** Whether it has a letter or a digit. */
  readonly isWord: boolean;
}

// Numbers with their points; letters and digits with apostrophes and hyphens between them; any other mark by itself.
const TOKEN = /\p{N}+(?:[.,]\p{N}+)+|[\p{L}\p{M}\p{N}]+(?:['’-][\p{L}\p{M}\p{N}]+)*|\S/gu;
const WORD = /[\p{L}\p{N}]/u;

/** A caption's words and marks, with where they stand. */
export function tokensOf(caption: string): Token[] {
  return [...caption.matchAll(TOKEN)].map(({ 0: text, index }) => ({ text, start: index, isWord: WORD.test(text) }));
}

/** A caption's words. */
export function wordsOf(caption: string): Token[] {
  return tokensOf(caption).filter(({ isWord }) => isWord);
}

/** What was changed in a caption. */
export interface WordChange {
  /** Which word of the caption, counted from 0; the first of a phrase. Marks of punctuation do not count. */
  readonly index: number;
  /** The word or phrase as it was. */
  readonly from: string;
  /** What stands there now; "" for a word that was left out. */
  readonly to: string;
}

/** A caption after a perturbation. */
export interface PerturbedCaption {
  /** The caption, changed. */
  readonly caption: string;
  /** What was changed, in the caption's order; nothing where the perturbation found nothing to change. */
  readonly changes: readonly WordChange[];
}

/** Puts something else in place of some words in a row. */
export interface Edit {
  readonly index: number;
  /** How many words in a row; 1 unless told otherwise. */
  readonly length?: number;
  readonly to: string;
}

/** The caption with its edits; spaces and punctuation stay, but for the space before a word that is left out. */
export function applyEdits(caption: string, words: readonly Token[], edits: readonly Edit[]): PerturbedCaption {
  let result = "";
  let from = 0;
  const changes: WordChange[] = [];
  for (const { index, length = 1, to } of [...edits].sort((a, b) => a.index - b.index)) {
    const { start } = words[index]!;
    const last = words[index + length - 1]!;
    const end = last.start + last.text.length;
    const before = caption.slice(from, start);
    result += to === "" ? before.trimEnd() : before + to;
    from = end;
    changes.push({ index, from: caption.slice(start, end), to });
  }
  result += caption.slice(from);
  return { caption: edits[0] && !/^\s/.test(caption) ? result.trimStart() : result, changes };
}
