import { describe, expect, it } from "vitest";
import { FileServer } from "../../test/file-server";
import { makeZip } from "../../test/make-zip";
import { PATIENCE, streamUrl } from "./network";
import { openFiles } from "./open-files";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const server = () => new FileServer({ "/set/a.txt": "a lake", "/set/b c/é#.txt": "a park", "/set/empty": "" });
const HASTE = { ...PATIENCE, attempts: 3, firstDelayMs: 1, stallMs: 1000 };

/** Cuts what comes into single bytes. */
const letters = () =>
  new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      for (let i = 0; i < chunk.length; i++) controller.enqueue(chunk.subarray(i, i + 1));
    },
  });

async function streamed(from: FileServer, start = 0, end = Number.POSITIVE_INFINITY, haste = {}): Promise<string> {
  const parts: number[] = [];
  const network = { ...HASTE, ...haste, fetch: from.fetch };
  for await (const piece of streamUrl("https://example.org/set/a.txt?key=secret", network, { start, end })) parts.push(...piece);
  return text(Uint8Array.from(parts));
}

describe("files at an address", () => {
  it("are read by name, but not listed", async () => {
    const { fetch, requests } = server();
    const files = await openFiles("https://example.org/set?key=secret", { fetch });
    expect(text(await files.read("a.txt")) + text(await files.read("b c/é#.txt"))).toBe("a lakea park");
    expect(await files.read("empty")).toEqual(new Uint8Array());
    expect(requests).toEqual(["/set/a.txt", "/set/b%20c/%C3%A9%23.txt", "/set/empty"]);
    await expect(files.names()).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: "The files of https://example.org/set/ can be read but not listed, as servers tell no names. Open a zip file or a folder.",
    });
    await expect(files.read("../a.txt")).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(files.read("none.txt")).rejects.toMatchObject({
      code: "FILE_NOT_FOUND",
      message: "Can't load https://example.org/set/none.txt: there is none (HTTP 404).",
    });
    await expect(files.read("a.txt", { maxBytes: 5 })).rejects.toMatchObject({
      code: "FILE_TOO_LARGE",
      message: "https://example.org/set/a.txt has 6 bytes, more than the limit of 5.",
    });
  });

  it("are no larger than they may be, whatever the server says of them", async () => {
    const from = server();
    from.trouble.push(new Response(new Blob(["123", "456"]).stream(), { headers: { "Content-Length": "2" } }));
    const files = await openFiles(new URL("https://example.org/set/"), { fetch: from.fetch });
    await expect(files.read("a.txt", { maxBytes: 5 })).rejects.toMatchObject({
      code: "FILE_TOO_LARGE",
      message: expect.stringMatching(/has at least 6 bytes/),
    });
  });

  it("are asked for again where that may help, from where the connection broke", async () => {
    const from = server();
    from.trouble.push("refuse", new Response(null, { status: 503, headers: { "Retry-After": "0" } }), "cut", "refuse");
    expect(await streamed(from)).toBe("a lake");
    expect(from.requests.map((request) => request.slice(11))).toEqual(["", "", "", "bytes=3-", "bytes=3-"]);
    from.ranges = false; // then all of it comes again
    from.trouble.push("cut");
    expect(await streamed(from)).toBe("a lake");
    expect(await streamed(from, 2, 4)).toBe("la");
    for (const [start, part] of [
      [1, " la"],
      [3, "ake"],
    ] as const) {
      from.trouble.push(new Response(new Blob(["a lake"]).stream().pipeThrough(letters())));
      expect(await streamed(from, start, start + 3)).toBe(part);
    }
    from.ranges = true;
    expect(await streamed(from, 2, 4)).toBe("la");
    expect(await streamed(from, 6, 9)).toBe("");
  });

  it("aren't asked for forever where each connection breaks before the bytes that are wanted", async () => {
    const from = server();
    from.ranges = false;
    from.trouble.push(...Array.from({ length: 20 }, () => "cut" as const));
    await expect(streamed(from, 4)).rejects.toMatchObject({
      code: "DOWNLOAD_FAILED",
      message: expect.stringMatching(/3 attempts failed/),
    });
    expect(from.requests).toHaveLength(3);
  });

  it("that can't be had are errors with the status", async () => {
    const failure = async (...trouble: FileServer["trouble"]) => {
      const from = server();
      from.trouble.push(...trouble);
      return streamed(from).catch((error) => `${error.code}: ${error.message}`);
    };
    const status = (code: number, headers = {}) => new Response(null, { status: code, headers });
    const where = "Can't load https://example.org/set/a.txt:";
    expect(await failure(status(403))).toBe(`DOWNLOAD_FAILED: ${where} access is denied (HTTP 403).`);
    expect(await failure(status(410))).toBe(`FILE_NOT_FOUND: ${where} there is none (HTTP 410).`);
    expect(await failure(status(400))).toBe(`DOWNLOAD_FAILED: ${where} the server answered HTTP 400.`);
    expect(await failure(status(500), status(500), status(502))).toBe(
      `DOWNLOAD_FAILED: ${where} the server answered HTTP 502. 3 attempts failed. Try again later.`,
    );
    expect(await failure(status(429, { "Retry-After": "100" }))).toMatch(/^DOWNLOAD_FAILED: .* asks to wait 100 seconds \(HTTP 429\)/);
    expect(await failure("refuse", "refuse", "refuse")).toMatch(/the connection failed \(fetch failed: connect ECONNREFUSED\)/);
    const wrong = new Response("x", { status: 206, headers: { "Content-Range": "bytes 4-5/6" } });
    expect(await failure(wrong)).toBe("FILE_CORRUPT: https://example.org/set/a.txt: asked for bytes from 0 the server sends bytes 4-5/6.");
  });

  it("stop when they are told to, and when nothing comes", async () => {
    const never: typeof fetch = (_, init) =>
      new Promise((_, reject) => init!.signal!.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError"))));
    const controller = new AbortController();
    const files = await openFiles("https://example.org/set", { fetch: never });
    const reading = files.read("a.txt", { signal: controller.signal });
    controller.abort();
    await expect(reading).rejects.toMatchObject({ code: "ABORTED", message: "Loading https://example.org/set/a.txt was stopped." });
    const from = server();
    const stalled = streamed({ ...from, fetch: never } as FileServer, 0, 5, { stallMs: 5, attempts: 2 });
    await expect(stalled).rejects.toMatchObject({
      code: "DOWNLOAD_FAILED",
      message: expect.stringMatching(/nothing came for 0\.005 seconds/),
    });
  });
});

