import { type ParserWords, WORD_LISTS } from "../../src/spice/parser-words";
import { IRREGULAR_NOUNS, IRREGULAR_VERBS } from "./irregular";
import { DOUBLED, WHOLE, WITH_E } from "./verb-stems";

const list = (text: string) => text.trim().split(/\s+/);
const ends = (text: string, change: string) => list(text).map((ending) => `${ending}:${change}`);

/** What the caption parser knows of single words; it goes into the model's file, so that nobody loads it who doesn't parse. */
const WORDS: Record<keyof ParserWords, string> = {
  nouns: IRREGULAR_NOUNS,
  verbs: IRREGULAR_VERBS,
  stems: [...ends(WHOLE, "."), ...ends(WITH_E, "e"), ...ends(DOUBLED, "-")].join(" "),
  // Prepositions of several words, from the Stanford typed dependencies manual (de Marneffe and Manning 2008), section on collapsing.
  twoWords: `according_to across_from ahead_of along_with alongside_of apart_from as_for as_from as_of as_per as_to aside_from away_from based_on
  because_of close_by close_to contrary_to compared_to compared_with due_to depending_on except_for exclusive_of far_from followed_by inside_of
  instead_of irrespective_of next_to near_to off_of out_of outside_of owing_to preliminary_to preparatory_to previous_to prior_to pursuant_to
  regardless_of subsequent_to such_as thanks_to together_with`,
  threeWords: `by_means_of in_accordance_with in_addition_to in_case_of in_front_of in_lieu_of in_place_of in_spite_of on_account_of on_behalf_of on_top_of
  with_regard_to with_respect_to`,
  // What counts the things that follow it, found by asking SPICE. A group or a row doesn't.
  afterArticle: `lot lots assortment number couple bunch handful series variety array range pair total dozen ton bit sort kind type heap string multitude
  plethora slew form version wave mountain many`,
  alone: "lots many several plenty dozens hundreds thousands millions tons pairs loads",
  beforeThe: "some all both neither one two three four five six seven eight nine ten",
};

/** The lists as readWords takes them, a line each. */
export function parserWords(): string[] {
  return WORD_LISTS.map((name) => list(WORDS[name]).join(" "));
}
