import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { startBackend } from "@rsdix/backend";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Models } from "../src/load-models";
import { startServer } from "../src/server";
import { DEFAULTS } from "../src/settings";
import { answer, form, jpeg, metric, png, postBytes, postForm, postJson, serving, tinyModels } from "./serve";
import { ROOM } from "./tiny-models";

let models: Models;
let file: Uint8Array;
beforeAll(async () => {
  await startBackend("cpu");
  models = await tinyModels();
  file = await png(1);
});
afterAll(() => models.dispose());

/** What a refused request is answered. */
const refusal = (status: number, code: string, message: RegExp) =>
  expect.objectContaining({ status, body: { error: { code, message: expect.stringMatching(message) } } });

/** All that the service says to bytes, and to more that follow once it has begun to answer. */
function said(url: string, bytes: string | Uint8Array, more?: string): Promise<string> {
  return new Promise((resolve) => {
    let heard = "";
    const socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.write(bytes));
    socket
      .on("data", (part) => {
        if (heard === "" && more !== undefined) socket.write(more);
        heard += part;
        if (more === undefined && /\}\}|\r\n0\r\n\r\n$/.test(heard)) socket.end();
      })
      .on("error", () => {})
      .on("close", () => resolve(heard));
  });
}

describe("an address to listen at", () => {
  it.each(["256.1.1.1", "192.0.2.1"])("that this machine hasn't, %s, is refused by the option that gave it", async (host) => {
    await expect(startServer(models, DEFAULTS, { host, port: 0 })).rejects.toMatchObject({
      code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN|EADDRNOTAVAIL)$/),
      message: expect.stringMatching(
        /^--host: this machine can't listen at "[\d.]+" \(.+\)\. Give an address or a name that it has, such as /,
      ),
    });
  });
});

