import { describe, expect, it } from "vitest";
import { drain } from "../../../../test/drain";
import { makeZip } from "../../test/make-zip";
import { readWebDataset } from "../webdataset/read-webdataset";
import { webDataset } from "../webdataset/web-dataset";
import { PATIENCE, streamUrl } from "./network";
import { openFiles } from "./open-files";

const never = () => new Promise<never>(() => undefined);
const fetchOf = (answer: () => unknown) => (async () => answer()) as unknown as typeof fetch;
const body = (...chunks: unknown[]) =>
  new Response(
    new ReadableStream({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(chunk);
        controller.close();
      },
    }),
  );
const ADDRESS = "https://example.org/set";
const HASTE = { ...PATIENCE, attempts: 2, firstDelayMs: 1 };
const read = async (fetch: typeof globalThis.fetch, signal?: AbortSignal) =>
  (await openFiles(ADDRESS, { fetch })).read("a.txt", { maxBytes: 100, signal });

/** What work that is stopped soon after its begin rejects with. */
async function stopped(work: (signal: AbortSignal) => Promise<unknown>): Promise<unknown> {
  const controller = new AbortController();
  const run = work(controller.signal).catch((error) => error);
  setTimeout(() => controller.abort("enough"), 20);
  return run;
}

describe("what doesn't heed a signal is left behind", () => {
  const aborted = { name: "RsdixError", code: "ABORTED", cause: "enough" };
  const silent = { "a fetch that never answers": never, "a body that never comes": async () => new Response(new ReadableStream({})) };

  it.each(Object.entries(silent))("%s", async (_, answer) => {
    const fetch = answer as unknown as typeof globalThis.fetch;
    expect(await stopped((signal) => read(fetch, signal))).toMatchObject(aborted);
    expect(await stopped((signal) => openFiles(`${ADDRESS}.zip`, { fetch, signal }))).toMatchObject(aborted);
    expect(await stopped((signal) => webDataset(`${ADDRESS}.tar`, { fetch, signal }))).toMatchObject(aborted);
    expect(await stopped((signal) => drain(readWebDataset(`${ADDRESS}.tar`, { fetch, signal })))).toMatchObject(aborted);
  });

  it.each(Object.entries(silent))("%s, also once nothing came for long", async (_, answer) => {
    const network = { ...HASTE, stallMs: 5, fetch: answer as unknown as typeof fetch };
    const run = drain(streamUrl(ADDRESS, network, { start: 0, end: 5 }));
    await expect(run).rejects.toMatchObject({ code: "DOWNLOAD_FAILED", message: expect.stringContaining("nothing came for 0.005") });
  });

  it("a Blob whose bytes never come", async () => {
    const zip = await makeZip([["a.txt", "a lake"]]);
    const blob = new Blob([zip]);
    const files = await openFiles(blob);
    const dead = () => Object.assign(new Blob(), { arrayBuffer: never });
    blob.slice = dead;
    expect(await stopped((signal) => files.read("a.txt", { signal }))).toMatchObject(aborted);
    expect(await stopped((signal) => drain(files.stream!("a.txt", { signal })))).toMatchObject(aborted);
    expect(await stopped((signal) => openFiles(blob, { signal }))).toMatchObject(aborted);
    expect(await stopped((signal) => webDataset(blob, { signal }))).toMatchObject(aborted);
    const picked = Object.assign(new File(["a"], "a.txt"), { slice: dead });
    const folder = await openFiles([picked, new File([], "b.txt")]);
    expect(await stopped((signal) => folder.read("a.txt", { signal }))).toMatchObject(aborted);
    expect(await stopped((signal) => drain(folder.stream!("a.txt", { signal })))).toMatchObject(aborted);
  });
});

describe("a fetch of the caller's", () => {
  it.each([
    [undefined, "undefined"],
    [null, "null"],
    ["offline", "offline"],
    [new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") }), "fetch failed: connect ECONNREFUSED"],
  ])("that rejects with %s is said to fail so", async (reason, said) => {
    const run = drain(streamUrl(ADDRESS, { ...HASTE, fetch: () => Promise.reject(reason) }, { start: 0, end: 5 }));
    const message = `Can't load ${ADDRESS}: the connection failed (${said}). 2 attempts failed. Try again later.`;
    await expect(run).rejects.toMatchObject({ name: "RsdixError", code: "DOWNLOAD_FAILED", message });
  });

  it.each([
    ["text", "a lake", "a lake"],
    ["an ArrayBuffer", new ArrayBuffer(3), "[object ArrayBuffer]"],
    ["nothing", undefined, "undefined"],
  ])("whose body comes as %s is refused", async (_, piece, got) => {
    const message = `The body of ${ADDRESS}/a.txt must come as Uint8Arrays from the fetch that was given, got ${got}.`;
    await expect(read(fetchOf(() => body(piece)))).rejects.toMatchObject({ name: "RsdixError", code: "INVALID_ARGUMENT", message });
  });

  it("that gives no Response, or one that was read, is refused", async () => {
    const used = new Response("a lake");
    await used.text();
    for (const answer of [undefined, {}, { headers: new Headers(), body: {} }, used].map((given) => fetchOf(() => given))) {
      const message = expect.stringMatching(/^The fetch that was given must give a Response of which nothing was read/);
      await expect(read(answer)).rejects.toMatchObject({ name: "RsdixError", code: "INVALID_ARGUMENT", message });
    }
  });

  it.each(["abc", "-5", "1e9", "0x7fffffff", "Infinity", " "])("may say nonsense as Content-Length, such as %j", async (length) => {
    const answer = fetchOf(() => new Response("a lake", { headers: { "Content-Length": length } }));
    expect(new TextDecoder().decode(await read(answer))).toBe("a lake");
  });

  it("that says an honest Content-Length is refused before its bytes come", async () => {
    const long = fetchOf(() => new Response(new ReadableStream({}), { headers: { "Content-Length": "101" } }));
    await expect(read(long)).rejects.toMatchObject({ code: "FILE_TOO_LARGE", message: expect.stringContaining("has 101 bytes") });
  });
});
