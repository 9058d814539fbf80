import { checkOptions, checkRange, fail, show } from "@rsdix/internal";
import type { ClipCap, DropoutOptions, ImageTextModel } from "@rsdix/models";
import { withMethod } from "../check-given";

/** What a captioner is made of. */
export type CaptionPart = "mapper" | "gpt2" | "encoder";

/** How a captioner is trained. */
export interface CaptionTaskOptions {
  /**
   * What is trained: "mapper" (to GPT-2's positions), "gpt2", and "encoder", the image tower. ["mapper", "gpt2"] by default. Weights of a part that the models'
   * `setTrainable` froze stay frozen. A part's rate is a group of `fit`: `{ name: "encoder", match: /^encoder\./, learningRate: 0.1 }`.
   */
  train?: readonly CaptionPart[];
  /** What embeds images, where batches have images rather than embeddings. The captioner's own by default. */
  encoder?: ImageTextModel;
  /** Dropout in GPT-2: a rate for attention weights, residual stream and input embeddings alike, or one for each. None by default. */
  dropout?: number | Pick<DropoutOptions, "attention" | "residual" | "embedding">;
  /** Dropout in a transformer mapper: a rate for attention weights and residual stream alike, or one for each. None by default. */
  mapperDropout?: number | Pick<DropoutOptions, "attention" | "residual">;
  /** The same seed drops the same in a step, also in a run that was resumed; 0. */
  seed?: number;
  /** Longest caption in tokens, of captions that the task tokenizes: longer ones are cut. 67. */
  maxTokens?: number;
}

type Rates = Pick<DropoutOptions, "attention" | "residual" | "embedding">;

/** `CaptionTaskOptions` with nothing left out. */
export interface CaptionSettings {
  readonly train: ReadonlySet<CaptionPart>;
  readonly encoder: ImageTextModel | undefined;
  readonly dropout: Rates | undefined;
  readonly mapperDropout: Rates | undefined;
  readonly seed: number;
  readonly maxTokens: number;
}

const PARTS: readonly CaptionPart[] = ["mapper", "gpt2", "encoder"];

/** Checks options, so that what is wrong is said before a run begins. */
export function readCaptionOptions(clipcap: ClipCap, given: CaptionTaskOptions): CaptionSettings {
  withMethod(clipcap, "loss", "captionTask trains a ClipCap");
  const options = checkOptions(given, ["train", "encoder", "dropout", "mapperDropout", "seed", "maxTokens"], "captionTask");
  const { train = ["mapper", "gpt2"], encoder = clipcap.encoder, seed = 0, maxTokens = 67 } = options;
  if (!Array.isArray(train) || train.length === 0 || !train.every((part) => PARTS.includes(part))) {
    fail("INVALID_ARGUMENT", `captionTask: train must list at least one of "mapper", "gpt2" and "encoder", got ${JSON.stringify(train)}.`);
  }
  if (encoder !== undefined && typeof encoder?.encodeImage !== "function")
    fail("INVALID_ARGUMENT", `captionTask: encoder must be a Clip or Siglip, got ${show(encoder)}.`);
  if (train.includes("encoder") && !encoder)
    fail("INVALID_ARGUMENT", "captionTask: there is no encoder to train. Set clipcap.encoder, or give the option encoder.");
  checkRange(seed, "seed", { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  checkRange(maxTokens, "maxTokens", { min: 1, integer: true });
  const dropout = readRates(options.dropout, "dropout", ["attention", "residual", "embedding"]);
  const mapperDropout = readRates(options.mapperDropout, "mapperDropout", ["attention", "residual"]);
  if (mapperDropout && clipcap.config.mapper === "mlp")
    fail("INVALID_ARGUMENT", "captionTask: mapperDropout is for a transformer mapper, and this one is an MLP; leave it out.");
  if (!dropout && !mapperDropout && options.seed !== undefined)
    fail("INVALID_ARGUMENT", "captionTask: seed is that of dropout, and there is none; leave it out.");
  return { train: new Set(train), encoder, dropout, mapperDropout, seed, maxTokens };
}

function readRates(given: number | Rates | undefined, option: string, kinds: readonly (keyof Rates)[]): Rates | undefined {
  if (given === undefined || given === 0) return undefined;
  const rates: Rates = typeof given === "number" ? Object.fromEntries(kinds.map((kind) => [kind, given])) : given;
  checkOptions(rates, kinds, `captionTask's ${option}`);
  for (const kind of kinds) if (rates[kind] !== undefined) checkRange(rates[kind], `${option}.${kind}`, { min: 0, max: 1 });
  return rates;
}
