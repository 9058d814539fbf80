import { fail, show } from "@rsdix/internal";
import { MAX_FILE_BYTES } from "./file-store";
import { quietly } from "./quietly";
import { reasonOf } from "./reason-of";

/** What a request was answered, whatever fetch gave it. */
export interface Answer {
  readonly status: number;
  readonly ok: boolean;
  /** A header; null where there is none, or another origin hides it. */
  header(name: string): string | null;
  /** Its bytes. INVALID_ARGUMENT where they can't be had. */
  body(): AnswerBody;
  /** Lets go of its bytes, whatever it says to that. */
  cancel(): void;
}

/** The bytes of an answer. */
interface AnswerBody {
  /** Whether pieces are seen as they come; else all of them come at once. */
  readonly inPieces: boolean;
  /** The next piece, as a web stream's reader gives it, unchecked. */
  read(): Promise<unknown>;
}

/** An answer out of a Response. INVALID_ARGUMENT for what else a fetch of the caller's gives, when what it lacks is wanted. */
export function answerOf(given: unknown, what: string): Answer {
  const response = Object(given) as Response;
  const { headers, status, ok } = response;
  if (typeof headers?.get !== "function" || typeof status !== "number") refuse(show(given));
  let reader: ReadableStreamDefaultReader<unknown> | undefined;
  const header = (name: string) => {
    const value = unlessBroken(`The headers of ${what}`, (): unknown => headers.get(name));
    return typeof value === "string" ? value : null;
  };
  const body = (): AnswerBody => {
    const { body: stream, bodyUsed } = response;
    if (bodyUsed || stream?.locked) refuse("one that was read"); // such as one that is given for every request
    if (typeof stream?.getReader === "function") {
      const opened = unlessBroken(`The body of ${what}`, () => stream.getReader());
      reader = opened;
      return { inPieces: true, read: async () => opened.read() };
    }
    if (typeof response.arrayBuffer !== "function") refuse(show(given));
    checkLength(header("Content-Length"), MAX_FILE_BYTES, what);
    return atOnce(async () => response.arrayBuffer());
  };
  return { status, ok, header, body, cancel: () => void quietly(() => (reader ?? response.body)?.cancel()) };
}

/** FILE_TOO_LARGE by what a server says of its bytes. */
export function checkLength(length: string | null, maxBytes: number, what: string): void {
  if (!/^\d+$/.test(length ?? "") || Number(length) <= maxBytes) return; // what is no length says nothing: what comes is counted
  const size = Number.isSafeInteger(Number(length)) ? Number(length) : `more than ${Number.MAX_SAFE_INTEGER}`;
  fail("FILE_TOO_LARGE", `${what} has ${size} bytes, more than the limit of ${maxBytes}.`);
}

/** What React Native and libraries give that have no web streams. */
function atOnce(load: () => Promise<ArrayBuffer>): AnswerBody {
  let done = false;
  const read = async () => {
    if (done) return { done };
    const buffer: unknown = await load();
    done = true;
    return { done: false, value: show(buffer) === "[object ArrayBuffer]" ? new Uint8Array(buffer as ArrayBuffer) : buffer };
  };
  return { inPieces: false, read };
}

function unlessBroken<T>(part: string, get: () => T): T {
  try {
    return get();
  } catch (error) {
    return fail("INVALID_ARGUMENT", `${part} can't be read from the Response that the given fetch gave: ${reasonOf(error)}.`, error);
  }
}

function refuse(got: string): never {
  fail(
    "INVALID_ARGUMENT",
    `The fetch that was given must give a Response of which nothing was read, with a web stream as body or with arrayBuffer(), got ${got}.`,
  );
}
