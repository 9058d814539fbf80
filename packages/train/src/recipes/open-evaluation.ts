import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fail } from "@rsdix/internal";
import { ClipCap, type DownloadProgress, Gpt2Tokenizer } from "@rsdix/models";
import { openImageText, otherTokenizer } from "./open-model";

/** How a captioner is opened. */
export interface OpenCaptionerOptions {
  /** What embeds the images, where the captioner's own files don't bring it. */
  readonly encoder?: string;
  /** Where GPT-2's tokenizer is from, where they don't bring it. */
  readonly processor?: string;
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly signal: AbortSignal;
}

/** A captioner that is ready to caption, with its encoder and tokenizer; `close` frees both. */
export async function openTrainedCaptioner(
  source: string,
  options: OpenCaptionerOptions,
): Promise<{ captioner: ClipCap; close: () => void }> {
  const { signal, onProgress, processor } = options;
  const captioner = await ClipCap.fromPretrained(source, { signal, ...(onProgress && { onProgress }) });
  const close = () => {
    captioner.encoder?.dispose();
    captioner.dispose();
  };
  try {
    if (!captioner.encoder) {
      const encoder =
        options.encoder ??
        (await encoderBeside(source)) ??
        fail("INVALID_ARGUMENT", `${source} brings no image encoder: say whose it is, with --encoder.`);
      captioner.encoder = await openImageText(encoder, { signal, tokenizer: false, ...(onProgress && { onProgress }) });
    }
    captioner.tokenizer ??= await gpt2Tokenizer(source, { ...options, processor: processor ?? null, example: "gpt2" });
    return { captioner, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** `rsdix fit clipcap` saves the encoder in a folder of the captioner's. */
export async function encoderBeside(source: string): Promise<string | undefined> {
  const folder = join(source, "encoder");
  const found = await stat(folder).catch(() => undefined);
  return found?.isDirectory() ? folder : undefined;
}

async function gpt2Tokenizer(
  source: string,
  options: { processor: string | null; example: string; onProgress?: (progress: DownloadProgress) => void; signal: AbortSignal },
): Promise<Gpt2Tokenizer> {
  if (options.processor === null) fail("INVALID_ARGUMENT", `${source} brings no tokenizer: say whose it is, for example --processor gpt2.`);
  const tokenizer = await otherTokenizer(source, options);
  if (tokenizer instanceof Gpt2Tokenizer) return tokenizer;
  return fail(
    "CHECKPOINT_MISMATCH",
    `The tokenizer of ${options.processor} is a ${tokenizer.constructor.name}, but captions take GPT-2's.`,
  );
}
