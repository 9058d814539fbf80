import { checkOptions, fail, show } from "@rsdix/internal";
import { checkCaptions } from "../check-captions";
import { loadWordNet } from "../wordnet/load-wordnet";
import { matchTuples, scoreOf, type TupleScore } from "./match-tuples";
import { type ConceptTuple, SceneGraph } from "./scene-graph";
import { checkParts, type SpiceOptions } from "./spice";
import { loadSpiceParser } from "./spice-parser";

/** A tuple after merging: for each of its places the words that were found to mean the same. */
export type MergedTuple = readonly (readonly string[])[];

/** Result of {@link explain}. */
export interface SpiceExplanation extends TupleScore {
  /** The tuples of the candidate, each with the tuple of the references that it matches. */
  readonly candidate: readonly { readonly tuple: MergedTuple; readonly matches: MergedTuple | undefined }[];
  /** The tuples of the references, and whether a tuple of the candidate matches them. */
  readonly references: readonly { readonly tuple: MergedTuple; readonly isMatched: boolean }[];
}

/**
 * Why a caption has the SPICE that it has: the tuples of both sides, and which matched which.
 *
 * @param candidate - The caption to judge.
 * @param references - The reference captions of its image, at least one.
 * @param options - `wordnet` and `parser`, where they are loaded already.
 * @returns Both sides' tuples with their matches; precision, recall and F.
 * @throws RsdixError EMPTY_DATA without references, INVALID_ARGUMENT for anything that is not a string, UNKNOWN_OPTION; what `loadWordNet`
 * and `loadSpiceParser` throw.
 * @example
 * ```ts
 * import { explain } from "@rsdix/metrics";
 * const { f, candidate } = await explain("green trees near a pond .", ["lush trees are beside a pond ."]);
 * for (const { tuple, matches } of candidate) console.log(tuple.join(" "), matches ? "found" : "missing", f);
 * ```
 * @see Anderson et al., "SPICE: semantic propositional image caption evaluation", 2016, https://arxiv.org/abs/1607.08822
 */
export async function explain(candidate: string, references: readonly string[], options: SpiceOptions = {}): Promise<SpiceExplanation> {
  checkOptions(options, ["wordnet", "parser"], "explain");
  if (typeof candidate !== "string") fail("INVALID_ARGUMENT", `candidate must be a string, got ${show(candidate)}.`);
  checkCaptions(references, "references");
  const { wordnet = await loadWordNet(), parser = await loadSpiceParser() } = options;
  checkParts(wordnet, parser);
  const own = SceneGraph.of(parser.tuples(candidate), wordnet).tuples();
  const theirs = SceneGraph.of(
    references.flatMap((reference) => parser.tuples(reference)),
    wordnet,
  ).tuples();
  const forward = matchTuples(own, theirs);
  const backward = matchTuples(theirs, own);
  return {
    ...scoreOf(forward.filter((at) => at >= 0).length, own.length, theirs.length),
    candidate: own.map((tuple, i) => ({ tuple: wordsOf(tuple), matches: forward[i]! < 0 ? undefined : wordsOf(theirs[forward[i]!]!) })),
    references: theirs.map((tuple, i) => ({ tuple: wordsOf(tuple), isMatched: backward[i]! >= 0 })),
  };
}

const wordsOf = (tuple: ConceptTuple): MergedTuple => tuple.map(({ words }) => words);
