import { describe, expect, it } from "vitest";
import { modelFiles } from "./load-files";
import { type Network, PATIENCE } from "./network";
import { urlSource } from "./read-url";
import { openUrl, roomFor } from "./url-source";

const URL_ = "https://models.example/model.safetensors";
const refused = (code: string, message: RegExp) => expect.objectContaining({ code, message: expect.stringMatching(message) });

/** A body of such pieces. */
const body = (...pieces: unknown[]) =>
  new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });

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
    await expect(open(() => Promise.reject(reason))).rejects.toEqual(refused("DOWNLOAD_FAILED", message));
  });

  it("must give bytes", async () => {
    for (const [piece, message] of [
      ["abc", /bytes \(Uint8Array\), got text/],
      [new ArrayBuffer(4), /got \[object ArrayBuffer\]/],
      [Float32Array.of(1), /got \[object Float32Array\]/],
      [undefined, /got undefined/],
    ] as const) {
      await expect(open(async () => new Response(body(piece)))).rejects.toEqual(refused("INVALID_ARGUMENT", message));
      const ranges = async () => new Response(body(piece), { status: 206, headers: { "Content-Range": "bytes 0-2/3" } });
      await expect(open(ranges)).rejects.toEqual(refused("INVALID_ARGUMENT", message));
    }
    const source = (await open(async () => new Response(body(Uint8Array.of(1), Buffer.from([2])))))!;
    expect([...(await source.read(0, 2))]).toEqual([1, 2]);
  });

  it.each(["abc", "-5", "1e3", "5, 5", ""])('must tell lengths as they are, not as "%s"', async (length) => {
    const response = async () => new Response(body(Uint8Array.of(1)), { headers: { "Content-Length": length } });
    await expect(open(response)).rejects.toEqual(refused("FILE_CORRUPT", /announces a length of ".*" bytes/));
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
      const ended = Promise.all(loading.map((each) => expect(each).rejects.toEqual(refused("ABORTED", /was stopped/))));
      setTimeout(() => controller.abort(), 20);
      await ended;
      await expect(open(fetch, { stallMs: 20 })).rejects.toEqual(refused("DOWNLOAD_FAILED", /nothing came for 0.02 seconds/));
    }
  });
});
