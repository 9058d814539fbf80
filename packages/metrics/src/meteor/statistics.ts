import { FROM, FROM_LENGTH, LENGTH, type Matches, MODULE_OF, START } from "./find-matches";

// METEOR's statistics of one pair, 23 numbers in the order of its own lines: words and function words of the candidate and the reference;
// for each module content words matched on both sides, then function words; chunks; words matched on both sides.
const WORDS = 0;
const FUNCTIONS = 2;
const MATCHED_OF_MODULE = 4;
const CHUNKS = 20;
const MATCHED = 21;

export const STATISTICS = 23;

/**
 * What METEOR's tasks differ in, here of English ranking, the default that caption tools run: how much recall weighs, how steep and how large
 * the penalty for chunks is, how much content words weigh, and the weights of exact, stem, synonym and paraphrase matches.
 */
const RANK: readonly number[] = [0.85, 0.2, 0.6, 0.75, 1, 0.6, 0.8, 0.6];
const FIRST_WEIGHT = 4;

/** Fills in the statistics of an alignment; `chosen` are its matches, last first. */
export function fillStatistics(
  statistics: Float64Array,
  matches: Matches,
  chosen: readonly number[],
  chosenCount: number,
  candidate: Int32Array,
  reference: Int32Array,
  functions: readonly number[],
): void {
  statistics.fill(0);
  statistics[WORDS] = candidate.length;
  statistics[WORDS + 1] = reference.length;
  for (let i = 0; i < candidate.length; i++) statistics[FUNCTIONS]! += functions[candidate[i]!]!;
  for (let j = 0; j < reference.length; j++) statistics[FUNCTIONS + 1]! += functions[reference[j]!]!;
  let start = -1;
  let end = -1;
  for (let k = chosenCount - 1; k >= 0; k--) {
    const match = chosen[k]!;
    const module = MATCHED_OF_MODULE + 4 * matches.rows[match + MODULE_OF]!;
    for (let i = matches.rows[match + FROM]!; i < matches.rows[match + FROM]! + matches.rows[match + FROM_LENGTH]!; i++) {
      statistics[module + 2 * functions[candidate[i]!]!]!++;
    }
    for (let j = matches.rows[match + START]!; j < matches.rows[match + START]! + matches.rows[match + LENGTH]!; j++) {
      statistics[module + 2 * functions[reference[j]!]! + 1]!++;
    }
    statistics[MATCHED]! += matches.rows[match + FROM_LENGTH]!;
    statistics[MATCHED + 1]! += matches.rows[match + LENGTH]!;
    if (matches.rows[match + START] !== start || matches.rows[match + FROM] !== end) statistics[CHUNKS]!++;
    start = matches.rows[match + START]! + matches.rows[match + LENGTH]!;
    end = matches.rows[match + FROM]! + matches.rows[match + FROM_LENGTH]!;
  }
}

/** The score of one pair's statistics, or of a corpus': from 0 to 1. */
export function scoreOf(statistics: Float64Array, task = RANK): number {
  let chunks = statistics[CHUNKS]!;
  // One chunk of all words is no fragment.
  if (isWhole(statistics)) chunks = 0;
  return scoreWith(statistics, chunks, task);
}

/** Adds a pair's statistics to a corpus'; the chunk of a pair that is one is not counted. */
export function addStatistics(sum: Float64Array, statistics: Float64Array): void {
  for (let i = 0; i < STATISTICS; i++) if (i !== CHUNKS || !isWhole(statistics)) sum[i]! += statistics[i]!;
}

function isWhole(statistics: Float64Array): boolean {
  return statistics[CHUNKS] === 1 && statistics[MATCHED] === statistics[WORDS] && statistics[MATCHED + 1] === statistics[WORDS + 1];
}

function scoreWith(statistics: Float64Array, chunks: number, task: readonly number[]): number {
  const alpha = task[0]!;
  const gamma = task[2]!;
  const delta = task[3]!;
  let candidateMatches = 0;
  let referenceMatches = 0;
  for (let m = FIRST_WEIGHT; m < task.length; m++) {
    const weight = task[m]!;
    const module = MATCHED_OF_MODULE + 4 * (m - FIRST_WEIGHT);
    candidateMatches += weight * (delta * statistics[module]! + (1 - delta) * statistics[module + 2]!);
    referenceMatches += weight * (delta * statistics[module + 1]! + (1 - delta) * statistics[module + 3]!);
  }
  const precision = candidateMatches / weightedLength(statistics, 0, delta);
  const recall = referenceMatches / weightedLength(statistics, 1, delta);
  const mean = 1 / ((1 - alpha) / precision + alpha / recall);
  const fragments = chunks / ((statistics[MATCHED]! + statistics[MATCHED + 1]!) / 2);
  const score = mean * (1 - gamma * fragments ** task[1]!);
  return Number.isNaN(score) ? 0 : Math.max(0, score); // where there are no words the ratios are none
}

function weightedLength(statistics: Float64Array, side: number, delta: number): number {
  const functions = statistics[FUNCTIONS + side]!;
  return delta * (statistics[WORDS + side]! - functions) + (1 - delta) * functions;
}
