import type { ImageDataset } from "@rsdix/data";
import type { DownloadProgress } from "@rsdix/models";
import { type Command, Option } from "commander";
import type { CliSession } from "./session";
import { positiveNumber, wholeNumber } from "./values";

/** Flags that say which model. */
export interface ModelFlags {
  readonly modelPth?: string;
  readonly checkpoint?: string;
  readonly runs: string;
  readonly processor?: string;
}

/** Flags that say how images are read, and where the work is done. */
export interface ReadingFlags {
  readonly batchSize: number;
  readonly numWorkers: number;
  readonly skipBroken?: boolean;
  readonly accelerator: string;
}

/** Adds the flags of {@link ModelFlags}; `kind` is what runs are of. */
export function addModelFlags(
  command: Command,
  kind: "clip" | "clipcap" | "clip or clipcap",
  processor = "where the tokenizer is from, where the model brings none",
): Command {
  return command
    .option("--model-pth <model>", "the model: an id of the hub, a folder, a file (RSDiX's .ckpt too) or a URL")
    .option("--checkpoint <run>", `in its place a run of "rsdix fit ${kind}": its folder, its name, or "last"`)
    .option("--runs <folder>", "where runs lie", "runs")
    .option("--processor <model>", processor);
}

/** The flag that says whose weights of RSDiX's files. */
export const roleFlag = () => new Option("--role <whose>", "of RSDiX's files, whose weights (student)").choices(["student", "teacher"]);

/** Adds the flags of {@link ReadingFlags}. */
export function addReadingFlags(command: Command, batchSize: number): Command {
  return command
    .option("--batch-size <images>", "images in a batch", positiveNumber, batchSize)
    .option("--num-workers <threads>", "threads that decode images; 0 decodes on the main one", wholeNumber, 0)
    .option("--skip-broken", "leaves out images that cannot be read, and names them")
    .option("--accelerator <backend>", "the TensorFlow.js backend: auto, native, webgpu, wasm, cpu, or what is installed", "auto");
}

/** How images are read, as `batches` takes it. */
export function readingOptions({ batchSize, numWorkers, skipBroken }: ReadingFlags, session: CliSession) {
  return {
    batchSize,
    workers: numWorkers,
    ...(skipBroken && { onError: "skip" as const, onSkip: ({ error }: { error: Error }) => session.note(`left out: ${error.message}`) }),
    signal: session.signal,
  };
}

/** Shows downloads. */
export function downloads(session: CliSession): { signal: AbortSignal; onProgress: (progress: DownloadProgress) => void } {
  const onProgress = ({ file, overall }: DownloadProgress) =>
    session.progress(`${file}: ${overall.total > 0 ? Math.round((100 * overall.loaded) / overall.total) : 0} %`);
  return { signal: session.signal, onProgress };
}

/** Uses a data set, and closes its files. */
export async function withFiles<D extends ImageDataset, T>(dataset: D, use: (dataset: D) => Promise<T>): Promise<T> {
  try {
    return await use(dataset);
  } finally {
    await dataset.files.close();
  }
}
