import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { startBackend } from "@rsdix/backend";
import { ImageProcessor } from "@rsdix/image";
import { encodeJpeg } from "@rsdix/image/node";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { Models } from "../src/load-models";
import { png, postBytes, postForm, refusal, serving, tinyModels } from "./serve";

let models: Models;
beforeAll(async () => {
  await startBackend("cpu");
  models = await tinyModels();
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => models.dispose());

describe("images are decoded and resized in threads of their own", () => {
  it("so that /health answers meanwhile, however large they are", async () => {
    const large = await encodeJpeg({ width: 5000, height: 5000, data: new Uint8Array(75_000_000) });
    await serving(models, {}, async (url) => {
      await postBytes(`${url}/embed`, await png(1)); // a thread has started
      const here = vi.spyOn(ImageProcessor.prototype, "toRgb");
      const started = performance.now();
      let took = 0;
      const answered = postBytes(`${url}/embed`, large).finally(() => (took = performance.now() - started));
      const waits: number[] = [];
      while (took === 0) {
        const asked = performance.now();
        await fetch(`${url}/health`).then((response) => response.text());
        waits.push(performance.now() - asked);
        await pause(5);
      }
      expect((await answered).status).toBe(200);
      expect(here.mock.calls.length).toBe(0); // it is most of the work; to print what it was given would take minutes
      expect(waits.filter((wait) => wait < took / 2).length).toBeGreaterThan(5); // more than a busy one gives before it begins
      expect(Math.max(...waits)).toBeLessThan(took * 0.8); // a machine may stand still for a while
    });
  });

  it("of which one that dies fails its image alone, and is replaced", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const file = await png(1);
    await serving(models, {}, async (url) => {
      for (let time = 0; time < 3; time++) {
        vi.spyOn(Worker.prototype, "postMessage").mockImplementationOnce(function (this: Worker) {
          void this.terminate();
        });
        expect(await postBytes(`${url}/embed`, file)).toEqual(refusal(500, "INTERNAL", /^The service failed at this request; its log/));
        expect(log.mock.lastCall).toEqual([new Error("A thread ended with code 1 while it decoded The image.")]);
        expect((await postForm(`${url}/embed`, [file, file, file])).status).toBe(200);
      }
    });
  });
});
