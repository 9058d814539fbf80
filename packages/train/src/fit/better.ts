/** Of which more is better, in small letters: what the tasks and the metrics of captions measure. */
const MORE = "accuracy meteor rougel bleu bleu1 bleu2 bleu3 bleu4 spice ciderd spider spiderfl sbertsim fense clipscore refclipscore".split(
  " ",
);
/** Of which less is better. */
const LESS = ["loss", "contrastive", "distillation", "projection", "sbsmse"];

/** Whether the lowest or the highest value is the best. */
export type Mode = "min" | "max";

/** What a mode looks for, in words. */
export const SOUGHT = { min: "lowest", max: "highest" } as const;

/** Whether less (min) or more (max) of a validation's number is better, as its name tells, also as the original spells it; undefined of other names. */
export function betterOf(metric: string): Mode | undefined {
  const name = metric.toLowerCase().replaceAll(/[_-]/g, "");
  return MORE.includes(name) ? "max" : LESS.includes(name) ? "min" : undefined;
}
