import type { BleuAverage } from "../bleu-formula";
import type { Embed, EmbedTexts } from "../embed-texts";
import type { FluencyErrors } from "../fluency";
import type { Paraphrases } from "../meteor/paraphrases/paraphrases";
import type { WordNet } from "../wordnet/wordnet";
import type { MetricName } from "./metric-table";

/** How captions are prepared, and scores averaged: as the original RSDiX evaluates, or as coco-caption does. */
export type EvaluateProfile = "rsdix" | "coco";

/** How far {@link evaluate} is with one of its metrics. */
export interface EvaluateProgress {
  /** Which metric; "tokens" before the first where captions are tokenised. */
  readonly metric: MetricName | "tokens";
  /** Images, or captions for a model and for tokens, that are done. */
  readonly done: number;
  /** Of how many. */
  readonly total: number;
}

/** Options of {@link evaluate}. */
export interface EvaluateOptions {
  /** What to compute; without it what the profile's original reports by default. */
  readonly metrics?: readonly MetricName[];
  /** "rsdix" (the default): captions as written, means over images. "coco": captions tokenised, corpus scores. */
  readonly profile?: EvaluateProfile;
  /** Which average BLEU and METEOR show; the profile's own when left out. Other metrics have only one. */
  readonly average?: BleuAverage;
  /** Sentence encoder, for `sbertSim` and `fense`. */
  readonly embed?: EmbedTexts;
  /** Finds captions that are not fluent, for `fense` and `spiderFl`. */
  readonly fluencyErrors?: FluencyErrors;
  /** One image for each candidate, in whatever form `embedImages` takes, for `clipScore` and `refClipScore`. */
  readonly images?: readonly unknown[];
  /** CLIP's image encoder, for `clipScore` and `refClipScore`. */
  // biome-ignore lint/suspicious/noExplicitAny: what an image is lies between `images` and `embedImages`.
  readonly embedImages?: Embed<any>;
  /** CLIP's text encoder, for `clipScore` and `refClipScore`. */
  readonly embedTexts?: EmbedTexts;
  /** METEOR's paraphrase table, from `loadParaphrases`. */
  readonly paraphrases?: Paraphrases;
  /**
   * WordNet for `meteor` and `spice`, where the packed file lies elsewhere: its address, in Node also its path, or its bytes; or what `loadWordNet` gave, if
   * there are no workers.
   */
  readonly wordnet?: WordNet | string | URL | Uint8Array;
  /** Captions that a model is given at a time; 64 when left out. */
  readonly batchSize?: number;
  /** Threads that `meteor` and `spice` are computed in; 0, the default, for none. */
  readonly workers?: number;
  /** Called on the way. */
  readonly onProgress?: (progress: EvaluateProgress) => void;
  /** Stops the evaluation, with an error `ABORTED`. */
  readonly signal?: AbortSignal;
}
