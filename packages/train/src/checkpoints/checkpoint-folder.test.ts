import { readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { scratchFolder as folder } from "../../test/scratch-folder";
import { checkpointFolder } from "./checkpoint-folder";

describe("checkpointFolder", () => {
  const state = (step: number) => ({
    step,
    fingerprint: "f",
    tensors: new Map([["w", { dtype: "float32" as const, shape: [1], data: Float32Array.of(step) }]]),
  });

  it("keeps the newest, sweeps half-written files, clears", async () => {
    const directory = folder();
    const store = checkpointFolder(join(directory, "made"), { keep: 2 });
    expect(await store.latest()).toBeUndefined();
    for (const step of [10, 20, 30]) await store.save(state(step));
    writeFileSync(join(directory, "made", "step-000040.safetensors.123.tmp"), "half");
    expect((await store.latest())!.tensors.get("w")!.data[0]).toBe(30);
    await store.save(state(40));
    expect(readdirSync(join(directory, "made")).sort()).toEqual(["step-000030.safetensors", "step-000040.safetensors"]);
    await store.clear();
    expect(await store.latest()).toBeUndefined();
  });

  it("says which file is corrupt, and when the disk refuses", async () => {
    const directory = folder();
    const path = await checkpointFolder(directory).save(state(1));
    truncateSync(path, 20);
    await expect(checkpointFolder(directory).latest()).rejects.toMatchObject({
      code: "FILE_CORRUPT",
      message: expect.stringContaining(path),
    });
    writeFileSync(join(directory, "file"), "");
    await expect(checkpointFolder(join(directory, "file")).save(state(1))).rejects.toMatchObject({ code: "WRITE_FAILED" });
  });
});
