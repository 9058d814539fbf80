import { ONE_IMAGE } from "../cider-d";
import type { Metric } from "./metric";

const clip = ["images", "embedImages", "embedTexts"] as const;
const models = () => import("./model-metrics");
const ngrams = () => import("./ngram-metrics");
const parsed = () => import("./parsed-metrics");

const unfit: Metric["unfit"] = ({ candidates }) => (candidates.length === 1 ? ONE_IMAGE : undefined);

/** What `evaluate` knows. Each metric is loaded when it is asked for. */
export const METRICS = {
  bleu: { needs: [], score: async (run) => (await ngrams()).scoreBleu(run) },
  rougeL: { needs: [], score: async (run) => (await ngrams()).scoreRougeL(run) },
  ciderD: { needs: [], unfit, score: async (run) => (await ngrams()).scoreCiderD(run) },
  vocab: { needs: [], score: async (run) => (await ngrams()).scoreVocab(run) },
  meteor: { needs: [], score: async (run) => (await parsed()).scoreMeteor(run) },
  spice: { needs: [], score: async (run) => (await parsed()).scoreSpice(run) },
  spider: { needs: [], unfit, score: async (run) => (await parsed()).scoreSpider(run) },
  spiderFl: { needs: ["fluencyErrors"], unfit, score: async (run) => (await models()).scoreSpiderFl(run) },
  sbertSim: { needs: ["embed"], score: async (run) => (await models()).scoreSbertSim(run) },
  fense: { needs: ["embed", "fluencyErrors"], score: async (run) => (await models()).scoreFense(run) },
  clipScore: { needs: clip, score: async (run) => (await models()).scoreClip(run) },
  refClipScore: { needs: clip, score: async (run) => (await models()).scoreRefClip(run) },
} as const satisfies Record<string, Metric>;

/** What {@link evaluate} can compute. */
export type MetricName = keyof typeof METRICS;
