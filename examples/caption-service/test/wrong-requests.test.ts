import { connect } from "node:net";
import { startBackend } from "@rsdix/backend";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Models } from "../src/load-models";
import { answer, form, jpeg, metric, png, postBytes, postForm, postJson, refusal, serving, tinyModels } from "./serve";
import { ROOM } from "./tiny-models";

let models: Models;
let file: Uint8Array;
beforeAll(async () => {
  await startBackend("cpu");
  models = await tinyModels();
  file = await png(1);
});
afterAll(() => models.dispose());

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

describe("wrong requests", () => {
  it("refuses what is no image, damaged, cut off or empty", async () => {
    const photo = await jpeg(2, 64, 64);
    await serving(models, {}, async (url) => {
      const notAnImage = (message: RegExp) => refusal(422, "NOT_AN_IMAGE", message);
      expect(await postBytes(`${url}/caption`, new TextEncoder().encode("<svg/>"))).toEqual(notAnImage(/^The image cannot be decoded/));
      const drawing = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>');
      expect(await postBytes(`${url}/caption`, drawing)).toEqual(notAnImage(/^The image is SVG, expected one of .*, avif\.$/));
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
    [{ beams: "0x2" }, /^beams: must be a whole number from 1, got "0x2"\.$/],
    [{ beams: "2e0" }, /^beams: must be a whole number from 1, got "2e0"\.$/],
    [{ seed: "1e3" }, /^seed: must be a whole number from 0, got "1e3"\.$/],
    [{ max_tokens: "5." }, /^max_tokens: must be a whole number from 1, got "5\."\.$/],
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
    ["has no Host", "GET /health HTTP/1.1\r\n\r\n", 400, "INVALID_REQUEST", /^The request isn't one of HTTP \(Missing host header\)\.$/],
    [
      "expects what isn't done",
      "GET /health HTTP/1.1\r\nHost: x\r\nExpect: nonsense\r\n\r\n",
      417,
      "EXPECTATION_FAILED",
      /^The request expects "nonsense", which isn't done here: send it without Expect, or with 100-continue\.$/,
    ],
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
      await expect.poll(() => metric(url, "requests_in_progress")).toBe(0);
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
