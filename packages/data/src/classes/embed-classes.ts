import { checkOptions, fail, show } from "@rsdix/internal";
import { classPrompts } from "./class-prompts";
import { PROMPT_TEMPLATES } from "./prompt-templates";

/** Options of `embedClasses`. */
export interface EmbedClassesOptions {
  /** Prompts, each with `{class}`; RSDiX's one unless told otherwise. */
  readonly templates?: readonly string[];
}

/**
 * One embedding a class for zero-shot classification, from one or more prompts (prompt ensembling): each prompt's embedding is brought to length 1, those
 * of a class are averaged, and the mean is brought to length 1.
 *
 * @param classes - names as they read in a sentence.
 * @param embed - embeds texts: row-major float32 [texts, dim], such as `(texts) => clip.embedTexts(texts)` of @rsdix/models.
 * @param options - `templates` (RSDiX's).
 * @returns row-major float32 [classes, dim], each row of length 1: what `zeroShotProbabilities` of @rsdix/models takes.
 * @throws RsdixError EMPTY_DATA without classes or templates; INVALID_ARGUMENT for a template without `{class}`; SHAPE_MISMATCH when `embed` doesn't
 * give one row a text; NOT_A_NUMBER naming the prompt whose embedding is zero or not finite; UNKNOWN_OPTION; what `embed` throws.
 * @example
 * ```ts
 * import { embedClasses, PROMPT_TEMPLATES } from "@rsdix/data";
 * const lengths = async (texts: readonly string[]) => Float32Array.from(texts.flatMap((text) => [text.length, 1]));
 * const rows = await embedClasses(["beach", "dense forest"], lengths, { templates: PROMPT_TEMPLATES.clip });
 * if (rows.length !== 4) throw new Error("expected two rows of two");
 * ```
 * @see Radford et al., https://arxiv.org/abs/2103.00020, section 3.1.4
 */
export async function embedClasses(
  classes: readonly string[],
  embed: (texts: readonly string[]) => Promise<Float32Array>,
  options: EmbedClassesOptions = {},
): Promise<Float32Array> {
  const { templates = PROMPT_TEMPLATES.rsdix } = checkOptions(options, ["templates"], "embedClasses");
  const prompts = classPrompts(classes, templates);
  if (typeof embed !== "function") fail("INVALID_ARGUMENT", `embed must be a function that embeds texts, got ${show(embed)}.`);
  const rows = await embed(prompts);
  const dim = rows instanceof Float32Array ? rows.length / prompts.length : 0;
  if (!Number.isInteger(dim) || dim === 0) {
    const got = rows instanceof Float32Array ? `${rows.length} numbers` : show(rows);
    fail("SHAPE_MISMATCH", `embed must give a Float32Array with a row for each of ${prompts.length} prompts, got ${got}.`);
  }
  const means = new Float32Array(classes.length * dim);
  for (let c = 0; c < classes.length; c++) {
    const mean = new Float64Array(dim);
    for (let t = 0; t < templates.length; t++) {
      const p = c * templates.length + t;
      const row = rows.subarray(p * dim, (p + 1) * dim);
      const length = lengthOf(row, `the prompt ${JSON.stringify(prompts[p])}`);
      for (let j = 0; j < dim; j++) mean[j]! += row[j]! / length;
    }
    const length = lengthOf(mean, `the class ${JSON.stringify(classes[c])}`);
    means.set(
      mean.map((value) => value / length),
      c * dim,
    );
  }
  return means;
}

/** The Euclidean length; an embedding without a direction would make every score of its class NaN. */
function lengthOf(row: Float32Array | Float64Array, of: string): number {
  const length = Math.hypot(...row);
  if (length > 0 && Number.isFinite(length)) return length;
  return fail("NOT_A_NUMBER", `The embedding of ${of} has the length ${length}: it has no direction. Check what embed gives.`);
}
