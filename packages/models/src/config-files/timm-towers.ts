import type { Activation } from "@rsdix/backend";
import { fail } from "@rsdix/internal";

/** Sizes of timm's vision transformers. */
const SIZES = {
  base: { width: 768, layers: 12, heads: 12, mlpWidth: 3072 },
  large: { width: 1024, layers: 24, heads: 16, mlpWidth: 4096 },
  so400m: { width: 1152, layers: 27, heads: 16, mlpWidth: 4304 },
  giantopt: { width: 1536, layers: 40, heads: 16, mlpWidth: 6144 },
} as const;

/**
 * timm's SigLIP towers with attention pooling: size, patch, the image sizes of those names, and the GELU. Names that came with SigLIP 2 have
 * the approximate one that SigLIP was trained with; the older ones have the exact one.
 *
 * @see https://github.com/huggingface/pytorch-image-models/blob/main/timm/models/vision_transformer.py
 */
const TOWERS: readonly (readonly [keyof typeof SIZES, patch: number, sizes: readonly number[], Activation])[] = [
  ["base", 16, [224, 256, 384, 512], "gelu"],
  ["base", 32, [256], "geluTanh"],
  ["large", 16, [256, 384], "gelu"],
  ["large", 16, [512], "geluTanh"],
  ["so400m", 14, [224, 378, 384], "gelu"],
  ["so400m", 16, [256, 384, 512], "geluTanh"],
  ["giantopt", 16, [256, 384], "geluTanh"],
];

/** A SigLIP's image tower by its name in timm; the size of its images is the configuration's. */
export function timmSiglip(name: string, what: string) {
  for (const [kind, patch, sizes, activation] of TOWERS) {
    if (sizes.some((size) => name === `vit_${kind}_patch${patch}_siglip_${size}`)) {
      return { ...SIZES[kind], patch, activation, layerNormEpsilon: 1e-6 };
    }
  }
  const known = TOWERS.flatMap(([kind, patch, sizes]) => sizes.map((size) => `vit_${kind}_patch${patch}_siglip_${size}`)).join(", ");
  return fail("CHECKPOINT_MISMATCH", `${what} has timm's tower "${name.slice(0, 100)}". Those known are: ${known}.`);
}
