const WORDS = [
  "a an the this that these those each every either neither both all any some no such other another same",
  "i me my mine we us our ours you your yours he him his she her hers it its they them their theirs itself themselves one ones",
  "who whom whose which what where when why how there here",
  "and or but nor so yet if then than as because while although though unless until since whether",
  "of in on at by for with from to into onto upon over under above below beneath between among amongst through across along around round",
  "about against near next beside besides behind before after inside outside within without toward towards up down off out per via",
  "beyond opposite past during except like unlike despite amid amidst alongside",
  "am is are was were be been being have has had having do does did doing done can could will would shall should may might must",
  "not only also too very just quite rather",
  "zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty",
  "thirty forty fifty sixty seventy eighty ninety hundred thousand",
];

/**
 * English words that hold a sentence together: articles, pronouns, prepositions, conjunctions, auxiliaries, numerals. WordNet has homographs
 * of many of them ("a" is an ångström, "in" an inch, "are" 100 square metres), so that a dictionary alone would spoil every sentence.
 */
export const FUNCTION_WORDS: ReadonlySet<string> = new Set(WORDS.flatMap((line) => line.split(" ")));
