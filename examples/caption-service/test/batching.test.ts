import { setTimeout as pause } from "node:timers/promises";
import { startBackend } from "@rsdix/backend";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Batcher } from "../src/batcher";
import type { Models } from "../src/load-models";
import { holdCaptions } from "./hold-captions";
import { metric, png, postBytes, postForm, serving, tinyModels } from "./serve";

const never = new AbortController().signal;

/** A queue before something that doubles numbers, and the batches that it computed. */
function doubling(options: Partial<{ maxBatch: number; maxWait: number; maxQueue: number; milliseconds: number }> = {}) {
  const batches: number[][] = [];
  const stopped: number[][] = [];
  const { milliseconds = 0, ...rest } = options;
  const batcher = new Batcher<number, number>({
    ...{ maxBatch: 4, maxWait: 20, maxQueue: 100, ...rest },
    async run(items, signal, say) {
      batches.push(items);
      await pause(milliseconds, undefined, { signal }).catch(() => {
        stopped.push(items);
        throw new Error("stopped");
      });
      for (const [at, item] of items.entries()) say(at, 2 * item, true);
    },
  });
  return { batcher, batches, stopped };
}

describe("the queue", () => {
  it("computes what comes together together, by key, at most so many at a time, in order", async () => {
    const { batcher, batches } = doubling();
    const a = [1, 2, 3].map((item) => batcher.submit([item], { key: "a", signal: never }));
    const b = batcher.submit([10, 11], { key: "b", signal: never });
    const rest = batcher.submit([4, 5, 6], { key: "a", signal: never });
    expect(await Promise.all([...a, b, rest])).toEqual([[2], [4], [6], [20, 22], [8, 10, 12]]);
    expect(batches).toEqual([
      [1, 2, 3, 4],
      [10, 11],
      [5, 6],
    ]);
  });

  it("does not wait for others once a batch is full, nor after it was told to hurry", async () => {
    const { batcher, batches } = doubling({ maxWait: 1e6 });
    expect(await batcher.submit([1, 2, 3, 4], { key: "a", signal: never })).toEqual([2, 4, 6, 8]);
    const one = batcher.submit([5], { key: "a", signal: never });
    const three = batcher.submit([6, 7, 8], { key: "a", signal: never });
    expect(await Promise.all([one, three])).toEqual([[10], [12, 14, 16]]);
    const alone = batcher.submit([9], { key: "a", signal: never });
    batcher.hurry();
    expect(await alone).toEqual([18]);
    expect(await batcher.submit([10], { key: "a", signal: never })).toEqual([20]);
    expect(batches).toEqual([[1, 2, 3, 4], [5, 6, 7, 8], [9], [10]]);
  });

  it("forgets what nobody waits for, and stops a batch only when none of it is wanted", async () => {
    const { batcher, batches, stopped } = doubling({ maxBatch: 2, maxWait: 0, milliseconds: 50 });
    const [first, second, third] = [1, 2, 3].map(() => new AbortController()) as [AbortController, AbortController, AbortController];
    const left = new Error("left");
    const running = [batcher.submit([1], { key: "a", signal: first.signal }), batcher.submit([2], { key: "a", signal: second.signal })];
    await vi.waitFor(() => expect(batcher.computing).toBe(2), 60_000);
    const waiting = batcher.submit([3], { key: "a", signal: third.signal });
    const last = batcher.submit([4], { key: "a", signal: never });
    third.abort(left);
    await expect(waiting).rejects.toBe(left);
    expect(batcher.waiting).toBe(1);
    first.abort(left);
    await expect(running[0]).rejects.toBe(left);
    expect(await running[1]).toEqual([4]); // it went on for the other
    expect(await last).toEqual([8]);
    expect(stopped).toEqual([]);
    const both = new AbortController();
    const gone = batcher.submit([5, 6], { key: "a", signal: both.signal });
    await vi.waitFor(() => expect(batcher.computing).toBe(2), 60_000);
    both.abort(left);
    await expect(gone).rejects.toBe(left);
    await vi.waitFor(() => expect(stopped).toEqual([[5, 6]]), 60_000);
    expect(batches).toEqual([[1, 2], [4], [5, 6]]);
    await expect(async () => batcher.submit([7], { key: "a", signal: both.signal })).rejects.toBe(left);
  });

  it("tells everybody of a batch that failed, and goes on", async () => {
    let calls = 0;
    const batcher = new Batcher<number, number>({
      ...{ maxBatch: 2, maxWait: 5, maxQueue: 10 },
      async run(items, _, say) {
        say(0, 0, true);
        if (++calls === 1) throw new Error("broken");
        for (const at of items.keys()) say(at, 1, true);
      },
    });
    const results = await Promise.allSettled([1, 2, 3].map((item) => batcher.submit([item], { key: "a", signal: never })));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]); // the first was answered before
    expect(batcher.computing).toBe(0);
  });

  it("refuses more than may wait", async () => {
    const { batcher } = doubling({ maxQueue: 2 });
    const two = batcher.submit([1, 2], { key: "a", signal: never });
    await expect(async () => batcher.submit([3], { key: "a", signal: never })).rejects.toMatchObject({ status: 503, code: "QUEUE_FULL" });
    expect(await two).toEqual([2, 4]);
  });
});

