import type { EvaluateResult } from "@rsdix/metrics";

/** What tables call the metrics, in the order of the published ones. */
const NAMES: Readonly<Record<string, string>> = {
  meteor: "METEOR",
  sbertSim: "SBERT-sim",
  spice: "SPICE",
  rougeL: "ROUGE-L",
  bleu1: "BLEU-1",
  bleu2: "BLEU-2",
  bleu3: "BLEU-3",
  bleu4: "BLEU-4",
  ciderD: "CIDEr-D",
  spider: "SPIDEr",
  clipScore: "CLIPScore",
  refClipScore: "RefCLIPScore",
};
const DECIMALS = 3;

/** The scores as tables name them; those that have no name there keep their own. */
export function captionScores({ scores }: Pick<EvaluateResult, "scores">): [name: string, value: number][] {
  const known = Object.keys(NAMES).filter((name) => name in scores);
  const others = Object.keys(scores).filter((name) => !(name in NAMES));
  return [...known, ...others].map((name) => [NAMES[name] ?? name, scores[name]!]);
}

/** A table's names and row of one model: its scores to three decimals. */
export function captionScoreRow(model: string, scores: readonly (readonly [string, number])[]): { names: string[]; row: string[] } {
  return { names: ["model", ...scores.map(([name]) => name)], row: [model, ...scores.map(([, value]) => value.toFixed(DECIMALS))] };
}
