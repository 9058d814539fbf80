import { fail } from "@rsdix/internal";
import type { Asset } from "./assets";

/** What an address answers. */
export async function fetchAsset(url: URL | string, signal: AbortSignal | undefined): Promise<Asset> {
  const answer = await fetch(url, { signal: signal ?? null }).catch((cause: Error) => {
    if (signal?.aborted) fail("ABORTED", `Reading ${url} was stopped.`, cause);
    return fail("DOWNLOAD_FAILED", `${url} can't be fetched: ${cause.message}.`, cause);
  });
  if (!answer.ok || !answer.body) fail("DOWNLOAD_FAILED", `${url} answered ${answer.status} ${answer.statusText}, expected the file.`);
  const size = Number(answer.headers.get("content-length"));
  // Of an answer that was packed for the way it is not the size of what is read.
  const isPacked = answer.headers.has("content-encoding");
  return { stream: told(answer.body!, url, signal), size: size > 0 && !isPacked ? size : undefined };
}

/** The stream, whose end before its time is said to be a download's. */
function told(stream: ReadableStream<Uint8Array>, url: URL | string, signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await reader.read().catch((cause: Error) => {
        if (signal?.aborted) fail("ABORTED", `Reading ${url} was stopped.`, signal.reason);
        return fail("DOWNLOAD_FAILED", `${url} broke off: ${cause.message}. Fetch it again.`, cause);
      });
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
