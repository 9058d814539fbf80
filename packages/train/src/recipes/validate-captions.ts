import { evaluate } from "@rsdix/metrics";
import type { CaptionTokenizer, ClipCap } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import type { ClipCapFitConfig } from "../config/schemas";
import { validationMetrics } from "../config/validation-metrics";

/** Some validation images: their embeddings, row-major, and what people say of each. */
export interface CaptionedRows {
  readonly embeddings: Float32Array;
  readonly references: readonly (readonly string[])[];
}

type Fields = Pick<ClipCapFitConfig["model"], "metrics" | "use_beam_search" | "every_n_batches" | "max_length">;

const BEAMS = 5;

/** How many images a validation captions: those of every n-th of its batches. */
export function countCaptioned(images: number, batchSize: number, batches: number, every: number): number {
  let count = 0;
  for (let i = 0; i < batches; i += every) count += Math.max(0, Math.min(batchSize, images - i * batchSize));
  return count;
}

/** Captions every n-th batch of validation images, and scores the captions. */
export async function scoreValidation(
  captioner: ClipCap,
  tokenizer: CaptionTokenizer,
  batches: readonly (() => Promise<CaptionedRows>)[],
  fields: Fields,
  signal: AbortSignal,
): Promise<Record<string, number>> {
  const { prefixSize, prefixLength, gpt2 } = captioner.config;
  const decoding = {
    maxTokens: Math.min(fields.max_length, gpt2.contextLength - prefixLength),
    ...(fields.use_beam_search && { beams: BEAMS }),
    signal,
  };
  const candidates: string[] = [];
  const references: (readonly string[])[] = [];
  for (let i = 0; i < batches.length; i += fields.every_n_batches) {
    const rows = await batches[i]!();
    const embeddings = tf.tensor2d(rows.embeddings, [rows.references.length, prefixSize]);
    try {
      candidates.push(...(await captioner.caption(embeddings, tokenizer, decoding)));
      references.push(...rows.references);
    } finally {
      embeddings.dispose();
    }
  }
  const { names: metrics, shows } = validationMetrics(fields);
  const { scores } = await evaluate(candidates, references, { metrics, profile: "rsdix", signal });
  return Object.fromEntries(Object.entries(scores).filter(([name]) => shows(name)));
}