describe("the service", () => {
  let models: Models;
  let file: Uint8Array;
  beforeAll(async () => {
    await startBackend("cpu");
    models = await tinyModels();
    file = await png(1);
  });
  afterAll(() => models.dispose());

  it("answers requests that come together by one call of the model", async () => {
    const encode = vi.spyOn(models.encoder, "encodeImage");
    const decode = vi.spyOn(models.captioner, "captionStream");
    const files = await Promise.all([1, 2, 3, 4, 5, 6].map((seed) => png(seed)));
    await serving(models, { maxWait: 1e6, maxBatch: 6 }, async (url) => {
      const alone = await serving(models, { maxBatch: 1 }, (other) =>
        Promise.all(files.map((each) => postBytes(`${other}/caption`, each))),
      );
      expect([encode, decode].map(({ mock }) => mock.calls.length)).toEqual([6, 6]);
      for (const spy of [encode, decode]) spy.mockClear();
      const together = await Promise.all(files.map((each) => postBytes(`${url}/caption`, each)));
      expect([encode, decode].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
      expect(together.map(({ body }) => body)).toEqual(alone.map(({ body }) => body));
      expect(await metric(url, 'batch_images_bucket{le="4",kind="caption"}')).toBe(0);
      expect(await metric(url, 'batch_images_sum{kind="caption"}')).toBe(6);
      expect(await metric(url, 'requests_total{path="/caption",status="200"}')).toBe(6);
    });
    for (const spy of [encode, decode]) spy.mockRestore();
  });

  it("does not mix captions that are decoded in different ways, nor captions and embeddings", async () => {
    const captions = holdCaptions(models);
    await serving(models, { maxWait: 0 }, async (url) => {
      const first = postForm(`${url}/caption`, [file]);
      await expect.poll(() => metric(url, "computing_images")).toBe(1);
      const asked = [{}, { beams: "2" }, {}, { beams: "2" }].map((options) =>
        postForm(`${url}/caption`, [file], options as Record<string, string>),
      );
      const embedded = postForm(`${url}/embed`, [file]);
      await expect.poll(() => metric(url, "queue_images")).toBe(5);
      captions.release();
      const answers = await Promise.all([first, ...asked, embedded]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
      expect(captions.calls.mock.calls.map(([embeddings]) => embeddings.shape[0])).toEqual([1, 2, 2]);
    });
    captions.calls.mockRestore();
  });

  it("forgets the images of a client that leaves, waiting or being captioned", async () => {
    await serving(models, { maxWait: 1e6 }, async (url) => {
      const client = new AbortController();
      const init = { method: "POST", headers: { "content-type": "image/png" }, body: file as BodyInit, signal: client.signal };
      const waiting = [fetch(`${url}/caption`, init), fetch(`${url}/caption?stream=true`, init)];
      await expect.poll(() => metric(url, "queue_images")).toBe(2);
      client.abort();
      await Promise.allSettled(waiting);
      await expect.poll(() => metric(url, "queue_images")).toBe(0);
      await expect.poll(() => metric(url, "requests_in_progress")).toBe(0);
    });
    const log = vi.spyOn(console, "error");
    const before = tf.memory().numTensors;
    const signals: AbortSignal[] = [];
    const decode = vi.spyOn(models.captioner, "captionStream").mockImplementation(async function* (_, __, options) {
      signals.push(options!.signal!);
      yield { image: 0, text: "a", done: false };
      await pause(1e6, undefined, { signal: options!.signal! });
    });
    await serving(models, { maxWait: 0 }, async (url) => {
      for (const query of ["", "?stream=true"]) {
        const client = new AbortController();
        const init = { method: "POST", headers: { "content-type": "image/png" }, body: file as BodyInit, signal: client.signal };
        const asked = fetch(`${url}/caption${query}`, init).then((response) => response.text());
        await expect.poll(() => metric(url, "computing_images")).toBe(1);
        client.abort();
        await expect(asked).rejects.toThrow();
        await expect.poll(() => metric(url, "computing_images")).toBe(0);
      }
      expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
      await expect.poll(() => metric(url, "requests_in_progress")).toBe(0);
    });
    decode.mockRestore();
    expect(tf.memory().numTensors).toBe(before);
    expect(log).not.toHaveBeenCalled();
    log.mockRestore();
  });
});
