import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as tick } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { startBackend } from "@rsdix/backend";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Models } from "../src/load-models";
import { turns } from "../src/turns";
import { metric, png, postForm, postJson, serving, tinyModels } from "./serve";

const post = Worker.prototype.postMessage;
let models: Models;
beforeAll(async () => {
  await startBackend("cpu");
  models = await tinyModels();
});
afterAll(() => models.dispose());

/** A server where /bad is not found, and all else sends something and doesn't end. */
async function endlessSite(): Promise<{ url: string; server: Server; open: () => Promise<number> }> {
  const server = createServer(({ url }, response) => {
    if (url === "/bad")
      setTimeout(() => response.writeHead(404).end(), 50); // the others have begun by then
    else response.writeHead(200).write(new Uint8Array(100_000));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, server, open: () => new Promise((resolve) => server.getConnections((_, count) => resolve(count))) };
}

describe("a request that is refused", () => {
  it("goes on fetching nothing", async () => {
    const { url, server, open } = await endlessSite();
    const urls = [`${url}/bad`, ...Array.from({ length: 15 }, (_, i) => `${url}/${i}`)];
    await serving(models, { allowPrivate: true, maxRequests: 1, maxPerClient: 1, urlTimeout: 60_000 }, async (service) => {
      for (let time = 0; time < 3; time++) {
        expect(await postJson(`${service}/embed`, { urls })).toMatchObject({ status: 502, body: { error: { code: "URL_FAILED" } } });
        expect(await metric(service, "requests_in_progress")).toBe(0);
      }
      await expect.poll(open).toBe(0);
    });
    server.close();
  });

  it("begins to decode nothing more, and holds its place until what it had begun has ended", async () => {
    const sent = vi.spyOn(Worker.prototype, "postMessage");
    let decoded = 0;
    let hearRefusal = () => {};
    const refusal = new Promise<void>((resolve) => (hearRefusal = resolve));
    sent.mockImplementation(function (this: Worker, job) {
      this.once("message", () => {
        decoded++;
        hearRefusal();
      });
      const isFirst = sent.mock.calls.length === 1;
      (isFirst ? Promise.resolve() : refusal).then(() => post.call(this, job)); // a thread that starts sooner would be done before it
    });
    const large = await png(1, 1000, 1000);
    await serving(models, {}, async (url) => {
      expect(await postForm(`${url}/embed`, [Uint8Array.of(1, 2, 3), ...Array.from({ length: 15 }, () => large)])).toMatchObject({
        status: 422,
        body: { error: { code: "NOT_AN_IMAGE", message: expect.stringMatching(/^Image 1 of 16 /) } },
      });
      expect(sent).toHaveBeenCalledTimes(2); // as many as decode at a time
      expect(decoded).toBe(2);
      expect(await metric(url, "requests_in_progress")).toBe(0);
      expect((await postForm(`${url}/embed`, [large])).status).toBe(200);
    });
    sent.mockRestore();
  });
});

describe("turns", () => {
  const never = new AbortController().signal;

  it("are taken so many at a time, in order, and handed on by what fails too", async () => {
    const inTurn = turns(2);
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const work = [0, 1, 2, 3].map((i) =>
      inTurn(never, async () => {
        begun.push(i);
        await new Promise<void>((resolve) => ends.push(resolve));
        if (i === 0) throw new Error("broken");
        return i;
      }),
    );
    const all = Promise.allSettled(work);
    await tick();
    expect(begun).toEqual([0, 1]);
    ends[0]!();
    await tick();
    await tick();
    expect(begun).toEqual([0, 1, 2]);
    ends[1]!();
    await tick();
    await tick();
    expect(begun).toEqual([0, 1, 2, 3]);
    for (const end of ends) end();
    expect((await all).map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled", "fulfilled"]);
    expect(await inTurn(never, async () => "next")).toBe("next");
  });

  it("are not taken by what the failure of the one before stops", async () => {
    const inTurn = turns(1);
    const failed = new AbortController();
    const next = vi.fn(async () => "next");
    const bad = async () => {
      await inTurn(failed.signal, async () => Promise.reject(new Error("broken")));
    };
    const request = [bad(), inTurn(failed.signal, next)].map(async (each) => each); // as promises of promises are in a request
    for (const each of request) each.catch((error: unknown) => failed.abort(error));
    expect(await Promise.allSettled(request)).toMatchObject([{ status: "rejected" }, { status: "rejected" }]);
    expect(next).not.toHaveBeenCalled();
    expect(await inTurn(never, async () => "other")).toBe("other");
  });

  it("are not waited for by what was stopped, which never begins", async () => {
    const inTurn = turns(1);
    let end = () => {};
    const first = inTurn(never, () => new Promise<void>((resolve) => (end = resolve)));
    const stopped = new AbortController();
    const work = vi.fn(async () => "second");
    const second = inTurn(stopped.signal, work);
    const third = inTurn(never, async () => "third");
    stopped.abort(new Error("stopped"));
    await expect(second).rejects.toThrow("stopped"); // while the first goes on
    end();
    await first;
    expect(await third).toBe("third");
    await expect(inTurn(stopped.signal, work)).rejects.toThrow("stopped");
    expect(work).not.toHaveBeenCalled();
  });
});
