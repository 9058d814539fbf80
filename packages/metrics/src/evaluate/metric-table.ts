import { ONE_IMAGE } from "../cider-d";
import type { Metric } from "./metric";
import { scoreClip, scoreFense, scoreRefClip, scoreSbertSim, scoreSpiderFl } from "./model-metrics";
import { scoreBleu, scoreCiderD, scoreRougeL, scoreVocab } from "./ngram-metrics";
import { scoreMeteor, scoreSpice, scoreSpider } from "./parsed-metrics";

const clip = ["images", "embedImages", "embedTexts"] as const;

const unfit: Metric["unfit"] = ({ candidates }) => (candidates.length === 1 ? ONE_IMAGE : undefined);

/** What `evaluate` knows. */
export const METRICS = {
  bleu: { needs: [], score: scoreBleu },
  rougeL: { needs: [], score: scoreRougeL },
  ciderD: { needs: [], unfit, score: scoreCiderD },
  vocab: { needs: [], score: scoreVocab },
  meteor: { needs: [], score: scoreMeteor },
  spice: { needs: [], score: scoreSpice },
  spider: { needs: [], unfit, score: scoreSpider },
  spiderFl: { needs: ["fluencyErrors"], unfit, score: scoreSpiderFl },
  sbertSim: { needs: ["embed"], score: scoreSbertSim },
  fense: { needs: ["embed", "fluencyErrors"], score: scoreFense },
  clipScore: { needs: clip, score: scoreClip },
  refClipScore: { needs: clip, score: scoreRefClip },
} as const satisfies Record<string, Metric>;

/** What {@link evaluate} can compute. */
export type MetricName = keyof typeof METRICS;
