import { fail } from "@rsdix/internal";

/** What comes out of compressed bytes, piece by piece; FILE_CORRUPT, with `what`, where they are damaged or end too early. */
export async function* decompressed(
  packed: AsyncGenerator<Uint8Array, void>,
  format: "gzip" | "deflate-raw",
  what: string,
): AsyncGenerator<Uint8Array, void> {
  let failed: unknown;
  const stream = new ReadableStream<BufferSource>({
    async pull(controller) {
      try {
        const { done, value } = await packed.next();
        if (done) controller.close();
        else controller.enqueue(value as Uint8Array<ArrayBuffer>);
      } catch (error) {
        failed = error;
        controller.error(error);
      }
    },
    cancel: async () => void (await packed.return()),
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
