import { fail, show } from "@rsdix/internal";
import { askStore } from "./ask-store";
import { unshared } from "./byte-source";
import type { FileStore, ReadFileOptions, StreamFileOptions } from "./file-store";

const texts = (name: string, files: FileStore) => {
  const where = `"${name}" of ${files.name}`;
  return { where, stopped: `Reading ${where} was stopped.`, failed: `${where} cannot be read` };
};

/**
 * A file's bytes from a store of anybody's. ABORTED as soon as the signal says so, though the store goes on; what else goes wrong, or comes in place of
 * bytes, is a typed error that names the file.
 */
export async function readBytes(files: FileStore, name: string, options: ReadFileOptions): Promise<Uint8Array> {
  const { where, ...said } = texts(name, files);
  return checkedBytes(await askStore(said, options.signal, () => files.read(name, options)), `${where} must come from the store's read`);
}

/** A file's bytes piece by piece from a store of anybody's that has `stream`; errors are those of `readBytes`. */
export async function* streamBytes(files: FileStore, name: string, part: StreamFileOptions): AsyncGenerator<Uint8Array, void> {
  const { where, ...said } = texts(name, files);
  const { signal } = part;
  const stream: unknown = await askStore(said, signal, () => files.stream!(name, part));
  const wanted = `${where} must come from the store's stream`;
  if (typeof Object(stream)[Symbol.asyncIterator] !== "function")
    fail("INVALID_ARGUMENT", `${wanted} as an AsyncGenerator, got ${show(stream)}.`);
  const source = (stream as AsyncIterable<unknown>)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = Object(await askStore(said, signal, () => source.next())) as IteratorResult<unknown>;
      if (done) return;
      yield checkedBytes(value, wanted);
    }
  } finally {
    const closed = source.return?.();
    closed?.catch(() => undefined);
    if (!signal?.aborted) await closed; // of a stream that hangs it never comes
  }
}

function checkedBytes(bytes: unknown, wanted: string): Uint8Array {
  return bytes instanceof Uint8Array ? unshared(bytes) : fail("INVALID_ARGUMENT", `${wanted} as a Uint8Array, got ${show(bytes)}.`);
}
