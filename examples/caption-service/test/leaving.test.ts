import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { Worker } from "node:worker_threads";
import { startBackend } from "@rsdix/backend";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { Models } from "../src/load-models";
import { metric, png, postBytes, postForm, serving, tinyModels } from "./serve";

let models: Models;
let file: Uint8Array;
beforeAll(async () => {
  await startBackend("cpu");
  models = await tinyModels();
  file = await png(1);
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => models.dispose());

/** A request that `leave` ends, as a client does that is closed. */
function asking(url: string, body: Uint8Array | string, type = "image/png") {
  const client = new AbortController();
  const init = { method: "POST", headers: { "content-type": type }, body: body as BodyInit, signal: client.signal };
  const ended = fetch(url, init).catch((error: Error) => error.name);
  return {
    leave: async () => {
      client.abort();
      expect(await ended).toBe("AbortError");
    },
  };
}

/** Waits until the service has forgotten all requests, and has counted so many whose clients left. */
async function expectGone(url: string, count: number) {
  await vi.waitFor(async () => {
    expect(await metric(url, "requests_in_progress")).toBe(0);
    expect(await metric(url, 'requests_total{path="/embed",status="499"}')).toBe(count);
  }, 60_000);
  expect((await postBytes(`${url}/embed`, file)).status).toBe(200);
}

describe("clients that leave give their place to others, and are counted,", () => {
  it.each([
    ["an image", "image/png", ""],
    ["a form", "multipart/form-data; boundary=a", '--a\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\nx'],
    ["addresses", "application/json", '{"urls": ["http'],
  ])("while they send %s", async (_, type, begin) => {
    await serving(models, { maxRequests: 2, maxPerClient: 2 }, async (url) => {
      for (let time = 1; time <= 3; time++) {
        const sent = [0, 1].map(() => {
          const client = request(`${url}/embed`, { method: "POST", headers: { "content-type": type, "content-length": 10_000 } });
          client.on("error", () => {}).write(begin || file.subarray(0, 20));
          return client;
        });
        await expect.poll(() => metric(url, "requests_in_progress")).toBe(2);
        for (const client of sent) client.destroy();
        await expectGone(url, 2 * time);
      }
    });
  });

  it("while their images are fetched, which ends", async () => {
    const site = createServer((_, response) => response.writeHead(200).write("x"));
    const open = () => new Promise<number>((resolve) => site.getConnections((_, count) => resolve(count)));
    await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
    const image = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
    await serving(models, { allowPrivate: true, urlTimeout: 60_000 }, async (url) => {
      const { leave } = asking(`${url}/embed`, JSON.stringify({ urls: [image, image] }), "application/json");
      await expect.poll(open).toBe(2);
      await leave();
      await expect.poll(open).toBe(0);
      await expectGone(url, 1);
    });
    site.close();
  });

  it("while their images are decoded: of a flood of them only those are that had begun", async () => {
    const post = Worker.prototype.postMessage;
    const held: (() => void)[] = [];
    await serving(models, { maxRequests: 20 }, async (url) => {
      await postForm(`${url}/embed`, [file, file]); // the threads have started
      const sent = vi.spyOn(Worker.prototype, "postMessage").mockImplementation(function (this: Worker, job) {
        held.push(() => post.call(this, job));
      });
      const clients = Array.from({ length: 20 }, () => asking(`${url}/embed`, file));
      await expect.poll(() => metric(url, "requests_in_progress")).toBe(20);
      expect(await postBytes(`${url}/embed`, file)).toMatchObject({ status: 503, body: { error: { code: "BUSY" } } });
      await Promise.all(clients.map(({ leave }) => leave()));
      await expect.poll(() => metric(url, "requests_in_progress")).toBe(2); // those keep their places
      expect(sent).toHaveBeenCalledTimes(2);
      sent.mockRestore();
      for (const go of held) go();
      await expectGone(url, 20);
      expect(held).toHaveLength(2);
    });
  });
});
