import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { scratchFolder as folder } from "../../../../test/scratch-folder";
import { checkpointFolder } from "./checkpoint-folder";

describe("checkpointFolder", () => {
  const state = (step: number, value = step) => ({
    step,
    fingerprint: "f",
    tensors: new Map([["w", { dtype: "float32" as const, shape: [1], data: Float32Array.of(value) }]]),
    details: { batches: step, position: { seed: 7 } },
  });

  it("keeps the newest, sweeps half-written and half-removed ones, clears", async () => {
    const directory = join(folder(), "made");
    const store = checkpointFolder(directory, { keep: 2 });
    expect(await store.latest()).toBeUndefined();
    for (const step of [10, 20, 30]) await store.save(state(step));
    const half = join(directory, "step-000040.123-0123456789ab.tmp");
    mkdirSync(half);
    writeFileSync(join(half, "state.safetensors"), "half");
    writeFileSync(join(directory, "notes.txt"), "a person's own");
    expect(await store.latest()).toEqual({ ...state(30), location: join(directory, "step-000030") });
    await store.save(state(40));
    expect(readdirSync(directory).sort()).toEqual(["notes.txt", "step-000030", "step-000040"]);
    expect(readdirSync(join(directory, "step-000040")).sort()).toEqual(["state.json", "state.safetensors"]);
    await store.clear();
    expect(await store.latest()).toBeUndefined();
    expect(readdirSync(directory)).toEqual(["notes.txt"]);
  });

  it("keeps the best beside the newest, and lists and loads each", async () => {
    const directory = folder();
    const store = checkpointFolder(directory, { keep: 1 });
    const best = { metric: "loss", value: 0.5 };
    await store.save({ ...state(1), best }, [1]);
    for (const step of [2, 3]) await store.save(state(step), [1]);
    expect(await store.list()).toEqual([
      { step: 3, location: join(directory, "step-000003") },
      { step: 1, location: join(directory, "step-000001"), best },
    ]);
    expect(await store.load(1)).toEqual({ ...state(1), best });
    await expect(store.load(2)).rejects.toMatchObject({
      code: "FILE_NOT_FOUND",
      message: expect.stringMatching(/step 2; there are: 3, 1\./),
    });
    await store.save(state(4), []);
    expect((await store.list()).map(({ step }) => step)).toEqual([4]);
  });

  it("replaces one of the same step, of which there is always a whole one", async () => {
    const directory = folder();
    const store = checkpointFolder(directory);
    await store.save(state(5, 1));
    await store.save(state(5, 2));
    expect(readdirSync(directory)).toEqual(["step-000005.1"]);
    await store.save(state(5, 3));
    const other = await checkpointFolder(folder()).save(state(5, 1));
    cpSync(other, join(directory, "step-000005"), { recursive: true }); // as if killed before the older one went
    expect((await store.latest())!.tensors.get("w")!.data[0]).toBe(3);
    expect(await store.load(5)).toEqual(state(5, 3));
  });

  it("says which checkpoint is corrupt, and which is older", async () => {
    const directory = folder();
    const store = checkpointFolder(directory);
    await store.save(state(1));
    const path = await store.save(state(2));
    const json = join(path, "state.json");
    const good = readFileSync(json, "utf8");
    const refused = (code: string, message: RegExp) =>
      expect(store.latest()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    const wrong: [text: string, message: RegExp][] = [
      ["{", /Can't read .*state\.json/],
      ["[1]", /isn't a JSON object/],
      [good.replace('"format": 1', '"format": 2'), /the format 1, which this version reads/],
      [good.replace('"step": 2', '"step": 3'), /must be of step 2/],
      [good.replace('"fingerprint": "f"', '"fingerprint": 1'), /has no fingerprint/],
      [good.replace('"fingerprint": "f"', '"fingerprint": "g"'), /are of different checkpoints/],
      [good.replace('"fingerprint"', '"best": { "metric": 1 }, "fingerprint"'), /has a best that is no metric/],
      [good.replace('"details"', '"other"'), /has no details/],
      [`${good}${" ".repeat(1 << 20)}`, /no more than 1048576/],
    ];
    for (const [text, message] of wrong) {
      writeFileSync(json, text);
      await refused("FILE_CORRUPT", message);
    }
    rmSync(json);
    await refused("FILE_NOT_FOUND", /state\.json.*Remove it to go on from step-000001/);
    writeFileSync(json, good);
    truncateSync(join(path, "state.safetensors"), 20);
    await refused("FILE_CORRUPT", /step-000002.*Remove it to go on from step-000001/);
    rmSync(join(directory, "step-000001"), { recursive: true });
    await refused("FILE_CORRUPT", /start this run anew/);
  });

  it("says when the disk refuses, and leaves nothing half written", async () => {
    const directory = folder();
    writeFileSync(join(directory, "file"), "");
    await expect(checkpointFolder(join(directory, "file")).save(state(1))).rejects.toMatchObject({ code: "WRITE_FAILED" });
    await expect(checkpointFolder(join(directory, "file")).latest()).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
    const runs = join(directory, "runs");
    const store = checkpointFolder(runs);
    await store.save(state(1));
    const hostile = { ...state(2), tensors: new Map([["w", { dtype: "float32" as const, shape: [2], data: Float32Array.of(1) }]]) };
    await expect(store.save(hostile)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(readdirSync(runs)).toEqual(["step-000001"]);
  });

  it("refuses a step that it could not find again", async () => {
    const directory = folder();
    const store = checkpointFolder(directory);
    for (const step of [-1, 1.5, 1e15, 1e21, Number.NaN, "7" as unknown as number]) {
      await expect(store.save(state(step))).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
        message: `A checkpoint's step must be a whole number at least 0 and at most 999999999999999, got ${step}.`,
      });
    }
    expect(readdirSync(directory)).toEqual([]);
    for (const step of [0, 999_999_999_999_999]) {
      await store.save(state(step));
      expect(await store.latest()).toMatchObject({ step });
    }
  });

  it("refuses to write what it would refuse to read, and leaves what there is", async () => {
    const directory = folder();
    const store = checkpointFolder(directory);
    await store.save(state(1));
    const large = [
      { ...state(2), details: { position: { order: Array.from({ length: 200_000 }, (_, i) => i) } } },
      { ...state(2), fingerprint: "é".repeat(1 << 20) },
    ];
    for (const one of large) {
      await expect(store.save(one)).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
        message: expect.stringMatching(/no more than 1048576 bytes, got \d{7}: \d+ characters of fingerprint.*Nothing was written/),
      });
    }
    expect(readdirSync(directory)).toEqual(["step-000001"]);
    const most = { ...state(2), details: { text: "" } };
    const { length } = JSON.stringify({ format: 1, ...most, tensors: undefined }, null, 2);
    await store.save({ ...most, details: { text: "x".repeat((1 << 20) - length - 1) } });
    expect((await store.latest())!.step).toBe(2);
  });

  it("refuses options that it does not have", () => {
    expect(() => checkpointFolder("x", { keep: 0 })).toThrow(/keep must be a whole number at least 1, got 0/);
    expect(() => checkpointFolder("x", { kept: 1 } as object)).toThrow(/no option "kept"/);
  });
});
