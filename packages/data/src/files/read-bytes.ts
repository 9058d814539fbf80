import { fail, type RsdixError, show } from "@rsdix/internal";
import { untilAborted } from "../until-aborted";
import type { FileStore, ReadFileOptions } from "./file-store";

/** What a store's `read` may throw; from a store of one's own anything else may come, too. */
const OF_A_STORE = ["FILE_NOT_FOUND", "FILE_TOO_LARGE", "FILE_CORRUPT", "INVALID_ARGUMENT", "DOWNLOAD_FAILED", "ABORTED"];

/**
 * A file's bytes from a store of anybody's. ABORTED as soon as the signal says so, though the store goes on; what else goes wrong, or comes in place of
 * bytes, is a typed error that names the file.
 */
export async function readBytes(files: FileStore, name: string, options: ReadFileOptions): Promise<Uint8Array> {
  const { signal } = options;
  const where = `"${name}" of ${files.name}`;
  const stopped = () => `Reading ${where} was stopped.`;
  let bytes: unknown;
  try {
    bytes = await untilAborted(signal, stopped, () => files.read(name, options));
  } catch (error) {
    const { code, name: kind, message } = (error ?? {}) as Partial<RsdixError>;
    if (kind === "RsdixError" || OF_A_STORE.includes(code ?? "")) throw error;
    if (signal?.aborted) fail("ABORTED", stopped(), signal.reason);
    fail("FILE_NOT_FOUND", `${where} cannot be read: ${message ?? show(error)}.`, error);
  }
  if (!(bytes instanceof Uint8Array))
    fail("INVALID_ARGUMENT", `${where} must come from the store's read as a Uint8Array, got ${show(bytes)}.`);
  return bytes;
}
