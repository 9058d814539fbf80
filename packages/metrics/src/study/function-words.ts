/** Words before which a noun is near. */
export const DETERMINERS: ReadonlySet<string> = new Set(
  "a an the this that these those each every either neither both all any some no such another many several few much my our your his her its their".split(
    " ",
  ),
);

/** Forms of "be", after which "parked" is a verb. */
export const FORMS_OF_BE: ReadonlySet<string> = new Set("am is are was were be been being".split(" "));

const OTHERS = [
  "other same i me mine we us you he him she hers it they them itself themselves one ones lot lots",
  "who whom whose which what where when why how there here",
  "and or but nor so yet if then than as because while although though unless until since whether",
  "of in on at by for with from to into onto upon over under above below beneath between among amongst through across along around round",
  "about against near next beside besides behind before after inside outside within without toward towards up down off out per via",
  "beyond opposite past during except like unlike despite amid amidst alongside",
  "have has had having do does did doing done can could will would shall should may might must",
  "not only also too very just quite rather",
  "zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty",
  "thirty forty fifty sixty seventy eighty ninety hundred thousand",
];

/**
 * English words that hold a sentence together. WordNet has homographs of many of them ("a" is an ångström, "in" an inch, "are" 100 square
 * metres), so that whether WordNet has a word does not tell whether it names something.
 */
export const FUNCTION_WORDS: ReadonlySet<string> = new Set([...DETERMINERS, ...FORMS_OF_BE, ...OTHERS.flatMap((line) => line.split(" "))]);
