import type { FileHandle } from "node:fs/promises";
import { getHeapStatistics } from "node:v8";
import { Worker } from "node:worker_threads";
import { fail, type RsdixErrorCode } from "@rsdix/internal";
import type { EmbeddingRows, EmbeddingsHead } from "./embeddings-file";
import type { EmbeddingsReply, EmbeddingsRequest } from "./embeddings-messages";
import type { Embeddings } from "./open-embeddings";

/** How long an answer may take: so long at least, and a second more for so many bytes. */
const PATIENCE_MS = 30_000;
const BYTES_A_SECOND = 2_000_000;

interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** In place of 30 s, for tests. */
  readonly patience?: number;
}

/** Reads a file of which nothing is known in a thread that is ended where it takes too long or too much memory. */
export async function readElsewhere(
  path: string,
  handle: FileHandle,
  { signal, patience = PATIENCE_MS }: ReadOptions,
): Promise<Embeddings> {
  const { size } = await handle.stat();
  await handle.close(); // the thread opens it itself
  const thread = new EmbeddingsThread(path, signal);
  const limit = (bytes: number) => patience + (1000 * Math.max(0, Math.min(bytes, size))) / BYTES_A_SECOND;
  try {
    const head = await thread.ask<EmbeddingsHead>({ kind: "open", path }, limit(0));
    const dim = await thread.ask<number>({ kind: "dim" }, limit(head.groups[0]!));
    const group = (index: number) => thread.ask<EmbeddingRows>({ kind: "group", index, dim }, limit(head.groups[index]!));
    return { ...head, dim, group, close: () => thread.end() };
  } catch (error) {
    await thread.end();
    throw error;
  }
}

/** The thread, which answers one question at a time. */
class EmbeddingsThread {
  private readonly worker: Worker;

  constructor(
    private readonly path: string,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.worker = new Worker(new URL("./embeddings-worker.js", import.meta.url), {
      execArgv: [], // plain JavaScript: a program's loaders are not for it
      resourceLimits: { maxOldGenerationSizeMb: Math.ceil(getHeapStatistics().heap_size_limit / 2 ** 20) },
    });
    this.worker.on("error", () => undefined); // said to whoever asks; without a hearer it would end the program
    this.worker.unref();
  }

  async ask<T>(request: EmbeddingsRequest, limit: number): Promise<T> {
    const reply = await this.answer(request, limit);
    return "value" in reply ? (reply.value as T) : fail(reply.code as RsdixErrorCode, reply.message);
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  /** What the thread says, or why it says nothing. */
  private answer(request: EmbeddingsRequest, limit: number): Promise<EmbeddingsReply> {
    const { path, worker, signal } = this;
    const { promise, resolve } = settled<EmbeddingsReply>();
    const corrupt = (why: string) => resolve({ code: "FILE_CORRUPT", message: `${path} cannot be read: ${why}.` });
    const timer = setTimeout(
      () => corrupt(`nothing came of it in ${Math.round(limit / 1000)} s, as of a damaged file. Write it again`),
      limit,
    );
    const stop = () => resolve({ code: "ABORTED", message: `The reading of ${path} was stopped.` });
    const died = (error: NodeJS.ErrnoException) =>
      error.code === "ERR_WORKER_OUT_OF_MEMORY"
        ? resolve({
            code: "OUT_OF_MEMORY",
            message: `${path} needs more memory than there is: it is damaged, or its groups of rows are too large. Write it again, with fewer rows a group.`,
          })
        : corrupt(`${error.message}, as of a damaged file. Write it again`);
    const gone = (code: number) => corrupt(`its thread ended with code ${code}`);
    worker.once("message", resolve).once("error", died).once("exit", gone);
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
    worker.postMessage(request);
    return promise.finally(() => {
      clearTimeout(timer);
      worker.off("message", resolve).off("error", died).off("exit", gone);
      signal?.removeEventListener("abort", stop);
    });
  }
}

function settled<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
