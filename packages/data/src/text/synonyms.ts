/** The parts of speech that WordNet knows. */
export type PartOfSpeech = "noun" | "verb" | "adjective" | "adverb";

export const PARTS_OF_SPEECH: readonly PartOfSpeech[] = ["noun", "verb", "adjective", "adverb"];

/** A dictionary of synonyms: WordNet's (`wordNetSynonyms`, `loadWordNet`), or one of your own. */
export interface Synonyms {
  /**
   * The other words for `word` (which `replaceSynonyms` gives in lower case), commonest sense first, none when there are none; of one part
   * of speech only where it is given. The same word gives the same answer each time.
   */
  synonyms(word: string, partOfSpeech?: PartOfSpeech): readonly string[];
}
