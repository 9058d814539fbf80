import { gzipSync } from "node:zlib";
import { startBackend } from "@rsdix/backend";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Models } from "../src/load-models";
import { startServer } from "../src/server";
import { DEFAULTS, type Settings } from "../src/settings";
import { holdCaptions } from "./hold-captions";
import { answer, metric, png, postBytes, postForm, postJson, refusal, serving, tinyModels } from "./serve";

let models: Models;
let file: Uint8Array;
beforeAll(async () => {
  await startBackend("cpu");
  models = await tinyModels();
  file = await png(1);
});
afterAll(() => models.dispose());

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
    const caption = (url: string, images = 1) => postForm(`${url}/caption`, Array<Uint8Array>(images).fill(file));
    const within = (settings: Partial<Settings>, waiting: number, refused: (url: string) => Promise<void>) =>
      serving(models, { maxWait: 0, ...settings }, async (url) => {
        const captions = holdCaptions(models);
        const asked = [caption(url)];
        await expect.poll(() => metric(url, "computing_images")).toBe(1);
        if (waiting > 0) asked.push(caption(url, waiting));
        await expect.poll(() => metric(url, "queue_images")).toBe(waiting);
        await refused(url);
        captions.release();
        for (const each of asked) expect((await each).status).toBe(200);
        expect((await caption(url)).status).toBe(200);
        captions.calls.mockRestore();
      });
    await within({ maxQueue: 2 }, 2, async (url) => {
      const full = await caption(url);
      expect(full).toEqual(refusal(503, "QUEUE_FULL", /^2 of at most 2 images wait already, no room for 1 more: try again\.$/));
      expect(full.headers.get("retry-after")).toBe("1");
    });
    await within({ maxQueue: 2 }, 1, async (url) => {
      expect(await caption(url, 2)).toEqual(refusal(503, "QUEUE_FULL", /^1 of at most 2 .* room for 2 more/));
    });
    await within({ maxPerClient: 1 }, 0, async (url) => {
      const theirs = await postBytes(`${url}/embed`, file);
      expect(theirs).toEqual(refusal(429, "TOO_MANY_REQUESTS", /^1 requests of yours are being answered: wait for one of them\.$/));
      expect(theirs.headers.get("retry-after")).toBe("1");
    });
    await within({ maxRequests: 1 }, 0, async (url) => {
      expect(await postBytes(`${url}/embed`, file)).toEqual(refusal(503, "BUSY", /^1 requests are being answered: try again\.$/));
    });
  });
});
