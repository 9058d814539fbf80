import { checkOptions, checkRange, fail, show } from "@rsdix/internal";

/**
 * The prompt of the original for aerial and satellite images.
 *
 * @see https://github.com/NeuRoNeLab/RSDiX-CLIP
 */
export const AERIAL_PROMPT = "Aerial photograph of {class}";

/**
 * A prompt for each class: the template with the class's name in the place of `{class}`.
 *
 * @param classes Names as they read in a sentence: "baseball field", not "BaseballField".
 * @param template Must contain `{class}`; the original's prompt by default.
 * @returns The prompts, in order.
 * @throws INVALID_ARGUMENT when the template lacks `{class}`, or `classes` isn't an array of texts.
 * @example
 * ```ts
 * import { zeroShotPrompts } from "@rsdix/models";
 * console.log(zeroShotPrompts(["airport"])); // ["Aerial photograph of airport"]
 * ```
 *
 * @see arXiv 2103.00020, section 3.1.4
 */
export function zeroShotPrompts(classes: readonly string[], template = AERIAL_PROMPT): string[] {
  if (typeof template !== "string" || !template.includes("{class}")) {
    fail("INVALID_ARGUMENT", `A prompt template needs "{class}" where the class's name goes, got "${show(template)}".`);
  }
  if (!Array.isArray(classes)) fail("INVALID_ARGUMENT", `classes must be an array of names, got ${show(classes)}.`);
  for (const name of classes) if (typeof name !== "string") fail("INVALID_ARGUMENT", `A class's name must be a text, got ${show(name)}.`);
  return classes.map((name) => template.replaceAll("{class}", () => name));
}

/**
 * Class probabilities of images: the softmax over classes of exp(logitScale) · cosine.
 *
 * @param images Image embeddings of length 1, row-major `[n, dim]`.
 * @param classes Embeddings of the classes' prompts, of length 1, row-major `[k, dim]`.
 * @param options `dim`, the width of an embedding, and `logitScale`, the logarithm of the factor, as everywhere.
 * @returns Probabilities, row-major `[n, k]`.
 * @throws SHAPE_MISMATCH when an array isn't a whole number of embeddings; INVALID_ARGUMENT, UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { zeroShotProbabilities } from "@rsdix/models";
 * const probabilities = zeroShotProbabilities(Float32Array.of(1, 0), Float32Array.of(1, 0, 0, 1), { dim: 2, logitScale: Math.log(Math.log(3)) });
 * console.log(probabilities); // [0.75, 0.25]
 * ```
 * @see arXiv 2103.00020, section 3.1
 */
export function zeroShotProbabilities(
  images: Float32Array,
  classes: Float32Array,
  options: { dim: number; logitScale: number },
): Float32Array {
  const { dim, logitScale } = checkOptions(options, ["dim", "logitScale"], "zeroShotProbabilities");
  checkRange(dim, "dim", { min: 1, integer: true });
  checkRange(logitScale, "logitScale", { max: 50 });
  for (const [name, values] of Object.entries({ images, classes })) {
    if (!(values instanceof Float32Array)) fail("INVALID_ARGUMENT", `${name} must be a Float32Array of embeddings, got ${show(values)}.`);
  }
  const scale = Math.exp(logitScale);
  const [n, k] = [images.length / dim, classes.length / dim];
  if (!Number.isInteger(n) || !Number.isInteger(k) || k === 0) {
    fail("SHAPE_MISMATCH", `Embeddings of width ${dim} are needed, got arrays of ${images.length} and ${classes.length} numbers.`);
  }
  const probabilities = new Float32Array(n * k);
  for (let i = 0; i < n; i++) {
    const logits = Array.from({ length: k }, (_, c) => {
      let dot = 0;
      for (let j = 0; j < dim; j++) dot += images[i * dim + j]! * classes[c * dim + j]!;
      return scale * dot;
    });
    const highest = Math.max(...logits);
    const exponentials = logits.map((logit) => Math.exp(logit - highest));
    const total = exponentials.reduce((sum, value) => sum + value, 0);
    probabilities.set(
      exponentials.map((value) => value / total),
      i * k,
    );
  }
  return probabilities;
}
