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
import { ofKind } from "./other-kind";

type TextTokenizer = NonNullable<ImageTextModel["tokenizer"]>;

/** How models are opened by a command. */
export interface OpenModelOptions {
  /** Where the tokenizer is from, where the model's own files have none. */
  readonly processor?: string | null;
  /** What says so: the flag "--processor" unless told otherwise. */
  readonly processorFlag?: string;
  /** Whose tokenizer would do, for messages. */
  readonly example?: string;
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
  const kind = { source, kinds: ["clip", "siglip"], wanted: "a CLIP or SigLIP", signal } as const;
  const loading = { signal, ...(role && { role }), ...(onProgress && { onProgress }) };
  const model = await ofKind(kind, () => imageTextFromPretrained(source, loading));
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
  { processor, processorFlag = "--processor", example = "openai/clip-vit-base-patch32", onProgress, signal }: OpenModelOptions,
): Promise<ReturnType<typeof tokenizerFromFiles>> {
  if (!processor) fail("INVALID_ARGUMENT", `${source} brings no tokenizer: say whose it is, for example ${processorFlag} ${example}.`);
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

/** Throws where a tokenizer is named for a model that has its own; its own name says nothing new, and is what the original's configurations have. */
export function refuseIdleProcessor({ origin }: ImageTextModel, processor: string | null, source: string): void {
  if (processor === null || processor === source || !TOKENIZER_FILES.some((name) => origin?.files.has(name))) return;
  fail("INVALID_ARGUMENT", `data.processor ${processor} would do nothing: ${origin?.source} brings a tokenizer of its own. Leave it out.`);
}
