import * as z from "zod/mini";
import { type Gpt2Config, resolveGpt2Config } from "../gpt2-config";
import { refitted } from "./refit";
import { activationOf, epsilon, LIMITS, parseConfig, requireModelType, requireValues, whole } from "./schema";

const FILE = z.object({
  vocab_size: whole(LIMITS.vocabulary, 50257),
  n_positions: whole(LIMITS.context, 1024),
  n_embd: whole(LIMITS.width, 768),
  n_layer: whole(LIMITS.layers, 12),
  n_head: whole(LIMITS.width, 12),
  n_inner: z.nullish(z.int().check(z.gte(1), z.lte(LIMITS.width))),
  activation_function: z._default(z.string(), "gelu_new"),
  layer_norm_epsilon: epsilon(1e-5),
  initializer_range: epsilon(0.02),
  scale_attn_weights: z.optional(z.boolean()),
  scale_attn_by_inverse_layer_idx: z.optional(z.boolean()),
  add_cross_attention: z.optional(z.boolean()),
  tie_word_embeddings: z.optional(z.boolean()),
});

/** What our GPT-2 is, of what transformers' can be. */
const SUPPORTED = {
  scale_attn_weights: true,
  scale_attn_by_inverse_layer_idx: false,
  add_cross_attention: false,
  tie_word_embeddings: true,
};

/**
 * A GPT-2's sizes from the `config.json` of transformers.
 *
 * @param json The file's content, parsed: nothing in it is trusted.
 * @returns The configuration; what the file leaves out is GPT-2 small's.
 * @throws FILE_CORRUPT naming a field that is missing or wrong; CHECKPOINT_MISMATCH for another type of model, an activation other than the
 * GELU of GPT-2, or attention that our model doesn't have.
 *
 * @example
 * ```ts
 * import { gpt2ConfigFrom } from "@rsdix/models";
 *
 * console.log(gpt2ConfigFrom({ model_type: "gpt2", n_embd: 1024, n_layer: 24, n_head: 16 }).mlpWidth); // 4096
 * ```
 *
 * @see https://huggingface.co/docs/transformers/model_doc/gpt2#transformers.GPT2Config
 */
export function gpt2ConfigFrom(json: unknown): Gpt2Config {
  const what = "A GPT-2's config.json";
  requireModelType(json, "gpt2", what);
  const file = parseConfig(FILE, json, what);
  requireValues(file, SUPPORTED, what);
  const activation = activationOf(file.activation_function, what);
  requireValues(
    { activation_function: activation === "geluTanh" ? "gelu_new" : file.activation_function },
    { activation_function: "gelu_new" },
    what,
  );
  return refitted(what, resolveGpt2Config, {
    vocabSize: file.vocab_size,
    contextLength: file.n_positions,
    width: file.n_embd,
    layers: file.n_layer,
    heads: file.n_head,
    mlpWidth: file.n_inner ?? 4 * file.n_embd,
    layerNormEpsilon: file.layer_norm_epsilon,
    initializerRange: file.initializer_range,
  });
}
