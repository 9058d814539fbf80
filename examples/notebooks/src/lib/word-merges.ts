/** Byte-pair merges that make each word of the texts one token (but for words whose beginnings others take): a vocabulary for a few captions. */
export function wordMerges(texts: readonly string[]): string[] {
  const merges = new Set<string>();
  for (const word of new Set(texts.flatMap((text) => text.toLowerCase().match(/\p{L}+/gu) ?? []))) {
    const [first, ...others] = Array.from(word, (letter, i) => (i === word.length - 1 ? `${letter}</w>` : letter));
    let made = first!;
    for (const letter of others) {
      merges.add(`${made} ${letter}`);
      made += letter;
    }
  }
  return [...merges];
}
