import { mkdir, open, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { scratchFolder } from "../../../../test/scratch-folder";
import golden from "../fixtures/safetensors.json";
import type { CheckpointTensor } from "./checkpoint";
import { openSafetensorsFile, readSafetensors } from "./safetensors-node";
import { encodeSafetensors } from "./safetensors-write";
import { writeSafetensors } from "./safetensors-write-node";

const weights = (...values: number[]) =>
  new Map<string, CheckpointTensor>([["w", { dtype: "float32", shape: [values.length], data: Float32Array.from(values) }]]);

describe("safetensors files", () => {
  it("puts a new file in the place of an old one, which whoever reads it keeps whole", async () => {
    const path = join(folder, "replaced.safetensors");
    await writeSafetensors(path, weights(1, 2, 3));
    const reading = await open(path); // a reader, or a process killed in the middle of the write, has the old file
    const before = await reading.stat();
    await writeSafetensors(path, weights(4, 5, 6));
    expect((await reading.readFile()).equals(Buffer.from(encodeSafetensors(weights(1, 2, 3))))).toBe(true);
    await reading.close();
    expect((await stat(path)).ino).not.toBe(before.ino);
  });

  let folder: string;
  beforeEach(() => {
    folder = scratchFolder();
  });

  it("are the same on disk and in memory", async () => {
    const path = join(folder, "model.safetensors");
    await writeSafetensors(path, weights(1, 2, 3), { step: "3" });
    expect(new Uint8Array(await readFile(path))).toEqual(encodeSafetensors(weights(1, 2, 3), { step: "3" }));
    const { tensors, metadata } = await readSafetensors(path);
    expect([...tensors]).toEqual([...weights(1, 2, 3)]);
    expect(metadata).toEqual({ step: "3" });
  });

  it("of the reference library are read", async () => {
    const path = join(folder, "golden.safetensors");
    await writeFile(path, Buffer.from(golden.file, "base64"));
    const { tensors } = await readSafetensors(path);
    expect(Array.from(tensors.get("f32")!.data)).toEqual(golden.tensors.f32.values);
  });

  it("that are missing, cut off or hostile are refused", async () => {
    await expect(readSafetensors(join(folder, "none"))).rejects.toThrow(refusal("FILE_NOT_FOUND"));
    const path = join(folder, "bad");
    const bytes = encodeSafetensors(weights(1, 2, 3));
    for (const length of [0, 4, 8, 40, bytes.length - 1]) {
      await writeFile(path, bytes.slice(0, length));
      await expect(readSafetensors(path), `${length} bytes`).rejects.toThrow(refusal("FILE_CORRUPT"));
    }
    await writeFile(path, new Uint8Array(64).fill(0xff));
    await expect(readSafetensors(path)).rejects.toThrow(refusal("FILE_TOO_LARGE"));
  });

  it("are refused when they are written to between two arrays", async () => {
    const path = join(folder, "model.safetensors");
    const two = (value: number) => new Map([...weights(value), ...[...weights(value)].map(([, array]) => ["v", array] as const)]);
    await writeSafetensors(path, two(1));
    await utimes(path, 1, 1);
    const { tensors, close } = await openSafetensorsFile(path);
    expect((await tensors.get("w")!.read()).data).toEqual(Float32Array.of(1));
    await writeSafetensors(path, two(2)); // another file, put in its place: this one is as it was
    expect((await tensors.get("v")!.read()).data).toEqual(Float32Array.of(1));
    await close();
    const again = await openSafetensorsFile(path);
    await writeFile(path, encodeSafetensors(two(3)));
    await utimes(path, 2, 2);
    const refused = refusal("FILE_CORRUPT", /was written to while it was being read/);
    await expect(again.tensors.get("v")!.read()).rejects.toEqual(refused);
    await again.close();
  });

  it("stay whole when writing fails, and no temporary file stays", async () => {
    const path = join(folder, "model.safetensors");
    await mkdir(path); // a folder in the way: the rename fails after everything was written
    await expect(writeSafetensors(path, weights(1))).rejects.toThrow(refusal("WRITE_FAILED"));
    expect(await readdir(folder)).toEqual(["model.safetensors"]);
    await expect(writeSafetensors(join(folder, "no", "such", "folder"), weights(1))).rejects.toThrow(refusal("WRITE_FAILED"));

    const old = join(folder, "old.safetensors");
    await writeSafetensors(old, weights(1, 2));
    const wrong = new Map<string, CheckpointTensor>([["w", { dtype: "float32", shape: [9], data: new Float32Array(1) }]]);
    await expect(writeSafetensors(old, wrong)).rejects.toThrow(refusal("INVALID_ARGUMENT"));
    expect([...(await readSafetensors(old)).tensors]).toEqual([...weights(1, 2)]);
  });
});
