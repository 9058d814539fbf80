import { fail, type RsdixError, type RsdixErrorCode } from "@rsdix/internal";
import { untilAborted } from "../until-aborted";
import { reasonOf } from "./reason-of";

/** What a store may throw; from a store of one's own anything else may come, too. */
const OF_A_STORE: readonly unknown[] = [
  "FILE_NOT_FOUND",
  "FILE_TOO_LARGE",
  "FILE_CORRUPT",
  "INVALID_ARGUMENT",
  "DOWNLOAD_FAILED",
  "ABORTED",
] satisfies RsdixErrorCode[];

/**
 * What a store of anybody's answers. ABORTED as soon as the signal says so, though the store goes on; whatever else it throws is a typed error, beginning
 * with `failed` where it isn't one of ours.
 */
export async function askStore<T>(
  { stopped, failed }: { readonly stopped: string; readonly failed: string },
  signal: AbortSignal | undefined,
  ask: () => T | Promise<T>,
): Promise<T> {
  try {
    return await untilAborted(signal, () => stopped, ask);
  } catch (error) {
    const { code, name } = Object(error) as Partial<RsdixError>;
    if (name === "RsdixError") throw error;
    if (signal?.aborted) fail("ABORTED", stopped, signal.reason);
    return fail(OF_A_STORE.includes(code) ? code! : "FILE_NOT_FOUND", `${failed}: ${reasonOf(error)}.`, error);
  }
}
