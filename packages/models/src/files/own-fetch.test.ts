import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { modelFiles } from "./load-files";
import { type Network, PATIENCE } from "./network";
import { urlSource } from "./read-url";
import { openUrl, roomFor } from "./url-source";

const URL_ = "https://models.example/model.safetensors";

/** A body of such pieces. */
const body = (...pieces: unknown[]) =>
  new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });

const fail = (message: string) => {
  throw new Error(message);
};

/** Bytes whose buffer another thread has now. */
function detached(): Uint8Array {
  const bytes = Uint8Array.of(1, 2);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

const open = (fetch: unknown, patience: Partial<Network> = {}) =>
  openUrl(URL_, { ...PATIENCE, attempts: 1, fetch: fetch as typeof globalThis.fetch, ...patience }, () => {}, roomFor(1000));

describe("A fetch of the caller's own", () => {
  it.each([
    [undefined, /failed \(undefined\)/],
    [null, /failed \(null\)/],
    ["offline", /failed \(offline\)/],
    [{ message: Symbol("s") }, /failed \(Symbol\(s\)\)/],
    [new TypeError("fetch failed", { cause: new Error("no route") }), /failed \(fetch failed: no route\)/],
  ])("may reject with anything: %s", async (reason, message) => {
    await expect(open(() => Promise.reject(reason))).rejects.toEqual(refusal("DOWNLOAD_FAILED", message));
  });

  it("may reject with what can't be read", async () => {
    const reason = Object.defineProperty({}, "message", { get: () => fail("broken") });
    const message = /failed \(for a reason that can't be read\)/;
    // The reason is the error's cause, which a matcher would read.
    const error = await open(() => Promise.reject(reason)).catch(({ name, code, message }) => ({ name, code, message }));
    expect(error).toEqual(refusal("DOWNLOAD_FAILED", message));
  });

  it("must give bytes", async () => {
    for (const [piece, message] of [
      ["abc", /bytes \(Uint8Array\), got text/],
      [new ArrayBuffer(4), /got \[object ArrayBuffer\]/],
      [Float32Array.of(1), /got \[object Float32Array\]/],
      [undefined, /got undefined/],
    ] as const) {
      await expect(open(async () => new Response(body(piece)))).rejects.toEqual(refusal("INVALID_ARGUMENT", message));
      const ranges = async () => new Response(body(piece), { status: 206, headers: { "Content-Range": "bytes 0-2/3" } });
      await expect(open(ranges)).rejects.toEqual(refusal("INVALID_ARGUMENT", message));
    }
    const source = (await open(async () => new Response(body(Uint8Array.of(1), Buffer.from([2])))))!;
    expect([...(await source.read(0, 2))]).toEqual([1, 2]);
  });

  it("must give a response, with headers of text and a body that can be read", async () => {
    const ok = { status: 200, headers: new Headers(), body: null };
    const broken = () => fail("broken");
    const reading = (reader: object) => ({ ...ok, body: { locked: false, getReader: () => reader, cancel: () => undefined } });
    for (const [response, message] of [
      [{ ...ok, status: undefined }, /must give a Response/],
      [{ ...ok, body: 0 }, /must give a Response/],
      [Object.defineProperty({ ...ok }, "headers", { get: broken }), /must give a Response/],
      [{ ...ok, headers: { get: broken } }, /headers of text; .* can't be read/],
      [{ ...ok, status: 400, headers: { get: (name: string) => (name === "X-Error-Message" ? 5 : null) } }, /X-Error-Message is 5/],
      [{ ...ok, body: { locked: false, getReader: broken } }, /a body with a reader/],
      [{ ...ok, body: { locked: false, getReader: () => undefined } }, /a body with a reader/],
      [reading({ read: async () => undefined }), /\{ done, value \}/],
      [reading({ read: async () => null }), /\{ done, value \}/],
      [reading({ read: async () => ({ value: { [Symbol.toStringTag]: "Uint8Array", length: 5 } }) }), /bytes \(Uint8Array\)/],
      [reading({ read: async () => ({ done: false, value: detached() }) }), /bytes that stay where they are/],
    ] as const) {
      await expect(open(async () => response)).rejects.toEqual(refusal("INVALID_ARGUMENT", message));
    }
    for (const read of [broken, () => Promise.reject(null), async () => Object.defineProperty({}, "done", { get: broken })]) {
      await expect(open(async () => reading({ read }))).rejects.toEqual(refusal("DOWNLOAD_FAILED", /connection to models.example failed/));
    }
  });

  it("needn't give a body that can be cancelled", async () => {
    for (const cancel of [undefined, () => undefined, () => fail("broken"), () => Promise.reject(new Error("broken"))]) {
      const wrapped = (status: number) => async () => {
        const body = new Response("abc").body!;
        const getReader = () => {
          const reader = body.getReader();
          return { read: () => reader.read(), cancel };
        };
        return { status, headers: new Headers(), body: { locked: false, getReader, cancel } };
      };
      const source = (await open(wrapped(200)))!;
      expect(new TextDecoder().decode(await source.read(0, 3))).toBe("abc");
      expect(await open(wrapped(404))).toBeUndefined();
      await expect(open(wrapped(403))).rejects.toEqual(refusal("DOWNLOAD_FAILED", /access is denied/));
    }
  });

  it("may answer too late: nothing more is read of that", async () => {
    let cancelled = 0;
    const late = () => new Response(new ReadableStream({ cancel: () => void cancelled++ }));
    const fetch = () => new Promise<Response>((resolve) => setTimeout(() => resolve(late()), 40));
    await expect(open(fetch, { signal: AbortSignal.timeout(5) })).rejects.toEqual(refusal("ABORTED", /was stopped/));
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(cancelled).toBe(1);
  });

  it.each(["abc", "-5", "1e3", "5, 5", ""])('must tell lengths as they are, not as "%s"', async (length) => {
    const response = async () => new Response(body(Uint8Array.of(1)), { headers: { "Content-Length": length } });
    await expect(open(response)).rejects.toEqual(refusal("FILE_CORRUPT", /announces a length of ".*" bytes/));
  });

  it("needn't know of signals", async () => {
    const never = () => new Promise<Response>(() => {});
    const silent = async () => new Response(new ReadableStream({}));
    for (const fetch of [never, silent]) {
      const controller = new AbortController();
      const loading = [
        urlSource(URL_, { fetch, signal: controller.signal }),
        modelFiles("https://models.example/", { fetch, signal: controller.signal }).then((files) => files.text("config.json")),
      ];
      const ended = Promise.all(loading.map((each) => expect(each).rejects.toEqual(refusal("ABORTED", /was stopped/))));
      setTimeout(() => controller.abort(), 20);
      await ended;
      await expect(open(fetch, { stallMs: 20 })).rejects.toEqual(refusal("DOWNLOAD_FAILED", /nothing came for 0.02 seconds/));
    }
  });
});
