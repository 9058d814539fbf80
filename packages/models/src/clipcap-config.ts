import { checkOptions, checkRange, fail, show } from "@rsdix/internal";
import { checkLayers } from "./check-transformer";
import { type Gpt2Config, type ResolvedGpt2Config, resolveGpt2Config } from "./gpt2-config";

/** The sizes of the transformer that maps an image embedding to GPT-2 positions; what is left out is the original's. */
export interface TransformerMapperConfig {
  /** How many vectors the image embedding becomes before it. Default the prefix length. */
  readonly clipLength?: number;
  /** Blocks, at most 1,024. Default 8. */
  readonly layers?: number;
  /** Attention heads a block; must divide GPT-2's width. Default 8. */
  readonly heads?: number;
}

/** The sizes of a captioner. */
export interface ClipCapConfig {
  /** Width of the image embeddings: the joint width of their CLIP. */
  readonly prefixSize: number;
  /** How many GPT-2 positions an image becomes. Default 40. */
  readonly prefixLength?: number;
  /** The decoder; GPT-2 small where sizes are left out. */
  readonly gpt2?: Gpt2Config;
  /**
   * What makes positions of an embedding: two linear layers with a tanh (the default), or a transformer, for a GPT-2 that stays frozen; its
   * sizes, or `"transformer"` for the original's.
   */
  readonly mapper?: "mlp" | "transformer" | TransformerMapperConfig;
  /**
   * Scale image embeddings to length 1, in training and in captioning alike. Default true; false for models that were trained without.
   */
  readonly normalizePrefix?: boolean;
}

/** A `ClipCapConfig` with nothing left out. */
export interface ResolvedClipCapConfig extends Required<ClipCapConfig> {
  /** The decoder. */
  readonly gpt2: ResolvedGpt2Config;
  /** The mapper; a transformer's sizes are filled in. */
  readonly mapper: "mlp" | Required<TransformerMapperConfig>;
}

/** Fills in defaults and checks what can be checked before memory is taken. */
export function resolveClipCapConfig(config: ClipCapConfig): ResolvedClipCapConfig {
  const known = ["prefixSize", "prefixLength", "gpt2", "mapper", "normalizePrefix"];
  const given = checkOptions(config, known, "A ClipCap configuration");
  const { prefixSize, prefixLength = 40, mapper = "mlp", normalizePrefix = true } = given;
  const gpt2 = resolveGpt2Config(given.gpt2 === undefined ? {} : given.gpt2);
  checkRange(prefixSize, "prefixSize", { min: 1, integer: true });
  checkRange(prefixLength, "prefixLength", { min: 1, integer: true });
  if (prefixLength >= gpt2.contextLength) {
    fail("INVALID_ARGUMENT", `prefixLength ${prefixLength} leaves no position for text: GPT-2 here takes ${gpt2.contextLength}.`);
  }
  if (typeof normalizePrefix !== "boolean") {
    fail("INVALID_ARGUMENT", `normalizePrefix must be true or false, got ${show(normalizePrefix)}.`);
  }
  return Object.freeze({ prefixSize, prefixLength, gpt2, mapper: resolveMapper(mapper, prefixLength, gpt2), normalizePrefix });
}

function resolveMapper(
  mapper: NonNullable<ClipCapConfig["mapper"]>,
  prefixLength: number,
  { width }: ResolvedGpt2Config,
): ResolvedClipCapConfig["mapper"] {
  if (mapper === "mlp") return mapper;
  if (typeof mapper === "string" && mapper !== "transformer") {
    fail("INVALID_ARGUMENT", `mapper must be "mlp", "transformer" or a transformer's sizes, got ${show(mapper)}.`);
  }
  const sizes = checkOptions(mapper === "transformer" ? {} : mapper, ["clipLength", "layers", "heads"], "A transformer mapper");
  const resolved = { clipLength: prefixLength, layers: 8, heads: 8, ...sizes };
  checkLayers(resolved.layers, "mapper.layers");
  for (const name of ["clipLength", "heads"] as const) checkRange(resolved[name], `mapper.${name}`, { min: 1, integer: true });
  if (width % resolved.heads !== 0) {
    fail("INVALID_ARGUMENT", `The mapper's ${resolved.heads} heads must divide GPT-2's width ${width}. Give mapper: { heads }.`);
  }
  return Object.freeze(resolved);
}
