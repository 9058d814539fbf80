import { fail } from "@rsdix/internal";
import {
  type Clip,
  type DownloadProgress,
  type ImageTextModel,
  imageTextFromPretrained,
  modelFiles,
  type Siglip,
  TOKENIZER_FILES,
  tokenizerFromFiles,
} from "@rsdix/models";

type TextTokenizer = NonNullable<ImageTextModel["tokenizer"]>;

/** How models are opened by a command. */
export interface OpenModelOptions {
  /** Where the tokenizer is from, where the model's own files have none. */
  readonly processor?: string | null;
  /** Whether a tokenizer must be there; true unless told otherwise. */
  readonly tokenizer?: boolean;
  /** Of RSDiX's files, whose weights. */
  readonly role?: "student" | "teacher";
  /** Told of downloads. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly signal: AbortSignal;
}

/** CLIP or SigLIP, whichever a source holds, with a tokenizer. */
export async function openImageText(source: string, options: OpenModelOptions): Promise<Clip | Siglip> {
  const { role, onProgress, signal } = options;
  const model = await imageTextFromPretrained(source, { signal, ...(role && { role }), ...(onProgress && { onProgress }) });
  try {
    if (options.tokenizer !== false) model.tokenizer ??= (await otherTokenizer(source, options)) as TextTokenizer;
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** The tokenizer of another model's files: checkpoints alone bring none. */
export async function otherTokenizer(
  source: string,
  { processor, onProgress, signal }: OpenModelOptions,
): Promise<ReturnType<typeof tokenizerFromFiles>> {
  if (!processor) fail("INVALID_ARGUMENT", `${source} brings no tokenizer: say whose it is, for example "openai/clip-vit-base-patch32".`);
  const files = await modelFiles(processor, { signal, ...(onProgress && { onProgress }) });
  try {
    const present = new Set(await files.names());
    const texts = new Map<string, string>();
    for (const name of TOKENIZER_FILES) {
      if (present.has(name) && !name.endsWith(".model")) texts.set(name, (await files.text(name))!);
    }
    return tokenizerFromFiles(texts);
  } finally {
    await files.close();
  }
}
