/** WordNet's letter of a part of speech: noun, verb, adjective (satellites among them), adverb. */
export type WordNetPartOfSpeech = "n" | "v" | "a" | "r";

/**
 * WordNet 3.0, as METEOR, SPICE and the metric study look at it: which sets of synonyms a word is in, what an inflected word may be a form
 * of, and which words a set holds. A set is named by its offset in WordNet's data file of the part of speech; offsets of two parts of
 * speech may be equal by chance, and METEOR and SPICE take them for one set.
 */
export interface WordNet {
  /**
   * @param lemma - A base form in lower case, with `_` for the space of "parking_lot".
   * @param pos - The part of speech; all four unless told otherwise.
   * @returns The offsets of the lemma's sets, its commonest sense first; of all parts of speech: nouns', verbs', adjectives', adverbs'. None for
   * a word that WordNet does not have. Shared between calls: not to be written to.
   */
  synsets(lemma: string, pos?: WordNetPartOfSpeech): Int32Array;
  /**
   * WordNet's morphology (morphy): the irregular forms of its exception lists or, for a word that is in none of them, what the rules of
   * detachment make of it; only words that WordNet has. A word that is a lemma itself comes first.
   *
   * @param word - A word in lower case, `_` for a space.
   * @param pos - The part of speech; all four, in the order n, v, a, r, unless told otherwise.
   * @returns Lemmas, each once.
   */
  baseForms(word: string, pos?: WordNetPartOfSpeech): string[];
  /**
   * @param word - A word in lower case, `_` for a space.
   * @param pos - The part of speech; all four unless told otherwise.
   * @returns The base forms that WordNet's exception lists give for the word, as they stand there; undefined when it is in none.
   */
  exceptions(word: string, pos?: WordNetPartOfSpeech): string[] | undefined;
  /**
   * @param synset - A set's offset.
   * @param pos - Its part of speech.
   * @returns Its words in WordNet's order, capitals as WordNet has them, `_` for a space; none where no set has that offset.
   */
  lemmas(synset: number, pos: WordNetPartOfSpeech): string[];
}
