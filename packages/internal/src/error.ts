/**
 * Stable names of what can go wrong; programs recognise an error by its `code`, never by `instanceof`.
 *
 * @see https://github.com/rsdix/rsdix/blob/main/docs/errors.md when each comes, and what helps
 */
export type RsdixErrorCode =
  | "INVALID_ARGUMENT"
  | "UNKNOWN_OPTION"
  | "SHAPE_MISMATCH"
  | "BACKEND_UNAVAILABLE"
  | "BACKEND_WRONG_RESULT"
  | "OUT_OF_MEMORY"
  | "DEVICE_LOST"
  | "MISSING_DEPENDENCY"
  | "FILE_NOT_FOUND"
  | "FILE_CORRUPT"
  | "FILE_TOO_LARGE"
  | "DOWNLOAD_FAILED"
  | "OFFLINE"
  | "WRITE_FAILED"
  | "PROCESS_FAILED"
  | "CHECKPOINT_MISMATCH"
  | "EMPTY_DATA"
  | "NOT_A_NUMBER"
  | "ABORTED";

/** An error that says what was expected, what came, and what to do. */
export class RsdixError extends Error {
  override readonly name = "RsdixError";
  constructor(
    readonly code: RsdixErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** Throws an `RsdixError`; an expression, so that `value ?? fail(...)` reads well. */
export function fail(code: RsdixErrorCode, message: string, cause?: unknown): never {
  throw new RsdixError(code, message, cause === undefined ? undefined : { cause });
}
