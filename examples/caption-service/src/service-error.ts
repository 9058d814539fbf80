import type { ContentfulStatusCode } from "hono/utils/http-status";

/** What a client is told when its request is not answered. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  constructor(
    readonly status: ContentfulStatusCode,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }

  /** The body of the answer. */
  get body(): { error: { code: string; message: string } } {
    return { error: { code: this.code, message: this.message } };
  }
}

/** Throws a `ServiceError`; an expression, so that `value ?? refuse(...)` reads well. */
export function refuse(status: ContentfulStatusCode, code: string, message: string): never {
  throw new ServiceError(status, code, message);
}

/** What is counted of a request whose client left before it was answered, by the status that nginx has for it. */
export function clientGone(): ServiceError {
  return new ServiceError(499 as ContentfulStatusCode, "CLIENT_GONE", "The client left.");
}

/** What comes of weights that are damaged: that isn't the request's fault, and asking again doesn't help. */
export function notNumbers(): ServiceError {
  const message = "The model computes what are no numbers: its weights are damaged. The service needs another model, or its files anew.";
  return new ServiceError(500, "NOT_A_NUMBER", message);
}

/** Whatever was thrown, as what a client may know of it: of faults of the service no more than that there was one. */
export function toServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  const { code } = error as { code?: unknown };
  if (code === "ABORTED") return new ServiceError(503, "ABORTED", "The request was given up before it was answered.");
  if (code === "OUT_OF_MEMORY") return new ServiceError(503, "OUT_OF_MEMORY", "There is no memory for this now: send less, or later.");
  console.error(error);
  if (code === "NOT_A_NUMBER") return notNumbers();
  return new ServiceError(500, "INTERNAL", "The service failed at this request; its log says why.");
}
