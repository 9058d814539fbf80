import { startBackend } from "@rsdix/backend";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { Models } from "../src/load-models";
import { png, postBytes, serving, tinyModels } from "./serve";

let models: Models;
beforeAll(async () => {
  await startBackend("cpu");
  models = await tinyModels();
});
afterAll(() => models.dispose());

it.each(["/embed", "/caption", "/caption?beams=2", "/caption?seed=1"])(
  "%s says that the weights are damaged where the model computes no numbers",
  async (path) => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const encode = vi.spyOn(models.encoder, "encodeImage").mockImplementation((images) => tf.fill([images.shape[0]!, 8], Number.NaN));
    const file = await png(1);
    await serving(models, {}, async (url) => {
      const before = tf.memory().numTensors;
      expect(await postBytes(`${url}${path}`, file)).toMatchObject({
        status: 500,
        body: { error: { code: "NOT_A_NUMBER", message: expect.stringMatching(/its weights are damaged\./) } },
      });
      expect(tf.memory().numTensors).toBe(before);
    });
    encode.mockRestore();
    expect((await serving(models, {}, (url) => postBytes(`${url}${path}`, file))).status).toBe(200);
    log.mockRestore();
  },
);