describe("limits", () => {
  it("refuses a body that is too large, by its announced length and by what comes", async () => {
    await serving(models, { maxBody: 1000 }, async (url) => {
      const tooLarge = refusal(413, "BODY_TOO_LARGE", /^The body has more than 1000 bytes: send fewer images, or smaller ones\.$/);
      const bytes = new Uint8Array(1001);
      expect(await postBytes(`${url}/caption`, bytes)).toEqual(tooLarge);
      expect(await postForm(`${url}/embed`, [bytes])).toEqual(tooLarge);
      const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(100)) }, { highWaterMark: 0 });
      const init = { method: "POST", headers: { "content-type": "image/png" }, body: endless, duplex: "half" } as RequestInit;
      expect(await answer(`${url}/caption`, init)).toEqual(tooLarge);
      expect(await metric(url, "requests_in_progress")).toBe(0);
    });
  });

  it("refuses too many images, files and pixels that are too large", async () => {
    await serving(models, { maxImages: 2, maxImageBytes: 5000, maxPixels: 400 }, async (url) => {
      expect(await postForm(`${url}/caption`, [file, file, file])).toEqual(
        refusal(413, "TOO_MANY_IMAGES", /^More than 2 images, the most of a request: send several requests\.$/),
      );
      expect(await postJson(`${url}/caption`, { urls: ["a", "b", "c"] })).toEqual(
        refusal(413, "TOO_MANY_IMAGES", /^3 images, at most 2 a request are taken: send several requests\.$/),
      );
      expect(await postForm(`${url}/embed`, [file, new Uint8Array(5001)])).toEqual(
        refusal(413, "IMAGE_TOO_LARGE", /^Image 2 of 2 has 5001 bytes, at most 5000 are taken\.$/),
      );
      expect(await postBytes(`${url}/embed`, await png(1, 21, 20))).toEqual(
        refusal(413, "TOO_MANY_PIXELS", /^The image has 21 x 20 pixels, at most 400 are taken: send it smaller, or cut it\.$/),
      );
      expect((await postBytes(`${url}/embed`, await png(1, 20, 20))).status).toBe(200);
    });
  });

  it("refuses a body that is encoded, whatever it holds, and takes one that says that it isn't", async () => {
    await serving(models, {}, async (url) => {
      const post = (body: Uint8Array, type: string, encoding: string) =>
        answer(`${url}/embed`, {
          method: "POST",
          headers: { "content-type": type, "content-encoding": encoding },
          body: body as BodyInit,
        });
      for (const type of ["image/png", "application/json", "multipart/form-data; boundary=a"])
        expect(await post(gzipSync(file), type, "gzip")).toEqual(
          refusal(415, "UNSUPPORTED_MEDIA_TYPE", /^The body has Content-Encoding "gzip": send it as it is, without one;/),
        );
      expect((await post(file, "image/png", "Identity")).status).toBe(200);
    });
  });

  it("does not tell a request to try again that has more images than may ever wait", async () => {
    await serving(models, { maxImages: 16, maxQueue: 2 }, async (url) => {
      expect(await postForm(`${url}/embed`, [file, file, file])).toEqual(refusal(413, "TOO_MANY_IMAGES", /^More than 2 images/));
      expect(await postJson(`${url}/embed`, { urls: ["a", "b", "c"] })).toEqual(refusal(413, "TOO_MANY_IMAGES", /^3 images, at most 2/));
      expect((await postForm(`${url}/embed`, [file, file])).status).toBe(200);
    });
  });

  it("refuses a decompression bomb before it takes memory", async () => {
    const bomb = new Uint8Array(await png(1, 8, 8));
    new DataView(bomb.buffer).setUint32(16, 60_000); // columns and rows in the header
    new DataView(bomb.buffer).setUint32(20, 60_000);
    await serving(models, {}, async (url) => {
      const before = process.memoryUsage().rss;
      expect(await postBytes(`${url}/caption`, bomb)).toEqual(refusal(413, "TOO_MANY_PIXELS", /^The image has 60000 x 60000 pixels/));
      expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
    });
  });

  it("refuses an endless strip before it is decoded, and takes a long image", async () => {
    await serving(models, {}, async (url) => {
      const narrow = refusal(
        422,
        "IMAGE_TOO_NARROW",
        /^The image has 1 x 1001 pixels: one side may have at most 1000 times those of the other\.$/,
      );
      expect(await postBytes(`${url}/embed`, await png(1, 1, 1001))).toEqual(narrow);
      const strip = new Uint8Array(await png(1, 8, 8));
      new DataView(strip.buffer).setUint32(16, 24_000_000);
      new DataView(strip.buffer).setUint32(20, 1);
      expect(await postForm(`${url}/embed`, [file, strip])).toEqual(
        refusal(422, "IMAGE_TOO_NARROW", /^Image 2 of 2 has 24000000 x 1 pixels/),
      );
      expect((await postBytes(`${url}/embed`, await png(1, 1000, 1))).status).toBe(200);
    });
  });

  it("refuses JSON that is far larger than its addresses, before it is parsed", async () => {
    await serving(models, { maxImages: 2 }, async (url) => {
      const nested = (depth: number) => new TextEncoder().encode(`{"urls":${"[".repeat(depth)}${"]".repeat(depth)}}`);
      expect(await postBytes(`${url}/caption`, nested(12_300), "application/json")).toEqual(
        refusal(413, "BODY_TOO_LARGE", /^JSON may have at most 24576 bytes, with 2 addresses: send fewer, or shorter ones\.$/),
      );
      expect(await postBytes(`${url}/caption`, nested(12_000), "application/json")).toEqual(
        refusal(422, "INVALID_OPTION", /^urls must be/),
      );
    });
  });

  it("refuses what would wait too long, and one client that asks for too much", async () => {
    await serving(models, { maxQueue: 2, maxWait: 400, maxBatch: 8 }, async (url) => {
      const waits = postForm(`${url}/caption`, [file, file]);
      await vi.waitFor(async () => expect(await metric(url, "queue_images")).toBe(2));
      const full = await postBytes(`${url}/caption`, file);
      expect(full).toEqual(refusal(503, "QUEUE_FULL", /^2 of at most 2 images wait already, no room for 1 more: try again\.$/));
      expect(full.headers.get("retry-after")).toBe("1");
      expect((await waits).status).toBe(200);
      const one = postBytes(`${url}/caption`, file);
      await vi.waitFor(async () => expect(await metric(url, "queue_images")).toBe(1));
      expect(await postForm(`${url}/caption`, [file, file])).toEqual(refusal(503, "QUEUE_FULL", /^1 of at most 2 .* room for 2 more/));
      expect((await one).status).toBe(200);
      expect((await postBytes(`${url}/caption`, file)).status).toBe(200);
    });
    await serving(models, { maxPerClient: 1, maxWait: 400 }, async (url) => {
      const waits = postBytes(`${url}/caption`, file);
      await vi.waitFor(async () => expect(await metric(url, "queue_images")).toBe(1));
      const theirs = await postBytes(`${url}/embed`, file);
      expect(theirs).toEqual(refusal(429, "TOO_MANY_REQUESTS", /^1 requests of yours are being answered: wait for one of them\.$/));
      expect(theirs.headers.get("retry-after")).toBe("1");
      expect((await waits).status).toBe(200);
    });
    await serving(models, { maxRequests: 1, maxWait: 400 }, async (url) => {
      const waits = postBytes(`${url}/caption`, file);
      await vi.waitFor(async () => expect(await metric(url, "queue_images")).toBe(1));
      expect(await postBytes(`${url}/embed`, file)).toEqual(refusal(503, "BUSY", /^1 requests are being answered: try again\.$/));
      expect((await waits).status).toBe(200);
    });
  });
});

