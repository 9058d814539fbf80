import { startBackend } from "@rsdix/backend";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { readScalars } from "./read-scalars";

describe("numbers that are read together", () => {
  beforeAll(() => startBackend("cpu"));

  it("are divided, in their groups, and leave no tensor, also where they can't be read", async () => {
    const [loss, norm] = [tf.scalar(6), tf.scalar(2)];
    const before = tf.memory().numTensors;
    expect(await readScalars({ a: { loss }, b: { norm } }, 2)).toEqual({ a: { loss: 3 }, b: { norm: 1 } });
    const read = vi.spyOn(tf.backend(), "read").mockRejectedValueOnce(new Error("the device is lost"));
    await expect(readScalars({ a: { loss, norm } })).rejects.toThrow("the device is lost");
    read.mockRestore();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([loss, norm]);
  });
});
