import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fail } from "@rsdix/internal";
import type { FileStore } from "../files/file-store";
import { type FilesSource, openFiles } from "../files/open-files";
import { openFile } from "../files/path-node";
import type { ImageDataset } from "../image-dataset";
import type { RandomSplitOptions } from "../random-split";
import { webDataset } from "../webdataset/web-dataset";
import { loaderOf } from "./known-sets";

/** What a command says of the set that it opens. */
export interface OpenSetOptions {
  /** The annotation file's name among the files. */
  readonly annotations?: string;
  /** The images' folder among the files. */
  readonly images?: string;
  /** Splits to be drawn. */
  readonly split?: RandomSplitOptions;
  /** Whether what is wrong is left out. */
  readonly onError?: "throw" | "skip";
  /** Told why something is left out. */
  readonly onSkip?: (message: string) => void;
  /**
   * Told of the files that the set is read from, where they have names of their own: their store's, which may be a file itself, and the paths of those in it.
   */
  readonly onRead?: (path: string) => void;
  /** Stops the opening. */
  readonly signal: AbortSignal;
}

/** Opens a known set, or one of one's own in one of the forms; what was left out of an annotation or of shards is in `skipped`, for `verify` to count. */
export async function openSet(name: string, source: string, options: OpenSetOptions): Promise<ImageDataset> {
  const loader = loaderOf(name);
  const { onError, onSkip, onRead, signal, ...rest } = options;
  const reading = { signal, ...(onError && { onError }) };
  if (loader.kind === "captions") {
    const { files, ...found } = await bareAnnotation(source);
    return loader.open(onRead ? await told(files, onRead, signal) : files, {
      ...reading,
      ...found,
      ...rest,
      onSkip: ({ message }) => onSkip?.(message),
    });
  }
  const { annotations, ...labelled } = rest;
  if (annotations !== undefined) fail("INVALID_ARGUMENT", `--annotations is for sets with an annotation file; ${name} has none.`);
  if (loader.kind === "classes") return loader.open(source, { ...reading, ...labelled, onSkip: ({ message }) => onSkip?.(message) });
  for (const option of Object.keys(labelled)) fail("INVALID_ARGUMENT", `--${option} is not for WebDataset shards.`);
  return webDataset(source, { ...reading, onSkip: ({ error }) => onSkip?.(error.message) });
}

/** Files that tell which of them are read. */
async function told(source: FilesSource, onRead: (path: string) => void, signal: AbortSignal): Promise<FileStore> {
  const files = await openFiles(source, { signal });
  onRead(files.name);
  return {
    ...files,
    read(name, options) {
      onRead(join(files.name, name));
      return files.read(name, options);
    },
  };
}

/**
 * An annotation file that is named itself. The files beside it are not listed: in a folder for downloads there is much that is not of the set, and no image
 * need be there at all.
 */
async function bareAnnotation(source: string): Promise<{ files: FilesSource; annotations?: string; images?: string }> {
  const status = /\.(json|csv|tsv|jsonl|ndjson|xml)$/i.test(source) ? await stat(source).catch(() => undefined) : undefined;
  if (!status?.isFile()) return { files: source };
  const { files, file } = await openFile(source);
  const names = async () => fail("INVALID_ARGUMENT", `The files beside ${source} are not listed.`);
  return { files: { ...files, names }, annotations: file, images: "" };
}
