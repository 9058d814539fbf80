import { partMeteor } from "../meteor/create-meteor";
import { loadParaphrases, type Paraphrases } from "../meteor/paraphrases/paraphrases";
import { createSpice } from "../spice/spice";
import { loadSpiceParser } from "../spice/spice-parser";
import { loadWordNet } from "../wordnet/load-wordnet";
import type { WordNet } from "../wordnet/wordnet";
import type { Captions } from "./metric";

/** Metrics that score image by image, whatever the other images are. */
export type PartsMetric = "meteor" | "spice";

/** What such a metric gave for some images. */
export interface PartScores {
  readonly perImage: number[];
  /** Sums over the images that a corpus score is made of; whole numbers, so that the order of adding them doesn't matter. Empty where there are none. */
  readonly statistics: number[];
}

/** What the metrics read files for. */
export interface PartResources {
  readonly wordnet: WordNet | string | URL | Uint8Array;
  readonly paraphrases?: Paraphrases | Uint8Array;
  readonly parser: string | URL;
}

/** Some of the images. */
export interface Part extends Captions {
  /** The place of the first of them among all, for messages. */
  readonly first: number;
}

/** Scores some images. */
export type PartScorer = (part: Part) => PartScores;

/** Whether WordNet is to be loaded from there. */
export function isLocation(from: PartResources["wordnet"]): from is string | URL | Uint8Array {
  return typeof from === "string" || from instanceof URL || from instanceof Uint8Array;
}

/** Loads a metric and what it needs. */
export async function partScorer(metric: PartsMetric, { wordnet: from, paraphrases, parser }: PartResources): Promise<PartScorer> {
  const wordnet = isLocation(from) ? await loadWordNet({ from }) : from;
  if (metric === "spice") {
    const score = createSpice({ wordnet, parser: await loadSpiceParser({ from: parser }) });
    return ({ candidates, references }) => ({ perImage: score(candidates, references).perImage, statistics: [] });
  }
  const table = paraphrases instanceof Uint8Array ? await loadParaphrases(paraphrases) : paraphrases;
  const scorer = partMeteor({ wordnet, paraphrases: table });
  return ({ first, candidates, references }) => {
    const { perImage, statistics } = scorer.scoreAll(candidates, references, {}, first);
    return { perImage, statistics };
  };
}
