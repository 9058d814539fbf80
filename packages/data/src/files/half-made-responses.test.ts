import { describe, expect, it } from "vitest";
import { makeTar } from "../../test/make-tar";
import { makeZip } from "../../test/make-zip";
import { all, PNG } from "../../test/read-shards";
import { webDataset } from "../webdataset/web-dataset";
import { PATIENCE, streamUrl } from "./network";
import { openFiles } from "./open-files";

const ADDRESS = "https://example.org/set";
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const fetchOf = (answer: () => unknown) => (async () => answer()) as unknown as typeof fetch;
const read = async (answer: () => unknown, options = {}) =>
  text(await (await openFiles(ADDRESS, { fetch: fetchOf(answer) })).read("a.txt", options));
/** What some libraries give in place of a Response. */
const half = (more: object) => () => ({ ok: true, status: 200, headers: new Headers(), ...more });
const stream = (reader: object, more: object = {}) => ({
  locked: false,
  cancel: async () => undefined,
  getReader: () => ({ read: pieces("a ", "lake"), cancel: async () => undefined, ...reader }),
  ...more,
});
const pieces = (...texts: string[]) => {
  const left = texts.map((piece) => ({ done: false, value: new TextEncoder().encode(piece) }));
  return async () => left.shift() ?? { done: true };
};
const throwing = () => {
  throw new Error("broken");
};
const ANY_CANCEL: [string, unknown][] = [
  ["isn't there", undefined],
  ["throws", throwing],
  ["gives no promise", () => undefined],
  ["rejects", () => Promise.reject(new Error("broken"))],
];

describe("a half-made Response of a fetch of the caller's", () => {
  it.each(ANY_CANCEL)("whose cancel %s is read, and its status told", async (_, cancel) => {
    expect(await read(half({ body: stream({ cancel }, { cancel }) }))).toBe("a lake");
    const missing = half({ ok: false, status: 404, body: stream({ cancel }, { cancel }) });
    await expect(read(missing)).rejects.toMatchObject({ name: "RsdixError", code: "FILE_NOT_FOUND" });
    const large = read(half({ body: stream({ cancel }, { cancel }) }), { maxBytes: 3 });
    await expect(large).rejects.toMatchObject({ name: "RsdixError", code: "FILE_TOO_LARGE" });
  });

  it.each<[string, object]>([
    ["a get only", { get: () => null }],
    ["a get that gives nothing", new Map()],
  ])("whose headers have %s is read", async (_, headers) => {
    expect(await read(half({ headers, body: stream({}) }))).toBe("a lake");
  });

  const from = `${ADDRESS}/a.txt`;
  const wanted =
    "The fetch that was given must give a Response of which nothing was read, with a web stream as body or with arrayBuffer(), got";
  it.each<[string, object, string]>([
    ["whose headers can't be read", { headers: { get: throwing } }, `The headers of ${from} can't be read from the Response`],
    ["whose body can't be read", { body: stream({}, { getReader: throwing }) }, `The body of ${from} can't be read from the Response`],
    ["whose reader gives nothing", { body: stream({ read: async () => undefined }) }, `The body of ${from} must come as Uint8Arrays`],
    ["without a body", {}, `${wanted} [object Object].`],
    ["whose body is null", { body: null }, `${wanted} [object Object].`],
    ["whose body is another stream", { body: { pipe: () => undefined } }, `${wanted} [object Object].`],
    ["without a status", { status: undefined, body: stream({}) }, `${wanted} [object Object].`],
    ["whose arrayBuffer gives a text", { arrayBuffer: async () => "a lake" }, `The body of ${from} must come as Uint8Arrays`],
  ])("%s is refused", async (_, more, message) => {
    const error = { name: "RsdixError", code: "INVALID_ARGUMENT", message: expect.stringContaining(message) };
    await expect(read(half(more))).rejects.toMatchObject(error);
  });

  it.each<[string, (response: Response) => unknown]>([
    ["as text", (response) => response.text()],
    ["by a reader that let go of it", readAndRelease],
    ["not at all, but cancelled", (response) => response.body!.cancel()],
  ])("that was read already, %s, is refused, never an empty file", async (_, use) => {
    const used = async () => {
      const response = new Response("a lake");
      await use(response);
      return response;
    };
    const error = { name: "RsdixError", code: "INVALID_ARGUMENT", message: `${wanted} one that was read.` };
    await expect(read(used)).rejects.toMatchObject(error);
    await expect(all(`${ADDRESS}.tar`, { fetch: fetchOf(used) })).rejects.toMatchObject(error);
  });

  it("that is of an empty file is one", async () => {
    expect(await read(() => new Response(""))).toBe("");
    expect(await read(() => new Response(null))).toBe("");
  });
});

