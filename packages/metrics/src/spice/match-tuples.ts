import { isSimilar } from "./concepts";
import type { ConceptTuple } from "./scene-graph";

/** Precision, recall and their harmonic mean over tuples. */
export interface TupleScore {
  /** Of the candidate's tuples, the share that a reference has. */
  readonly precision: number;
  /** Matched tuples of the candidate over the references' tuples: above 1 where several match one. */
  readonly recall: number;
  /** 0 where nothing matches. */
  readonly f: number;
}

const isMatch = (a: ConceptTuple, b: ConceptTuple): boolean => a.length === b.length && a.every((concept, i) => isSimilar(concept, b[i]!));

/** For each tuple of the candidate the first tuple of the references that it matches, or -1: a reference may be matched more than once. */
export function matchTuples(candidate: readonly ConceptTuple[], references: readonly ConceptTuple[]): number[] {
  return candidate.map((tuple) => references.findIndex((other) => isMatch(tuple, other)));
}

export function scoreOf(matched: number, candidates: number, references: number): TupleScore {
  if (matched === 0) return { precision: 0, recall: 0, f: 0 };
  const precision = matched / candidates;
  const recall = matched / references;
  return { precision, recall, f: (2 * precision * recall) / (precision + recall) };
}
