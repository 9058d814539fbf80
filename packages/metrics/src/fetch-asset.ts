import { fail } from "@rsdix/internal";

/** The body of what an address answers. */
export async function fetchAsset(url: URL | string, signal: AbortSignal | undefined): Promise<ReadableStream<Uint8Array>> {
  const answer = await fetch(url, { signal: signal ?? null }).catch((cause: Error) => {
    if (signal?.aborted) fail("ABORTED", `Reading ${url} was stopped.`, cause);
    return fail("DOWNLOAD_FAILED", `${url} can't be fetched: ${cause.message}.`, cause);
  });
  if (!answer.ok || !answer.body) fail("DOWNLOAD_FAILED", `${url} answered ${answer.status} ${answer.statusText}, expected the file.`);
  return answer.body!;
}
