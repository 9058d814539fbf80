// What a worker thread runs: it reads a Parquet file of which nothing is known, as it is asked to.
import { open } from "node:fs/promises";
import { parentPort } from "node:worker_threads";
import { EmbeddingsFile } from "./search/embeddings-file";
import type { EmbeddingsReply, EmbeddingsRequest } from "./search/embeddings-messages";

const port = parentPort!;
let path = "";
let file: EmbeddingsFile | undefined;

port.on("message", async (request: EmbeddingsRequest) => {
  try {
    if (request.kind === "open") {
      ({ path } = request);
      file = await EmbeddingsFile.open(path, await open(path));
      answer({ value: file.head });
    } else if (request.kind === "dim") answer({ value: await file!.dim() });
    else {
      const rows = await file!.group(request.index, request.dim);
      answer({ value: rows }, [rows.vectors.buffer as ArrayBuffer]);
    }
  } catch (error) {
    answer(replyOf(error as Error & { code?: string }));
  }
});

function answer(reply: EmbeddingsReply, transfer: ArrayBuffer[] = []): void {
  port.postMessage(reply, transfer);
}

function replyOf({ name, code, message }: Error & { code?: string }): EmbeddingsReply {
  if (name === "RsdixError" && code !== undefined) return { code, message };
  return { code: "FILE_CORRUPT", message: `${path} cannot be read: ${message}, as of a damaged file. Write it again.` };
}
