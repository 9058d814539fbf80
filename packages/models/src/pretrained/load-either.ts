import { fail } from "@rsdix/internal";
import { Clip } from "../clip";
import type { ModelSource } from "../files/load-files";
import { Siglip } from "../siglip";
import { modelsIn } from "./detect-model";
import type { ImageTextPretrainedOptions } from "./load-image-text";
import { type OpenedModel, withOpenedModel } from "./open-model";

const OWN = ["role", "imageSize", "towers"];

/**
 * CLIP or SigLIP, whichever a source holds: by its configuration, or by its arrays' names where it has none.
 *
 * @param source An id of the Hugging Face hub, a path, a URL, or files that a user chose.
 * @param options As those of `Clip.fromPretrained`, without `config`.
 * @returns The model, all weights trainable.
 * @throws CHECKPOINT_MISMATCH when it is neither; what `Clip.fromPretrained` throws.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { imageTextFromPretrained, Siglip } from "@rsdix/models";
 * const tower = { width: 16, layers: 1, heads: 2 };
 * const made = Siglip.fromConfig({ image: { ...tower, size: 8, patch: 4 }, text: { ...tower, vocabSize: 10, contextLength: 6 } }, 1);
 * const folder = await mkdtemp(join(tmpdir(), "model-"));
 * await made.save(folder);
 * const model = await imageTextFromPretrained(folder);
 * console.log(model instanceof Siglip); // true
 * made.dispose();
 * model.dispose();
 * ```
 *
 * @see https://huggingface.co/docs/transformers/model_doc/auto
 */
export async function imageTextFromPretrained(
  source: ModelSource,
  options: Omit<ImageTextPretrainedOptions, "config"> = {},
): Promise<Clip | Siglip> {
  const kind = await withOpenedModel(source, options, OWN, async (opened) => kindOf(opened));
  return kind === "clip" ? Clip.fromPretrained(source, options) : Siglip.fromPretrained(source, options);
}

function kindOf(opened: OpenedModel): "clip" | "siglip" {
  const found = modelsIn(opened);
  const kind = found.find((model) => model === "clip" || model === "siglip");
  if (kind) return kind;
  const what = found.length > 0 ? `a model of type "${found[0]}"` : "no model that is known";
  return fail("CHECKPOINT_MISMATCH", `${opened.files.origin} is ${what}, neither "clip" nor "siglip".`);
}
