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
  return { stream: answer.body!, size: size > 0 && !isPacked ? size : undefined };
}
