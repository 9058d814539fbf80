import { fail } from "@rsdix/internal";

/** What comes out of compressed bytes, piece by piece; FILE_CORRUPT, with `what`, where they are damaged or end too early. */
export async function* decompressed(
  packed: AsyncGenerator<Uint8Array, void>,
  format: "gzip" | "deflate-raw",
  what: string,
): AsyncGenerator<Uint8Array, void> {
  let failed: unknown;
  let givenUp = false;
  const stream = new ReadableStream<BufferSource>({
    async pull(controller) {
      const next = await packed.next().catch((error) => {
        failed ??= error;
        throw error;
      });
      // A stream that was given up while it waited can't be closed any more.
      if (next.done && !givenUp) controller.close();
      else if (!next.done) controller.enqueue(next.value as Uint8Array<ArrayBuffer>);
    },
    async cancel() {
      givenUp = true;
      await packed.return();
    },
  });
  const reader = stream.pipeThrough(new DecompressionStream(format)).getReader();
  try {
    while (true) {
      const { done, value } = await reader.read().catch((cause: Error) => {
        if (failed) throw failed;
        return fail("FILE_CORRUPT", `${what} is damaged: it can't be unpacked (${cause.message}).`, cause);
      });
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}
