import { checkOptions, checkRange, fail } from "@rsdix/internal";
import { type Gpt2Config, type ResolvedGpt2Config, resolveGpt2Config } from "./gpt2-config";

/** The sizes of a captioner. */
export interface ClipCapConfig {
  /** Width of the image embeddings: the joint width of their CLIP. */
  readonly prefixSize: number;
  /** How many GPT-2 positions an image becomes. Default 40. */
  readonly prefixLength?: number;
  /** The decoder; GPT-2 small where sizes are left out. */
  readonly gpt2?: Gpt2Config;
  /**
   * Scale image embeddings to length 1, in training and in captioning alike. Default true; false for models that were trained without.
   */
  readonly normalizePrefix?: boolean;
}

/** A `ClipCapConfig` with nothing left out. */
export interface ResolvedClipCapConfig extends Required<ClipCapConfig> {
  /** The decoder. */
  readonly gpt2: ResolvedGpt2Config;
}

/** Fills in defaults and checks what can be checked before memory is taken. */
export function resolveClipCapConfig(config: ClipCapConfig): ResolvedClipCapConfig {
  checkOptions(config, ["prefixSize", "prefixLength", "gpt2", "normalizePrefix"], "A ClipCap configuration");
  const { prefixSize, prefixLength = 40, normalizePrefix = true } = config;
  const gpt2 = resolveGpt2Config(config.gpt2 ?? {});
  checkRange(prefixSize, "prefixSize", { min: 1, integer: true });
  checkRange(prefixLength, "prefixLength", { min: 1, integer: true });
  if (prefixLength >= gpt2.contextLength) {
    fail("INVALID_ARGUMENT", `prefixLength ${prefixLength} leaves no position for text: GPT-2 here takes ${gpt2.contextLength}.`);
  }
  return Object.freeze({ prefixSize, prefixLength, gpt2, normalizePrefix });
}
