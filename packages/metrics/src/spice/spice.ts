import { checkOptions } from "@rsdix/internal";
import { checkPairs, copyPairs } from "../check-captions";
import { checkWordNet } from "../wordnet/check-wordnet";
import { loadWordNet } from "../wordnet/load-wordnet";
import type { WordNet } from "../wordnet/wordnet";
import { matchTuples, scoreOf, type TupleScore } from "./match-tuples";
import { type ConceptTuple, SceneGraph } from "./scene-graph";
import { checkParser, loadSpiceParser, type SpiceParser } from "./spice-parser";
import { byClass, spiceResult, type TupleClass } from "./spice-result";
import { isOfClass } from "./tuple-classes";

/** Options of {@link spice}. */
export interface SpiceOptions {
  /** From `loadWordNet`; loaded when not given. */
  readonly wordnet?: WordNet;
  /** From `loadSpiceParser`; loaded when not given. */
  readonly parser?: SpiceParser;
}

/** What an image's candidate got. */
export interface SpiceImage extends TupleScore {
  /**
   * The F-measure over the tuples of one class alone; NaN where the references have none of that class.
   */
  readonly classes: Readonly<Record<TupleClass, number>>;
}

/** Result of {@link spice}. */
export interface SpiceResult extends Readonly<Record<TupleClass, number>> {
  /** Mean F-measure over the images; see `perImage` for its range. */
  readonly spice: number;
  /**
   * The F-measure of each image, in the order given: 0 for nothing in common, 1 for the same tuples. As in the original it can be above 1, and
   * below 2, where several tuples of a candidate match one of the references ("a dwelling and a family" for "a home").
   */
  readonly perImage: number[];
  /** Precision, recall and the classes' F-measures of each image. */
  readonly details: SpiceImage[];
}

/**
 * SPICE with everything loaded: scores without waiting.
 *
 * @param candidates The caption to judge, one an image.
 * @param references For each image its reference captions, at least one.
 * @returns As {@link spice}.
 * @throws RsdixError SHAPE_MISMATCH, EMPTY_DATA, INVALID_ARGUMENT as {@link spice}.
 */
export type SpiceScorer = (candidates: readonly string[], references: readonly (readonly string[])[]) => SpiceResult;

/**
 * SPICE of one caption an image against its references: the things, attributes and relations that a parser finds in the caption are
 * compared with those of all references together, synonyms of WordNet counting as equal, and F is the harmonic mean of precision and recall.
 * The parser is this package's own, trained on what CoreNLP, which the original uses, makes of made-up captions: the score is close to that of
 * SPICE 1.0 (Java), not equal; the README says how close. `spiceJava` of `@rsdix/metrics/node` runs the original.
 *
 * @param candidates - The caption to judge, one an image; an empty one scores 0.
 * @param references - For each image its reference captions, at least one.
 * @param options - `wordnet` and `parser`, where they are loaded already.
 * @returns The mean over images, each image's score, and for each class of tuples (object, attribute, relation, colour, size, cardinality)
 * the mean over the images whose references have one: NaN when there is no such image.
 * @throws RsdixError SHAPE_MISMATCH when the two lists differ in length, EMPTY_DATA without images or with an image without references,
 * INVALID_ARGUMENT for anything that is not a string, UNKNOWN_OPTION; what `loadWordNet` and `loadSpiceParser` throw.
 * @example
 * ```ts
 * import { spice } from "@rsdix/metrics";
 * const { spice: score, perImage, relation } = await spice(
 *   ["many planes near a terminal ."],
 *   [["several airplanes are near the terminal .", "planes near a white terminal in an airport ."]],
 * );
 * console.log(score, perImage, relation);
 * ```
 * @see Anderson et al., "SPICE: semantic propositional image caption evaluation", 2016, https://arxiv.org/abs/1607.08822
 */
export async function spice(
  candidates: readonly string[],
  references: readonly (readonly string[])[],
  options: SpiceOptions = {},
): Promise<SpiceResult> {
  checkOptions(options, ["wordnet", "parser"], "spice");
  checkPairs(candidates, references);
  const pairs = copyPairs(candidates, references);
  const { wordnet = await loadWordNet(), parser = await loadSpiceParser() } = options;
  return createSpice({ wordnet, parser })(pairs.candidates, pairs.references);
}

/**
 * The scorer behind {@link spice}, for workers and whoever has loaded what it needs.
 *
 * @param parts - `wordnet` from `loadWordNet`, `parser` from `loadSpiceParser`.
 * @returns A function of candidates and references, with the result and the errors of {@link spice}.
 * @throws RsdixError INVALID_ARGUMENT without one of the two, UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { createSpice, loadSpiceParser, loadWordNet } from "@rsdix/metrics";
 * const score = createSpice({ wordnet: await loadWordNet(), parser: await loadSpiceParser() });
 * console.log(score(["a plane ."], [["an airplane ."]]).spice); // 1
 * ```
 * @see Anderson et al., "SPICE: semantic propositional image caption evaluation", 2016, https://arxiv.org/abs/1607.08822
 */
export function createSpice(parts: Required<SpiceOptions>): SpiceScorer {
  const { wordnet, parser } = checkOptions(parts, ["wordnet", "parser"], "createSpice");
  checkParts(wordnet, parser);
  return (candidates, references) => {
    checkPairs(candidates, references);
    const details = candidates.map((candidate, i) => {
      const own = SceneGraph.of(parser.tuples(candidate), wordnet).tuples();
      const theirs = SceneGraph.of(
        references[i]!.flatMap((reference) => parser.tuples(reference)),
        wordnet,
      ).tuples();
      return scoreImage(own, theirs);
    });
    return spiceResult(details);
  };
}

/** Throws unless they are what the two loaders give. */
export function checkParts(wordnet: WordNet, parser: SpiceParser): void {
  checkWordNet(wordnet);
  checkParser(parser);
}

function scoreImage(candidate: readonly ConceptTuple[], references: readonly ConceptTuple[]): SpiceImage {
  return {
    ...score(candidate, references),
    classes: byClass((name) => {
      const wanted = references.filter((tuple) => isOfClass(tuple, name));
      return wanted.length === 0
        ? Number.NaN
        : score(
            candidate.filter((tuple) => isOfClass(tuple, name)),
            wanted,
          ).f;
    }),
  };
}

function score(candidate: readonly ConceptTuple[], references: readonly ConceptTuple[]): TupleScore {
  const matched = matchTuples(candidate, references).filter((at) => at >= 0).length;
  return scoreOf(matched, candidate.length, references.length);
}
