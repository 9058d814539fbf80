import { RsdixError } from "@rsdix/internal";
import { describe, expect, it } from "vitest";
import { exactly, refusal } from "../../../../test/refusal";
import { pictureDataset } from "../../test/picture-dataset";
import type { BatchesOptions } from "./batch-types";
import { batches } from "./batches";

const set = await pictureDataset(3);
const first = (options: object) =>
  batches(set, { batchSize: 1, shuffle: false, prefetch: 0, onError: "skip", ...options } as BatchesOptions).batch(0);
const error = (code: string, message: string, cause?: unknown) => refusal(code, exactly(message), { cause });

describe("a function of the caller's", () => {
  it.each([
    [null, "null"],
    [undefined, "undefined"],
    [new Float32Array(3), "[object Float32Array]"],
    [{ width: 2, height: 2, data: new Uint8Array(16) }, "2 x 2 with 16 bytes"],
    [{ width: -1, height: -1, data: new Uint8Array(3) }, "-1 x -1 with 3 bytes"],
  ])("that gives %o for an image is refused with the image's name", async (made, got) => {
    const message = `preprocess of "0.png" in epoch 0 failed: it must give an RgbImage { width, height, data: Uint8Array of RGB }, got ${got}`;
    await expect(first({ preprocess: () => made })).rejects.toEqual(error("INVALID_ARGUMENT", message));
  });

  it("that gives no text is refused with the image's name", async () => {
    const message = 'augmentText of "0.png" in epoch 0 failed: it must give a text, got 5';
    await expect(first({ augmentText: () => 5 })).rejects.toEqual(error("INVALID_ARGUMENT", message));
  });

  it.each(["preprocess", "augmentText"])("%s that throws ends the run with the image's name and the cause", async (name) => {
    for (const cause of [new TypeError("x is no function"), new RsdixError("SHAPE_MISMATCH", "too narrow")]) {
      const thrower = () => {
        throw cause;
      };
      const code = cause instanceof RsdixError ? "SHAPE_MISMATCH" : "INVALID_ARGUMENT";
      const expected = error(code, `${name} of "0.png" in epoch 0 failed: ${cause.message}`, cause);
      await expect(first({ [name]: thrower })).rejects.toEqual(expected);
      await expect(first({ [name]: async () => thrower() })).rejects.toEqual(expected);
    }
    const bare = () => Promise.reject(null);
    await expect(first({ [name]: bare })).rejects.toEqual(error("INVALID_ARGUMENT", `${name} of "0.png" in epoch 0 failed: null`, null));
  });

  it("tokenize that throws ends the run with the step and the cause", async () => {
    const cause = new TypeError("x is no function");
    const thrower = () => {
      throw cause;
    };
    const message = "tokenize of step 0 in epoch 0 failed: x is no function";
    await expect(first({ tokenize: thrower })).rejects.toEqual(error("INVALID_ARGUMENT", message, cause));
  });
});
