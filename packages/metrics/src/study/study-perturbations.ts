import { fail, type Random, show } from "@rsdix/internal";
import { pacer } from "../progress";
import type { WordNet } from "../wordnet/wordnet";
import type { PerturbedCaption } from "./captions";
import { checkName } from "./check-inputs";
import { deleteWords, repeatWords, shuffleWords } from "./disorder";
import { type ReplaceSynonymsOptions, replaceSynonyms } from "./replace-synonyms";
import { swapColour } from "./swap-colour";
import { swapNumber } from "./swap-number";
import { nounsOf, swapObject } from "./swap-object";
import { swapRelation } from "./swap-relation";
import { type TagWords, tagByWordNet } from "./tag-words";

/** A way to change captions. */
export interface Perturbation {
  /** What it is called in the result. */
  readonly name: string;
  /** Whether a caption still says the same: a metric's score should stay then, and fall otherwise. */
  readonly keepsMeaning: boolean;
  /**
   * Changes a caption; the same draws give the same. One without a word is not asked about, and counts as not changed. `changes` must be true of
   * the caption: {@link metricStudy} refuses what does not stand there, and a caption that became another without a change.
   */
  readonly perturb: (caption: string, random: Random) => PerturbedCaption;
}

/** What the perturbations of this package need. */
export interface PerturbationNeeds {
  readonly captions: readonly string[];
  /** WordNet, which is loaded where it is needed. */
  readonly wordnet: () => Promise<WordNet>;
  readonly synonyms: Omit<ReplaceSynonymsOptions, "wordnet" | "tag">;
  readonly tag: TagWords | undefined;
  readonly signal: AbortSignal | undefined;
}

const synonymsOf = async ({ wordnet, synonyms, tag }: PerturbationNeeds, limits: { augMin?: number; augMax?: number }) => {
  const dictionary = await wordnet();
  const options = { ...synonyms, ...limits, wordnet: dictionary, tag: tag ?? tagByWordNet(dictionary) };
  return (caption: string, random: Random) => replaceSynonyms(caption, random, options);
};

const simple = (perturb: Perturbation["perturb"]) => async () => perturb;

const OWN = {
  synonyms: (needs: PerturbationNeeds) => synonymsOf(needs, {}),
  synonym: (needs: PerturbationNeeds) => synonymsOf(needs, { augMin: 1, augMax: 1 }),
  object: async ({ captions, wordnet, tag, signal }: PerturbationNeeds) => {
    const dictionary = await wordnet();
    const tagger = tag ?? tagByWordNet(dictionary);
    const pace = pacer({ signal }, "metricStudy (objects)", captions.length);
    const nouns = new Set<string>(); // those of objectsOf
    for (const [i, caption] of captions.entries()) {
      for (const noun of nounsOf(caption, tagger)) nouns.add(noun);
      await pace(i + 1);
    }
    const options = { wordnet: dictionary, tag: tagger, objects: [...nouns].sort() };
    return (caption: string, random: Random) => swapObject(caption, random, options);
  },
  colour: simple(swapColour),
  number: simple(swapNumber),
  relation: simple(swapRelation),
  shuffle: simple(shuffleWords),
  deletion: simple((caption, random) => deleteWords(caption, random)),
  repetition: simple((caption, random) => repeatWords(caption, random)),
} satisfies Record<string, (needs: PerturbationNeeds) => Promise<Perturbation["perturb"]>>;

/** A perturbation of this package by its name. */
export type PerturbationName = keyof typeof OWN;

/** Those that keep the meaning. */
const KEEPING: readonly string[] = ["synonyms", "synonym"] satisfies PerturbationName[];

/** The names that a study's `perturbations` knows. "synonym" changes one word, as the swaps do, "synonyms" 30 to 50 % of them, as the original does. */
export const STUDY_PERTURBATIONS = Object.keys(OWN) as readonly PerturbationName[];

/** Their names; throws for what is no perturbation, and for a name that is unknown or given twice. */
export function perturbationNames(wanted: readonly (PerturbationName | Perturbation)[]): string[] {
  if (!Array.isArray(wanted))
    fail("INVALID_ARGUMENT", `perturbations must be a list of names or { name, keepsMeaning, perturb }, got ${show(wanted)}.`);
  if (wanted.length === 0) fail("EMPTY_DATA", "perturbations is empty: name at least one.");
  for (const [i, one] of wanted.entries() as Iterable<[number, PerturbationName | Perturbation]>) {
    if (typeof one === "string") {
      if (Object.hasOwn(OWN, one)) continue;
      fail(
        "INVALID_ARGUMENT",
        `perturbations[${i}]: there is no perturbation ${JSON.stringify(one)}. Known are ${STUDY_PERTURBATIONS.join(", ")}; any other goes in as { name, keepsMeaning, perturb }.`,
      );
    }
    const { name, keepsMeaning, perturb } = one ?? {};
    if (typeof name !== "string" || name === "" || typeof keepsMeaning !== "boolean" || typeof perturb !== "function") {
      fail("INVALID_ARGUMENT", `perturbations[${i}] must be a name or { name, keepsMeaning, perturb }, got ${show(one)}.`);
    }
    checkName(name, `perturbations[${i}]`);
  }
  const names = wanted.map((one) => (typeof one === "string" ? one : one.name));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) fail("INVALID_ARGUMENT", `perturbations names ${twice} twice.`);
  return names;
}

/** The perturbations that a study was asked for, by names that {@link perturbationNames} found to be known. */
export async function perturbationsOf(
  wanted: readonly (PerturbationName | Perturbation)[],
  needs: PerturbationNeeds,
): Promise<Perturbation[]> {
  return Promise.all(
    wanted.map(async (one) => {
      if (typeof one !== "string") return one;
      return { name: one, keepsMeaning: KEEPING.includes(one), perturb: await OWN[one as PerturbationName](needs) };
    }),
  );
}
