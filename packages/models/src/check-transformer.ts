import type { Activation } from "@rsdix/backend";
import { checkOptions, checkRange, fail } from "@rsdix/internal";

/** The most blocks of a stack: GPT-2 XL has 48. A million, from a file, are names of weights that fill the memory. */
export const MAX_LAYERS = 1024;

/** Throws unless `layers` is a number of blocks that a model may have. */
export function checkLayers(layers: number, name: string): void {
  checkRange(layers, name, { min: 1, max: MAX_LAYERS, integer: true });
}

/** The usual width inside an MLP; of what is no number, which is refused as a width, no error of its own. */
export function usualMlpWidth(width: number): number {
  return typeof width === "number" ? 4 * width : Number.NaN;
}

/** What every stack of blocks has. */
interface TransformerSizes {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly mlpWidth: number;
  readonly activation: Activation;
  readonly layerNormEpsilon: number;
}

/** What the configuration of a tower has beside what is the tower's own. */
const TOWER_SIZES = ["width", "layers", "heads", "mlpWidth", "activation", "layerNormEpsilon"];

/** Throws unless a tower's sizes are there, with none that it doesn't have. `where` names them in messages: "A CLIP configuration's image part". */
export function checkTowerConfig(part: object | undefined, own: readonly string[], where: string): void {
  const known = [...TOWER_SIZES, ...own];
  if (part === undefined) fail("INVALID_ARGUMENT", `${where} must be an object of ${known.join(", ")}, got undefined.`);
  checkOptions(part, known, where);
}

const ACTIVATIONS: readonly string[] = ["quickGelu", "gelu", "geluTanh", "relu", "tanh"] satisfies Activation[];

/** Throws unless the sizes make a transformer; `prefix` stands before their names in messages, for example `"image."`. */
export function checkTransformer(sizes: TransformerSizes, prefix = ""): void {
  for (const name of ["width", "heads", "mlpWidth"] as const) checkRange(sizes[name], prefix + name, { min: 1, integer: true });
  checkLayers(sizes.layers, `${prefix}layers`);
  checkRange(sizes.layerNormEpsilon, `${prefix}layerNormEpsilon`, { min: 0 });
  checkActivation(sizes.activation, `${prefix}activation`);
  checkHeads(sizes.width, sizes.heads, prefix);
}

/** Throws unless `activation` is one that `linear` has. */
function checkActivation(activation: Activation, name: string): void {
  if (!ACTIVATIONS.includes(activation)) {
    fail("INVALID_ARGUMENT", `${name} must be one of ${ACTIVATIONS.join(", ")}, got "${String(activation)}".`);
  }
}

/** Throws unless the heads divide the width. */
export function checkHeads(width: number, heads: number, prefix = ""): void {
  if (width % heads !== 0) {
    fail("INVALID_ARGUMENT", `${prefix}width must be a multiple of ${prefix}heads, got ${width} and ${heads}.`);
  }
}
