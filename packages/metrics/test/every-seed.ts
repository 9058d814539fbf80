import type { PerturbedCaption } from "../src/study/captions";

/** What changes of captions are tried with. */
export const SEEDS = Array.from({ length: 40 }, (_, i) => i);
export const CAPTION = "Many planes are parked near a large terminal , next to the green lake .";

export const everySeed = (run: (seed: number) => PerturbedCaption) => SEEDS.map(run);
/** What words at a place became, each once. */
export const became = (all: readonly PerturbedCaption[], index: number) =>
  new Set(all.flatMap(({ changes }) => changes.filter((change) => change.index === index).map(({ to }) => to)));
