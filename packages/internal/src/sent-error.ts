import { RsdixError, type RsdixErrorCode } from "./error";

/** An error as a worker sends it: of one that is cloned the code would be lost. */
export interface SentError {
  readonly code?: string;
  readonly message: string;
  readonly stack?: string;
}

/** What a worker sends of an error. */
export function sentError(error: unknown): SentError {
  const { code, message, stack } = error as SentError;
  return { ...(code !== undefined && { code }), message, ...(stack !== undefined && { stack }) };
}

/** The error as it was in the worker. */
export function revive({ code, message, stack }: SentError): unknown {
  const error = code === undefined ? new Error(message) : new RsdixError(code as RsdixErrorCode, message);
  if (stack) error.stack = stack;
  return error;
}
