import type { MetricName } from "@rsdix/metrics";
import { type AskedMetrics, askedMetrics } from "../evaluate/asked-metrics";
import type { ClipCapFitConfig } from "./schemas";

type Fields = Pick<ClipCapFitConfig["model"], "metrics">;

/** Metrics that need no model beside them. */
const METRICS: readonly MetricName[] = ["meteor", "rougeL", "bleu", "spice", "ciderD"];

/** The metrics that a configuration names, as the original spells them too, or all that are known. */
export function validationMetrics({ metrics }: Fields): AskedMetrics {
  return askedMetrics(
    metrics ?? METRICS,
    METRICS,
    (name) =>
      `model.metrics has ${name}. While training, known are ${METRICS.join(", ")}, and bleu1 to bleu4; rsdix eval clipcap knows more.`,
  );
}

/** The names of the scores that these give. */
export function scoreNames(fields: Fields): string[] {
  const { names, shows } = validationMetrics(fields);
  return names.flatMap((name) => (name === "bleu" ? [1, 2, 3, 4].map((n) => `bleu${n}`).filter(shows) : name));
}
