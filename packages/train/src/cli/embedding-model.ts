import { startBackend } from "@rsdix/backend";
import { ImageProcessor } from "@rsdix/image";
import { fail } from "@rsdix/internal";
import { type Clip, imageTextFromPretrained, modelFiles, type Siglip } from "@rsdix/models";
import { parseJson } from "../parse-json";
import { ofKind } from "../recipes/other-kind";
import { findModel } from "../recipes/run-folder";
import type { CliSession } from "./session";
import { downloads, type ModelFlags } from "./shared-options";

/** Flags that say which model embeds, and where. */
interface EmbeddingModelFlags extends ModelFlags {
  readonly role?: "student" | "teacher";
  readonly accelerator: string;
}

/** The model, with the image processor that is asked for. */
export async function openEmbeddingModel(
  flags: EmbeddingModelFlags,
  session: CliSession,
  towers: "image" | "both",
): Promise<Clip | Siglip> {
  const { role, processor } = flags;
  const source = await findModel(flags);
  await startBackend(flags.accelerator);
  const kind = { source, kinds: ["clip", "siglip"], wanted: "a CLIP or SigLIP", signal: session.signal } as const;
  const loading = { ...downloads(session), towers, ...(role && { role }) };
  const model = await ofKind(kind, () => imageTextFromPretrained(source, loading));
  try {
    if (processor !== undefined) model.processor = await processorOf(processor, model, session);
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** The image processor of another model's files. */
async function processorOf(source: string, model: Clip | Siglip, session: CliSession): Promise<ImageProcessor> {
  const files = await modelFiles(source, downloads(session));
  try {
    const name = "preprocessor_config.json";
    const text = (await files.names()).includes(name) ? await files.text(name) : undefined;
    if (text === undefined) fail("FILE_NOT_FOUND", `${source} has no ${name}, which says how images are prepared.`);
    const processor = ImageProcessor.fromConfig(parseJson(text, `${name} of ${source}`) as object);
    const { size } = model.config.image;
    const { resize, crop } = processor.config;
    const made = crop ?? (resize && "width" in resize ? resize : undefined);
    if (made?.width !== size || made.height !== size)
      fail(
        "CHECKPOINT_MISMATCH",
        `${source} makes images of ${made ? `${made.width} x ${made.height}` : "any size"}, but the model takes ${size} x ${size}.`,
      );
    return processor;
  } finally {
    await files.close();
  }
}
