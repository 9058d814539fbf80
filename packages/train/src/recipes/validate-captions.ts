import { fail } from "@rsdix/internal";
import { evaluate, type MetricName } from "@rsdix/metrics";
import type { CaptionTokenizer, ClipCap } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import type { ClipCapFitConfig } from "../config/schemas";

/** Some validation images: their embeddings, row-major, and what people say of each. */
export interface CaptionedRows {
  readonly embeddings: Float32Array;
  readonly references: readonly (readonly string[])[];
}

type Fields = Pick<ClipCapFitConfig["model"], "metrics" | "use_beam_search" | "every_n_batches" | "max_length">;

/** Metrics that need no model beside them. */
const METRICS: readonly MetricName[] = ["meteor", "rougeL", "bleu", "spice", "ciderD"];
const BEAMS = 5;

/** The metrics that a configuration names, or all that are known. */
export function validationMetrics({ metrics }: Pick<Fields, "metrics">): readonly MetricName[] {
  const unknown = metrics?.find((name) => !(METRICS as readonly string[]).includes(name));
  if (unknown === undefined) return (metrics as MetricName[] | null) ?? METRICS;
  return fail(
    "INVALID_ARGUMENT",
    `model.metrics has ${JSON.stringify(unknown)}. While training, known are ${METRICS.join(", ")}; rsdix eval clipcap knows more.`,
  );
}

/** The names of the scores that these give. */
export function scoreNames(fields: Pick<Fields, "metrics">): string[] {
  return validationMetrics(fields).flatMap((name) => (name === "bleu" ? [1, 2, 3, 4].map((n) => `bleu${n}`) : name));
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
  const metrics = validationMetrics(fields);
  return (await evaluate(candidates, references, { metrics, profile: "rsdix", signal })).scores;
}
