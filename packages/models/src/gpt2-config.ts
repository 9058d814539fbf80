import { checkOptions, checkRange, fail } from "@rsdix/internal";
import { checkLayers } from "./check-transformer";

/** The sizes of a GPT-2; what is left out is GPT-2 small's. */
export interface Gpt2Config {
  /** Tokens in the vocabulary. Default 50,257. */
  readonly vocabSize?: number;
  /** The most positions. Default 1,024. */
  readonly contextLength?: number;
  /** Width of the residual stream. Default 768. */
  readonly width?: number;
  /** Blocks, at most 1,024. Default 12. */
  readonly layers?: number;
  /** Attention heads a block; must divide the width. Default 12. */
  readonly heads?: number;
  /** Width inside the MLP. Default four times the width. */
  readonly mlpWidth?: number;
  /** Added to the variance in layer norms. Default 1e-5. */
  readonly layerNormEpsilon?: number;
  /** Standard deviation of fresh weights. Default 0.02. */
  readonly initializerRange?: number;
}

/**
 * GPT-2 small, as OpenAI trained it: 124 million weights.
 *
 * @see https://huggingface.co/openai-community/gpt2
 */
export const GPT2 = { vocabSize: 50257, contextLength: 1024, width: 768, layers: 12, heads: 12 } as const satisfies Gpt2Config;

/**
 * GPT-2 medium: 355 million weights.
 *
 * @see https://huggingface.co/openai-community/gpt2-medium
 */
export const GPT2_MEDIUM: Gpt2Config = { ...GPT2, width: 1024, layers: 24, heads: 16 };

/**
 * GPT-2 large: 774 million weights.
 *
 * @see https://huggingface.co/openai-community/gpt2-large
 */
export const GPT2_LARGE: Gpt2Config = { ...GPT2, width: 1280, layers: 36, heads: 20 };

/**
 * GPT-2 XL: 1,558 million weights.
 *
 * @see https://huggingface.co/openai-community/gpt2-xl
 */
export const GPT2_XL: Gpt2Config = { ...GPT2, width: 1600, layers: 48, heads: 25 };

/** A `Gpt2Config` with nothing left out. */
export type ResolvedGpt2Config = Required<Gpt2Config>;

const DEFAULTS: Omit<ResolvedGpt2Config, "mlpWidth"> = { ...GPT2, layerNormEpsilon: 1e-5, initializerRange: 0.02 };

/** Fills in GPT-2 small's sizes and checks them. */
export function resolveGpt2Config(config: Gpt2Config): ResolvedGpt2Config {
  const given = checkOptions(config, [...Object.keys(DEFAULTS), "mlpWidth"], "A GPT-2 configuration");
  const { width } = { ...DEFAULTS, ...given };
  checkRange(width, "width", { min: 1, integer: true });
  const resolved = { ...DEFAULTS, mlpWidth: 4 * width, ...given };
  for (const name of ["vocabSize", "contextLength", "width", "heads", "mlpWidth"] as const) {
    checkRange(resolved[name], name, { min: 1, integer: true });
  }
  checkLayers(resolved.layers, "layers");
  checkRange(resolved.layerNormEpsilon, "layerNormEpsilon", { min: 0 });
  checkRange(resolved.initializerRange, "initializerRange", { min: 0 });
  if (resolved.width % resolved.heads !== 0) {
    fail("INVALID_ARGUMENT", `The width ${resolved.width} must be a multiple of the ${resolved.heads} heads.`);
  }
  return Object.freeze(resolved);
}

/**
 * The `config.json` that lets transformers load a GPT-2's checkpoint.
 *
 * @param config The model's sizes.
 * @returns The object to write as JSON, for `GPT2LMHeadModel.from_pretrained`.
 * @throws INVALID_ARGUMENT, UNKNOWN_OPTION when the configuration is wrong.
 *
 * @example
 * ```ts
 * import { toHuggingFaceGpt2Config } from "@rsdix/models";
 *
 * console.log(toHuggingFaceGpt2Config({ width: 128, layers: 2, heads: 4 }).n_embd); // 128
 * ```
 *
 * @see https://huggingface.co/docs/transformers/model_doc/gpt2#transformers.GPT2Config
 */
export function toHuggingFaceGpt2Config(config: Gpt2Config): Record<string, unknown> {
  const resolved = resolveGpt2Config(config);
  return {
    architectures: ["GPT2LMHeadModel"],
    model_type: "gpt2",
    activation_function: "gelu_new",
    vocab_size: resolved.vocabSize,
    n_positions: resolved.contextLength,
    n_embd: resolved.width,
    n_layer: resolved.layers,
    n_head: resolved.heads,
    n_inner: resolved.mlpWidth,
    layer_norm_epsilon: resolved.layerNormEpsilon,
    initializer_range: resolved.initializerRange,
    tie_word_embeddings: true,
  };
}