describe("wrong requests", () => {
  it("refuses what is no image, damaged, cut off or empty", async () => {
    const photo = await jpeg(2, 64, 64);
    await serving(models, {}, async (url) => {
      const notAnImage = (message: RegExp) => refusal(422, "NOT_AN_IMAGE", message);
      expect(await postBytes(`${url}/caption`, new TextEncoder().encode("<svg/>"))).toEqual(notAnImage(/^The image cannot be decoded/));
      expect(await postForm(`${url}/embed`, [file, photo.subarray(0, photo.length >> 1)])).toEqual(notAnImage(/^Image 2 of 2 .*truncated/));
      expect(await postBytes(`${url}/caption`, file.subarray(0, file.length - 20))).toEqual(notAnImage(/^The image .*truncated/));
      expect(await postBytes(`${url}/caption`, new Uint8Array(0))).toEqual(notAnImage(/^The image is empty\.$/));
      expect(await postForm(`${url}/caption`, [file, new Uint8Array(0)])).toEqual(notAnImage(/^Image 2 of 2 is empty\.$/));
      expect(await metric(url, "queue_images")).toBe(0);
    });
  });

  it("refuses bodies of other kinds, and those that aren't what they say", async () => {
    await serving(models, {}, async (url) => {
      const post = (type: string, body: string) => postBytes(`${url}/caption`, new TextEncoder().encode(body), type);
      expect(await post("text/plain", "x")).toEqual(refusal(415, "UNSUPPORTED_MEDIA_TYPE", /multipart\/form-data.*got "text\/plain"\.$/));
      expect(await answer(`${url}/caption`, { method: "POST" })).toEqual(refusal(415, "UNSUPPORTED_MEDIA_TYPE", /got no Content-Type\.$/));
      expect(await post("application/json", "{")).toEqual(refusal(400, "INVALID_BODY", /isn't a JSON object/));
      expect(await post("application/json", "[]")).toEqual(refusal(400, "INVALID_BODY", /isn't a JSON object/));
      expect(await post("multipart/form-data", "x")).toEqual(
        refusal(400, "INVALID_BODY", /multipart\/form-data that its Content-Type says/),
      );
      expect(await post("multipart/form-data; boundary=a", "--a\r\nx")).toEqual(refusal(400, "INVALID_BODY", /multipart/));
      expect(await postForm(`${url}/embed`, [], { a: "b" })).toEqual(refusal(422, "NO_IMAGES", /^The request has no image\.$/));
      expect(await postJson(`${url}/embed`, { urls: [] })).toEqual(refusal(422, "NO_IMAGES", /no image/));
      expect(await postJson(`${url}/embed`, { url: "http://x" })).toEqual(
        refusal(422, "INVALID_OPTION", /^urls must be a list of addresses\.$/),
      );
      expect(await postJson(`${url}/embed`, { urls: [1] })).toEqual(refusal(422, "INVALID_OPTION", /^urls must be a list/));
    });
  });

  it.each([
    [{ beam: "3" }, /^There is no option "beam"; there are beams, length_penalty, .*, stream\.$/],
    [{ beams: "0" }, /^beams: must be a whole number from 1, got "0"\.$/],
    [{ beams: "" }, /^beams: must be a whole number from 1, got ""\.$/],
    [{ beams: "two" }, /^beams: must be a whole number from 1, got "two"\.$/],
    [{ beams: "9" }, /^beams: at most 8, got 9\.$/],
    [{ max_tokens: String(ROOM + 1) }, /^max_tokens: this model has room for 30, got 31\.$/],
    [{ length_penalty: "2" }, /^length_penalty ranks beams: it needs at least 2\.$/],
    [{ top_p: "0.5" }, /give a seed to draw from/],
    [{ seed: "1", top_p: "1.5" }, /^top_p: must be a number above 0 and at most 1, got "1\.5"\.$/],
    [{ seed: "1", temperature: "0" }, /^temperature: must be a number from 0\.01 to 100, got "0"\.$/],
    [{ seed: "1", beams: "2" }, /^A caption is drawn \(seed\) or searched for \(beams\), not both\.$/],
    [{ stream: "yes" }, /^stream: must be true or false, got "yes"\.$/],
    [{ repetition_penalty: "NaN" }, /^repetition_penalty: must be a number from 1 to 1000, got "NaN"\.$/],
    [{ no_repeat_ngram: "1.5" }, /^no_repeat_ngram: must be a whole number from 1, got "1\.5"\.$/],
    [{ __proto__: null, constructor: "1" }, /^There is no option "constructor"/],
  ] as [Record<string, string>, RegExp][])("refuses the options %o", async (options, message) => {
    await serving(models, {}, async (url) => {
      const invalid = refusal(422, "INVALID_OPTION", message);
      expect(await postForm(`${url}/caption`, [file], options)).toEqual(invalid);
      expect(await postBytes(`${url}/caption?${new URLSearchParams(options)}`, file)).toEqual(invalid);
    });
  });

  it.each([
    { seed: "9007199254740991", top_k: "9007199254740991", temperature: "100" },
    { seed: "0", top_p: "1e-300", temperature: "0.01" },
    { beams: "8", length_penalty: "-10", no_repeat_ngram: "9007199254740991" },
    { beams: "8", length_penalty: "10", max_tokens: String(ROOM), repetition_penalty: "1" },
    { beams: "1", max_tokens: "1", repetition_penalty: "1000", no_repeat_ngram: "1" },
  ])("takes the options %o, which are at their ends", async (options) => {
    await serving(models, {}, async (url) => {
      expect(await postForm(`${url}/caption`, [file], options as unknown as Record<string, string>)).toMatchObject({ status: 200 });
    });
  });

  it("refuses options that are given twice, and those of captions for embeddings", async () => {
    await serving(models, {}, async (url) => {
      const twice = refusal(422, "INVALID_OPTION", /^The option "beams" is given twice\.$/);
      expect(await postForm(`${url}/caption?beams=2`, [file], { beams: "2" })).toEqual(twice);
      expect(await postBytes(`${url}/caption?beams=2&beams=3`, file)).toEqual(twice);
      expect(await postForm(`${url}/embed`, [file], { beams: "2" })).toEqual(
        refusal(422, "INVALID_OPTION", /^\/embed has no options, got "beams"\.$/),
      );
    });
  });

  it("says what there is for other paths and methods", async () => {
    await serving(models, {}, async (url) => {
      expect(await answer(`${url}/captions`)).toEqual(refusal(404, "NOT_FOUND", /POST \/caption/));
      const other = await answer(`${url}/caption`);
      expect(other).toEqual(refusal(405, "METHOD_NOT_ALLOWED", /^\/caption takes POST\.$/));
      expect(other.headers.get("allow")).toBe("POST");
      expect((await answer(`${url}/metrics`, { method: "DELETE" })).headers.get("allow")).toBe("GET, HEAD");
      expect(await answer(`${url}/health`, { method: "POST", body: form([file]) })).toEqual(
        refusal(405, "METHOD_NOT_ALLOWED", /takes GET, HEAD\.$/),
      );
      expect(await answer(`${url}/health`)).toMatchObject({ status: 200, body: { status: "ok" } });
    });
  });

  it.each<[string, string, number, string, RegExp]>([
    ["is no HTTP", "HELLO\r\n\r\n", 400, "INVALID_REQUEST", /^The request isn't one of HTTP \(HPE_\w+\)\.$/],
    ["names no host", "POST /caption HTTP/1.1\r\nHost: [\r\n\r\n", 400, "INVALID_REQUEST", /^The request isn't one of HTTP \(.+\)\.$/],
    [
      "has an endless head",
      `GET /health HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(20_000)}\r\n\r\n`,
      431,
      "HEAD_TOO_LARGE",
      /head is too large/,
    ],
    [
      "does not end",
      "POST /caption HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 9\r\n\r\nx",
      408,
      "REQUEST_TIMEOUT",
      /^The request didn't arrive within 300 ms/,
    ],
  ])("gives a reason to a request that %s", async (_, text, status, code, message) => {
    await serving(models, { bodyTimeout: 300 }, async (url) => {
      const [head, body] = (await said(url, text)).split("\r\n\r\n") as [string, string];
      expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(head).toMatch(/^content-type: application\/json$/im);
      expect(JSON.parse(body)).toEqual({ error: { code, message: expect.stringMatching(message) } });
      await vi.waitFor(async () => expect(await metric(url, "requests_in_progress")).toBe(0));
    });
  });

  it("does not answer what is broken in the midst of another answer", async () => {
    await serving(models, { maxWait: 500 }, async (url) => {
      const first = `POST /caption?stream=true HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: ${file.length}\r\n\r\n`;
      const text = await said(url, Buffer.concat([Buffer.from(first), file]), "HELLO\r\n\r\n");
      expect(text).toMatch(/^HTTP\/1\.1 200 /);
      expect(text).not.toContain("INVALID_REQUEST");
    });
  });

  it("says of a fault of its own no more than that there was one, and answers the next", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const stream = vi.spyOn(models.captioner, "captionStream").mockImplementationOnce(() => {
      throw new Error("secret");
    });
    await serving(models, {}, async (url) => {
      expect(await postBytes(`${url}/caption`, file)).toEqual(
        refusal(500, "INTERNAL", /^The service failed at this request; its log says why\.$/),
      );
      expect(log).toHaveBeenCalledOnce();
      expect((await postBytes(`${url}/caption`, file)).status).toBe(200);
    });
    stream.mockRestore();
    log.mockRestore();
  });
});
