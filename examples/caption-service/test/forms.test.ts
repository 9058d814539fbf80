import { Busboy } from "@fastify/busboy";
import { startBackend } from "@rsdix/backend";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Models } from "../src/load-models";
import { readForm } from "../src/read-form";
import { DEFAULTS } from "../src/settings";
import { jpeg, metric, png, postBytes, postForm, refusal, serving, tinyModels } from "./serve";

let models: Models;
let file: Uint8Array;
beforeAll(async () => {
  await startBackend("cpu");
  models = await tinyModels();
  file = await png(1);
});
afterAll(() => models.dispose());

/** The bytes of a form, from the head and content of each part. */
function bytesOf(parts: readonly (readonly [head: string, content: string | Uint8Array])[], boundary: string, end = `--${boundary}--\r\n`) {
  const pieces = parts.flatMap(([head, content]) => [`--${boundary}\r\n${head}\r\n\r\n`, content, "\r\n"]);
  return Buffer.concat([...pieces, end].map((piece) => Buffer.from(piece as string)));
}
const field = (name: string) => `Content-Disposition: form-data; name="${name}"`;
const image = `${field("image")}; filename="a"`;
const type = (boundary: string) => `multipart/form-data; boundary=${boundary}`;

/** What comes of reading a form that arrives in pieces, and how many of its bytes were parsed. */
async function read(body: Uint8Array) {
  const pieces = Array.from({ length: Math.ceil(body.length / 4096) }, (_, i) => body.subarray(4096 * i, 4096 * (i + 1)));
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => (pieces.length > 0 ? controller.enqueue(pieces.shift()!) : controller.close()),
  });
  const init = { method: "POST", headers: { "content-type": type("a") }, body: stream, duplex: "half" } as RequestInit;
  const write = vi.spyOn(Busboy.prototype, "write");
  const error = await readForm(new Request("http://x/", init), DEFAULTS).catch((error: unknown) => error);
  const parsed = write.mock.calls.reduce((sum, [chunk]) => sum + (chunk as Uint8Array).length, 0);
  write.mockRestore();
  return { error, parsed, left: pieces.length };
}

describe("forms", () => {
  it.each([
    ["images", () => image, "TOO_MANY_IMAGES", "More than 16 images, the most of a request: send several requests."],
    [
      "fields",
      (i: number) => field(`f${i}`),
      "TOO_MANY_FIELDS",
      "The form has more than 50 fields that are no images: send options alone.",
    ],
    ["other parts", () => "X: y", "TOO_MANY_FIELDS", "The form has more than 50 fields that are no images: send options alone."],
  ])("are parsed up to the first of the %s that is too many, and no further", async (_, head, code, message) => {
    const body = bytesOf(
      Array.from({ length: 5000 }, (_, i) => [head(i), "x"] as const),
      "a",
    );
    const { error, parsed, left } = await read(body);
    expect(error).toMatchObject({ status: 413, code, message });
    expect(parsed).toBeGreaterThan(500);
    expect(parsed).toBeLessThan(10_000);
    expect(left).toBe(0);
  });

  it("that hold too much are refused by the service, which answers the next", async () => {
    const bytes = bytesOf(Array(170_000).fill([image, "x"]), "a");
    await serving(models, {}, async (url) => {
      expect(await postBytes(`${url}/caption`, bytes, type("a"))).toEqual(refusal(413, "TOO_MANY_IMAGES", /^More than 16/));
      const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`f${i}`, "x"]));
      expect(await postForm(`${url}/caption`, [file], many)).toEqual(refusal(413, "TOO_MANY_FIELDS", /more than 50 fields/));
      await expect.poll(() => metric(url, "requests_in_progress")).toBe(0);
      expect((await postForm(`${url}/caption`, Array(16).fill(file))).status).toBe(200);
    });
  });

  it("may have a boundary of one letter, an end after their end, and binary files", async () => {
    const photo = await jpeg(2, 64, 64);
    await serving(models, {}, async (url) => {
      const { body } = await postForm(`${url}/caption`, [file, photo], { beams: "2" });
      const parts = [[image, file] as const, [field("beams"), "2"] as const, [image, photo] as const];
      for (const boundary of ["a", "0", "----a b"]) {
        const bytes = bytesOf(parts, boundary, `--${boundary}--\r\nthe end`);
        expect(await postBytes(`${url}/caption`, bytes, type(JSON.stringify(boundary)))).toMatchObject({ status: 200, body });
      }
    });
  });

  it("are refused where they are cut off, or have fields that are too long, unnamed or in an unknown encoding", async () => {
    await serving(models, {}, async (url) => {
      const post = (parts: Parameters<typeof bytesOf>[0], end?: string) =>
        postBytes(`${url}/caption`, bytesOf([[image, file], ...parts], "a", end), type("a"));
      const invalid = refusal(400, "INVALID_BODY", /^The body isn't the multipart\/form-data that its Content-Type says\.$/);
      expect(await post([], "")).toEqual(invalid);
      expect(await post([], `--a\r\n${image}\r\n\r\nx`)).toEqual(invalid);
      expect(await post([], "--a\r\n")).toEqual(invalid);
      expect(await post([["Content-Disposition: form-data", "x"]])).toEqual(invalid);
      expect(await post([[field("beams"), "2".repeat(1001)]])).toEqual(
        refusal(422, "INVALID_OPTION", /^A field has more than 1000 bytes: no option has\.$/),
      );
      const charset = `${field("beams")}\r\nContent-Type: text/plain; charset=no-such`;
      expect(await post([[charset, "\xff"]])).toEqual(refusal(422, "INVALID_OPTION", /^beams: /));
      expect((await post([])).status).toBe(200);
    });
  });
});
