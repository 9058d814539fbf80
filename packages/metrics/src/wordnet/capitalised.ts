/** A lemma with a capital at the beginning of each of its words: "new_york" as "New_York". */
export function capitalised(lemma: string): string {
  return lemma.replace(/(^|_)[a-z]/g, (letter) => letter.toUpperCase());
}
