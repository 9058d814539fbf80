import { checkOptions, checkRange, checkSignal as checkSignalOption, fail } from "@rsdix/internal";
import { checkedName } from "./file-name";
import { type FileStore, MAX_FILE_BYTES, type ReadFileOptions, type StreamFileOptions } from "./file-store";

/** What is left of `read`'s options after they were checked. */
interface ReadLimits {
  readonly maxBytes: number;
  readonly signal: AbortSignal | undefined;
}

/** A part of a file. */
interface Part {
  readonly start: number;
  /** Infinity for the file's end. */
  readonly end: number;
  readonly signal: AbortSignal | undefined;
}

/** What a kind of store does itself; names, limits and signals have been checked. */
export interface StoreKind {
  readonly name: string;
  names(): Promise<readonly string[]>;
  read(name: string, limits: ReadLimits): Promise<Uint8Array>;
  stream(name: string, part: Part): AsyncGenerator<Uint8Array, void>;
  stamp?(name: string): Promise<string>;
  close?(): Promise<void>;
}

/** A store that can do what all kinds can. */
type GuardedStore = FileStore & Required<Pick<FileStore, "stream">>;

/** A store with the checks that all kinds have in common. */
export function guardedStore(kind: StoreKind): GuardedStore {
  let closed = false;
  const checkOpen = () => {
    if (closed) fail("INVALID_ARGUMENT", `${kind.name} was closed: open it again to read from it.`);
  };
  const check = (name: string, signal: AbortSignal | undefined) => {
    checkOpen();
    checkSignalOption(signal);
    const checked = checkedName(name, kind.name);
    checkSignal(signal, checked, kind.name);
    return checked;
  };
  return {
    name: kind.name,
    async names() {
      checkOpen();
      return kind.names();
    },
    async read(name: string, options?: ReadFileOptions) {
      const { maxBytes = MAX_FILE_BYTES, signal } = checkOptions(options, ["maxBytes", "signal"], "read");
      checkRange(maxBytes, "maxBytes", { min: 0, integer: true });
      return kind.read(check(name, signal), { maxBytes, signal });
    },
    async *stream(name: string, options?: StreamFileOptions) {
      const { start = 0, end = Number.POSITIVE_INFINITY, signal } = checkOptions(options, ["start", "end", "signal"], "stream");
      checkRange(start, "start", { min: 0, integer: true });
      if (end !== Number.POSITIVE_INFINITY) checkRange(end, "end", { min: start, integer: true });
      const checked = check(name, signal);
      for await (const piece of kind.stream(checked, { start, end, signal })) {
        yield piece;
        checkSignal(signal, checked, kind.name);
      }
    },
    ...(kind.stamp && { stamp: async (name: string) => kind.stamp!(check(name, undefined)) }),
    async close() {
      if (closed) return;
      closed = true;
      await kind.close?.();
    },
  };
}

/** Throws ABORTED once the signal says so. */
export function checkSignal(signal: AbortSignal | undefined, file: string, store: string): void {
  if (signal?.aborted) fail("ABORTED", `Reading "${file}" of ${store} was stopped.`, signal.reason);
}

/** Throws FILE_TOO_LARGE before anything is allocated. */
export function checkSize(size: number, maxBytes: number, file: string, store: string): void {
  if (size > maxBytes) fail("FILE_TOO_LARGE", `"${file}" in ${store} has ${size} bytes, more than the limit of ${maxBytes}.`);
}

/** Throws FILE_NOT_FOUND. */
export function notFound(file: string, store: string, more = "", cause?: unknown): never {
  fail("FILE_NOT_FOUND", `There is no file "${file}" in ${store}${more}.`, cause);
}