async function readAndRelease(response: Response): Promise<void> {
  const reader = response.body!.getReader();
  await reader.read();
  reader.releaseLock();
}

describe("a Response without a web stream, as React Native's", () => {
  const whole = (bytes: Uint8Array, more: object = {}) => half({ arrayBuffer: async () => Uint8Array.from(bytes).buffer, ...more });

  it("is read at once", async () => {
    expect(await read(whole(new TextEncoder().encode("a lake")))).toBe("a lake");
    const zip = await openFiles(`${ADDRESS}.zip`, { fetch: fetchOf(whole(await makeZip([["a.txt", "a park"]]))) });
    expect(text(await zip.read("a.txt"))).toBe("a park");
    const tar = await makeTar([
      ["a.png", PNG],
      ["a.txt", "a lake"],
    ]);
    const set = await webDataset(`${ADDRESS}.tar`, { fetch: fetchOf(whole(tar)) });
    expect(await set.files.read(set.images[0]!.filename)).toEqual(PNG);
  });

  it("is no larger than it may be, before it is loaded where its length is told", async () => {
    let loaded = 0;
    const arrayBuffer = async () => {
      loaded++;
      return new ArrayBuffer(6);
    };
    const error = (size: string) => ({ code: "FILE_TOO_LARGE", message: `${ADDRESS}/a.txt has ${size} bytes, more than the limit of 5.` });
    const headers = new Headers({ "Content-Length": "6" });
    await expect(read(half({ headers, arrayBuffer }), { maxBytes: 5 })).rejects.toMatchObject(error("6"));
    expect(loaded).toBe(0);
    await expect(read(half({ arrayBuffer }), { maxBytes: 5 })).rejects.toMatchObject(error("at least 6"));
    const long = { headers: new Headers({ "Content-Length": "99999999999" }), arrayBuffer };
    await expect(all(`${ADDRESS}.tar`, { fetch: fetchOf(half(long)) })).rejects.toMatchObject({ code: "FILE_TOO_LARGE" });
    expect(loaded).toBe(1);
  });

  it("may take longer than a piece of a stream, and is asked for again where it breaks", async () => {
    let asked = 0;
    const arrayBuffer = async () => {
      if (++asked === 1) throw new Error("connection reset");
      await new Promise((resolve) => setTimeout(resolve, 30));
      return new Uint8Array(2).buffer;
    };
    const network = { ...PATIENCE, firstDelayMs: 1, stallMs: 10, fetch: fetchOf(half({ arrayBuffer })) };
    let length = 0;
    for await (const piece of streamUrl(ADDRESS, network, { start: 0, end: Number.POSITIVE_INFINITY })) length += piece.length;
    expect([asked, length]).toEqual([2, 2]);
  });
});

it("a Content-Length of very many digits is not shown in full", async () => {
  const long = () => new Response("a lake", { headers: { "Content-Length": "9".repeat(400) } });
  const message = `${ADDRESS}/a.txt has more than 9007199254740991 bytes, more than the limit of 5.`;
  await expect(read(long, { maxBytes: 5 })).rejects.toMatchObject({ code: "FILE_TOO_LARGE", message });
});
