import { fail, show } from "@rsdix/internal";

// A fetch of the caller's own may give anything: what is read of it here fails with our errors, whatever its parts do.

const GIVEN = "The fetch that was given must give";

/** What is read of a response before its body. */
export interface Head {
  readonly status: number;
  readonly headers: Pick<Headers, "get">;
}

/** The parts of a response; throws on what is none, or was read: as some libraries give, or one response that is given for every request. */
export function checkedResponse(response: unknown): Head & { readonly all: Headers; readonly body: ReadableStream<unknown> | null } {
  const { status, headers, body } = Object(attempt(() => partsOf(response as Response))) as Partial<ReturnType<typeof partsOf>>;
  if (!headers || body === undefined || !Number.isInteger(status)) {
    return fail(
      "INVALID_ARGUMENT",
      `${GIVEN} a Response of which nothing was read, with a web stream as body, got ${attempt(() => show(response)) ?? "what can't be read"}.`,
    );
  }
  const get = (name: string): string | null => {
    const value = attempt(() => ({ is: headers.get(name) as unknown }));
    if (value && (value.is ?? undefined) === undefined) return null;
    if (value && typeof value.is === "string") return value.is;
    quietly(() => body?.cancel());
    return fail(
      "INVALID_ARGUMENT",
      `${GIVEN} headers of text; ${name} ${value ? `is ${attempt(() => show(value.is))}` : "can't be read"}.`,
    );
  };
  return { status: status!, headers: { get }, all: headers, body };
}

function partsOf({ status, headers, body }: Response) {
  const isBody = (body ?? null) === null || (typeof body!.getReader === "function" && !body!.locked);
  return {
    status,
    headers: typeof headers.get === "function" ? headers : undefined,
    body: isBody ? ((body ?? null) as ReadableStream<unknown> | null) : undefined,
  };
}

/** What reads a body. */
export function readerOf(body: ReadableStream<unknown>): Pick<ReadableStreamDefaultReader<unknown>, "read" | "cancel"> {
  const reader = attempt(() => {
    const given = body.getReader();
    return typeof given.read === "function" ? given : undefined;
  });
  return reader ?? fail("INVALID_ARGUMENT", `${GIVEN} a body with a reader, got one whose getReader gives none.`);
}

/** The next piece as it came, for `checkedBytes`: rejects as the reader does. */
export async function nextPiece(reader: ReturnType<typeof readerOf>): Promise<{ done: unknown; value: unknown } | undefined> {
  const piece = (await reader.read()) as { done: unknown; value: unknown } | undefined | null;
  if (Object(piece) !== piece) return undefined;
  return { done: piece!.done, value: piece!.value };
}

/** The bytes of a piece; `undefined` after the last one. */
export function checkedBytes(piece: Awaited<ReturnType<typeof nextPiece>>): Uint8Array | undefined {
  if (!piece) return fail("INVALID_ARGUMENT", `${GIVEN} a body whose reader gives { done, value }.`);
  const { done, value } = piece;
  if (done) return undefined;
  if (ArrayBuffer.isView(value) && attempt(() => show(value)) === "[object Uint8Array]") {
    if (attempt(() => new Uint8Array(value.buffer))) return value as Uint8Array;
    return fail("INVALID_ARGUMENT", `${GIVEN} a body of bytes that stay where they are, got some whose buffer was handed on.`);
  }
  const got = typeof value === "string" ? "text" : (attempt(() => show(value)) ?? "what can't be read");
  return fail("INVALID_ARGUMENT", `${GIVEN} a body of bytes (Uint8Array), got ${got}.`);
}

/** What went wrong in a fetch: Node hides it behind "fetch failed". */
export function reasonOf(error: unknown): string {
  const reason = () => {
    const { message, cause } = Object(error) as Error;
    const deeper = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : undefined;
    const said = show(message ?? error);
    return deeper ? `${said}: ${deeper}` : said;
  };
  return attempt(reason) ?? "for a reason that can't be read";
}

/** Does what may fail, and what may be no promise, as the end of a body of the caller's own. */
export function quietly(work: () => unknown): void {
  new Promise((resolve) => resolve(work())).catch(() => undefined);
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
