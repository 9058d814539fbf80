import type { Addon } from "./addon";

/** Every function of the addon, so that a binary of another version is found out when it loads and not in the middle of a run. */
const FUNCTIONS = {
  adamW: true,
  attention: true,
  attentionGrad: true,
  average: true,
  configure: true,
  layerNorm: true,
  layerNormGrad: true,
  linear: true,
  linearPacked: true,
  multiplyArrays: true,
  packWeight: true,
  packedLength: true,
  product: true,
} satisfies Record<Exclude<keyof Addon, "abi">, true>;

/** Their names. */
export const ADDON_FUNCTIONS = Object.keys(FUNCTIONS) as (keyof typeof FUNCTIONS)[];
