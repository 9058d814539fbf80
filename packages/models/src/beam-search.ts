import { checkOptions, checkRange } from "@rsdix/internal";
import { checkBeams, checkDecoding, checkStepModel } from "./check-decoding";
import {
  alone,
  DECODING_OPTIONS,
  type DecodingOptions,
  extended,
  type Generated,
  lastOf,
  nextChoices,
  type StepModel,
  type Steps,
  scored,
  type Text,
} from "./generation";
import { type Choices, likeliest } from "./likeliest";
import { topIndices } from "./scores";

/** Options of `beamSearch`. */
export interface BeamOptions extends DecodingOptions {
  /** How many texts are kept at every step, at most 1,024. */
  readonly beams: number;
  /**
   * Texts are ranked by the sum of their log-probabilities over their length to this power: 1, the default, is the mean, as in the original;
   * 0 the sum, which favours short texts; above 1 long ones are favoured.
   */
  readonly lengthPenalty?: number;
}

/** A text that may be kept, and its row of the model while it goes on. */
interface Beam extends Text {
  readonly row: number;
}

/**
 * Beam search: at every step the best texts are kept, by the mean log-probability of their tokens; finished texts keep their place among
 * them as long as none is better. All inputs are searched together, one row a live beam.
 *
 * @param model One row an input.
 * @param options How many beams, when to end, the ranking, and the rule against repetition.
 * @returns For each input its texts, best first: `beams` of them, fewer only when there are no more. With a length penalty the score is what ranks them.
 * @throws INVALID_ARGUMENT for wrong options, a stop token that the model doesn't have, or a model that was disposed or is being decoded already;
 * UNKNOWN_OPTION; NOT_A_NUMBER when the model's scores aren't; ABORTED.
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
  const found = await lastOf(beamSteps(model, options));
  return found.map((texts) => texts.map((text) => scored(text, options.lengthPenalty)));
}

/** `beamSearch`, token by token: the best text so far may change altogether. */
export function beamSteps(model: StepModel, options: BeamOptions): Steps {
  checkStepModel(model, "beamSearch");
  return alone(model, search(model, options));
}

async function* search(model: StepModel, options: BeamOptions): Steps {
  const { beams, lengthPenalty = 1, ...common } = checkOptions(options, [...DECODING_OPTIONS, "beams", "lengthPenalty"], "beamSearch");
  checkBeams(beams);
  checkRange(lengthPenalty, "lengthPenalty", { min: -10, max: 10 });
  const [rows, width] = model.logits.shape;
  checkDecoding(common, width);
  let searches = Array.from({ length: rows }, (_, row): Beam[] => [{ tokens: [], sum: 0, done: false, row }]);
  for (let live = searches.flat(); live.length > 0; live = searches.flat().filter(({ done }) => !done)) {
    const choices = await nextChoices(model, live, options, (logits) => likeliest(logits, Math.min(beams, width)));
    const grown = searches.map((search) => {
      const candidates = search.flatMap((beam) => (beam.done ? [beam] : extensions(beam, choices, options)));
      const ranks = candidates.map((text) => scored(text, lengthPenalty).score);
      return topIndices(ranks, beams).map((i) => candidates[i]!);
    });
    yield grown;
    searches = advanced(model, grown);
  }
}

/** The best ways to go on; the text itself where there is none. */
function extensions(beam: Beam, choices: Choices, options: DecodingOptions): Beam[] {
  const texts = Array.from({ length: choices.count }, (_, i) => extended(beam, choices, beam.row * choices.count + i, options));
  const allowed = texts.filter((text, i) => i === 0 || text.tokens.length > beam.tokens.length);
  return allowed.map((text) => ({ ...text, row: beam.row }));
}

/** Gives each live beam a row of its own, continued from its parent's. */
function advanced(model: StepModel, searches: Beam[][]): Beam[][] {
  const live = searches.flat().filter(({ done }) => !done);
  if (live.length === 0) return searches;
  model.advance(
    Int32Array.from(live, ({ row }) => row),
    Int32Array.from(live, ({ tokens }) => tokens.at(-1)!),
  );
  const rows = new Map(live.map((beam, row) => [beam, row]));
  return searches.map((search) => search.map((beam) => ({ ...beam, row: rows.get(beam) ?? beam.row })));
}