describe("a zip file at an address", () => {
  const lake = "a lake ".repeat(500);
  const served = async () =>
    new FileServer({
      "/set.zip": await makeZip([
        ["a.txt", lake],
        ["b.txt", "b".repeat(200_000), { level: 0 }],
      ]),
    });

  it("is read by range", async () => {
    const from = await served();
    const files = await openFiles("https://example.org/set.zip?key=secret", { fetch: from.fetch });
    expect([files.name, ...(await files.names())]).toEqual(["https://example.org/set.zip", "a.txt", "b.txt"]);
    const before = from.requests.length;
    expect(text(await files.read("a.txt"))).toBe(lake);
    expect(from.requests.slice(before)).toEqual([expect.stringMatching(/^\/set\.zip bytes=0-\d{3}$/)]);
    from.etag = '"2"';
    await expect(files.read("b.txt")).rejects.toMatchObject({
      code: "FILE_CORRUPT",
      message: "https://example.org/set.zip was replaced on the server while it was read: open it again.",
    });
  });

  it("is loaded as a whole where the server can't send parts", async () => {
    const from = await served();
    from.ranges = false;
    const files = await openFiles("https://example.org/set.zip", { fetch: from.fetch });
    expect(text(await files.read("a.txt"))).toBe(lake);
    expect(from.requests).toEqual(["/set.zip bytes=0-0", "/set.zip"]);
  });

  it("that isn't there, or is another kind of archive, is an error", async () => {
    const { fetch } = await served();
    await expect(openFiles("https://example.org/none.zip", { fetch })).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
    await expect(openFiles("https://example.org/set.rar", { fetch })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(openFiles("https://", { fetch })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: '"https://" is no address.',
    });
  });
});
