import { stat } from "node:fs/promises";
import { join } from "node:path";
import { pathOf } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import { ClipCap, type DownloadProgress, Gpt2Tokenizer } from "@rsdix/models";
import { openImageText, otherTokenizer } from "./open-model";
import { ofKind } from "./other-kind";

/** How a captioner is opened. */
export interface OpenCaptionerOptions {
  /** What embeds the images, where the captioner's own files don't bring it. */
  readonly encoder?: string;
  /** Where GPT-2's tokenizer is from, where they don't bring it. */
  readonly processor?: string;
  /** The longest caption that is asked for: refused where it does not fit. */
  readonly maxTokens?: number;
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly signal: AbortSignal;
}

/** A captioner that is ready to caption, with its encoder and tokenizer; `close` frees both. */
export async function openTrainedCaptioner(
  source: string,
  options: OpenCaptionerOptions,
): Promise<{ captioner: ClipCap; close: () => void }> {
  const { signal, onProgress, processor } = options;
  const captioner = await loadCaptioner(source, { signal, ...(onProgress && { onProgress }) });
  const close = () => {
    captioner.encoder?.dispose();
    captioner.dispose();
  };
  try {
    checkLength(captioner, options.maxTokens);
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

/** A captioner by itself, or with the encoder that its files hold. */
export function loadCaptioner(source: string, options: Pick<OpenCaptionerOptions, "signal" | "onProgress">): Promise<ClipCap> {
  const kind = { source, kinds: ["clipcap"], wanted: "a captioner", signal: options.signal } as const;
  return ofKind(kind, () => ClipCap.fromPretrained(source, options));
}

function checkLength({ config: { gpt2, prefixLength } }: ClipCap, maxTokens: number | undefined): void {
  const room = gpt2.contextLength - prefixLength;
  if (maxTokens === undefined || maxTokens <= room) return;
  const why = `its GPT-2 takes ${gpt2.contextLength} positions, ${prefixLength} of them for the image`;
  fail("INVALID_ARGUMENT", `--max-tokens ${maxTokens} is more than the ${room} that this captioner has room for: ${why}.`);
}

/** `rsdix fit clipcap` saves the encoder in a folder of the captioner's. */
export async function encoderBeside(source: string): Promise<string | undefined> {
  const folder = join(pathOf(source), "encoder");
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
