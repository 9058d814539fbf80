import { fail, show } from "@rsdix/internal";
import { askStore } from "./ask-store";
import { unshared } from "./byte-source";
import type { FileStore, ReadFileOptions, StreamFileOptions } from "./file-store";
import { quietly } from "./quietly";

/** Longer than it takes to close a file. */
const CLOSING_MS = 1000;

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
  const wanted = `${where} must come from the store's stream`;
  const refuse = (got: unknown) => fail("INVALID_ARGUMENT", `${wanted} as an AsyncGenerator, got ${show(got)}.`);
  const stream: unknown = await askStore(said, signal, () => files.stream!(name, part));
  if (typeof Object(stream)[Symbol.asyncIterator] !== "function") refuse(stream);
  const source = await askStore(said, signal, () => (stream as AsyncIterable<unknown>)[Symbol.asyncIterator]());
  if (typeof Object(source).next !== "function") refuse(source);
  const { start = 0, end = Number.POSITIVE_INFINITY } = part;
  let left = end - start;
  let within = false; // what has thrown, or is done, has ended by itself
  try {
    for (;;) {
      const { done, value } = Object(await askStore(said, signal, () => source.next())) as IteratorResult<unknown>;
      if (done) return;
      within = true;
      const bytes = checkedBytes(value, wanted);
      left -= bytes.length;
      if (left < 0) fail("INVALID_ARGUMENT", `${wanted} from byte ${start} to before ${end}, got more: it must heed start and end.`);
      yield bytes;
      within = false;
    }
  } finally {
    if (within || signal?.aborted) await closed(source, signal);
  }
}

/** Lets a stream of anybody's that is left early give back what it holds; what its closing says is nobody's, and one that hangs is left behind. */
async function closed(source: AsyncIterator<unknown>, signal: AbortSignal | undefined): Promise<void> {
  const closing = quietly(() => source.return?.());
  if (signal?.aborted) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSING_MS);
  });
  await Promise.race([closing, late]);
  clearTimeout(timer);
}

function checkedBytes(bytes: unknown, wanted: string): Uint8Array {
  return bytes instanceof Uint8Array ? unshared(bytes) : fail("INVALID_ARGUMENT", `${wanted} as a Uint8Array, got ${show(bytes)}.`);
}
