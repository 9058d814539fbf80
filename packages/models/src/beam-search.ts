import { checkRange } from "@rsdix/internal";
import { finished, type Generated, type StepModel, type StopOptions } from "./generation";
import { logSoftmax, type Scored, topIndices } from "./scores";

/** Options of `beamSearch`. */
export interface BeamOptions extends StopOptions {
  /** How many texts are kept at every step. */
  readonly beams: number;
}

/** A text that may be kept: finished, or still going on in a row of the model. */
interface Beam extends Scored {
  /** The model's row; undefined once a stop token ended the text. */
  readonly row: number | undefined;
}

/**
 * Beam search: at every step the best texts are kept, by the mean log-probability of their tokens; finished texts keep their place among
 * them as long as none is better. All inputs are searched together, one row a live beam.
 *
 * @param model One row an input.
 * @param options How many beams, and when to end.
 * @returns For each input its texts, best first: `beams` of them, fewer only when the vocabulary has no more.
 * @throws INVALID_ARGUMENT when `beams` or `maxTokens` isn't a whole number of at least 1.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import { Gpt2, beamSearch, padTokens } from "@rsdix/models";
 *
 * const gpt2 = Gpt2.fromConfig({ vocabSize: 20, contextLength: 8, width: 16, layers: 1, heads: 2 }, 1);
 * const prompt = gpt2.embed(padTokens([[1, 2], [3, 4]], 0));
 * const decoding = gpt2.decode(prompt);
 * const texts = await beamSearch(decoding, { beams: 3, stop: [0], maxTokens: 5 });
 * console.log(texts.length); // 2
 * decoding.dispose();
 * prompt.dispose();
 * gpt2.dispose();
 * ```
 *
 * @see https://arxiv.org/abs/2111.09734
 */
export async function beamSearch(model: StepModel, options: BeamOptions): Promise<Generated[][]> {
  const { beams, stop, maxTokens } = options;
  checkRange(beams, "beams", { min: 1, integer: true });
  checkRange(maxTokens, "maxTokens", { min: 1, integer: true });
  let searches = Array.from({ length: model.rows }, (_, row): Beam[] => [{ tokens: [], sum: 0, row }]);
  for (let step = 1; searches.some((search) => search.some(({ row }) => row !== undefined)); step++) {
    const logits = await model.logits();
    const width = logits.length / model.rows;
    const next = searches.map((search) => {
      const candidates = search.flatMap((beam) => (beam.row === undefined ? [beam] : extensions(beam, beam.row, logits, width, beams)));
      const best = topIndices(candidates.map(meanOf), beams).map((i) => candidates[i]!);
      return best.map((beam) => (beam.row !== undefined && stop.includes(beam.tokens.at(-1)!) ? { ...beam, row: undefined } : beam));
    });
    if (step === maxTokens) {
      searches = next;
      break;
    }
    searches = advanced(model, next);
  }
  return searches.map((search) => search.map(finished));
}

/** The best `count` ways to go on with one more token. */
function extensions({ tokens, sum }: Beam, row: number, logits: Float32Array, width: number, count: number): Beam[] {
  const logProbabilities = logSoftmax(logits.subarray(row * width, (row + 1) * width));
  return topIndices(logProbabilities, Math.min(count, width)).map((token) => ({
    tokens: [...tokens, token],
    sum: sum + logProbabilities[token]!,
    row,
  }));
}

function meanOf({ tokens, sum }: Beam): number {
  return sum / tokens.length;
}

/** Gives each live beam a row of its own, continued from its parent's. */
function advanced(model: StepModel, searches: Beam[][]): Beam[][] {
  const from: number[] = [];
  const tokens: number[] = [];
  const moved = searches.map((search) =>
    search.map((beam) => {
      if (beam.row === undefined) return beam;
      from.push(beam.row);
      tokens.push(beam.tokens.at(-1)!);
      return { ...beam, row: from.length - 1 };
    }),
  );
  if (from.length > 0) model.advance(Int32Array.from(from), Int32Array.from(tokens));
  return moved;
}
