import { truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { scratchFolder } from "../../../../test/scratch-folder";
import golden from "../fixtures/torch-checkpoints-2.json";
import { openTorchCheckpoint } from "./torch-checkpoint-node";

describe("openTorchCheckpoint", () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = scratchFolder();
    path = join(folder, "model.ckpt");
    await writeFile(path, Buffer.from(golden.cases.plain.file, "base64"));
  });

  it("reads arrays from the disk, until it is closed", async () => {
    const checkpoint = await openTorchCheckpoint(path);
    const bias = await checkpoint.tensors.get("visual.bias")!.read();
    expect(Array.from(bias.data)).toEqual(golden.cases.plain.tensors["visual.bias"].values);
    await checkpoint.close();
    await expect(checkpoint.load()).rejects.toThrow(refusal("INVALID_ARGUMENT"));
  });

  it("refuses what isn't there, is a folder, is empty, or is no checkpoint", async () => {
    await expect(openTorchCheckpoint(join(folder, "none"))).rejects.toThrow(refusal("FILE_NOT_FOUND"));
    await expect(openTorchCheckpoint(folder)).rejects.toThrow(refusal("FILE_NOT_FOUND"));
    await writeFile(path, "");
    await expect(openTorchCheckpoint(path)).rejects.toThrow(refusal("FILE_CORRUPT"));
    await writeFile(path, "a".repeat(1000));
    await expect(openTorchCheckpoint(path)).rejects.toThrow(refusal("FILE_CORRUPT"));
  });

  it("notices that the file became shorter after it was opened", async () => {
    const checkpoint = await openTorchCheckpoint(path);
    await truncate(path, 10);
    await expect(checkpoint.load()).rejects.toThrow(refusal("FILE_CORRUPT"));
    await checkpoint.close();
  });
});
