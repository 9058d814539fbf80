import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseSafetensors } from "@rsdix/models";
import { pickle, raw, str } from "../../../packages/models/test/pickles";
import { torchFile } from "../../../packages/models/test/torch-files";
import { array, storage } from "../../../packages/models/test/torch-pickles";

/** Copies a model's folder, with its weights as PyTorch's `torch.save` writes them. */
export async function torchCopy(from: string, to: string, name: string): Promise<void> {
  await cp(from, to, { recursive: true });
  const { tensors } = parseSafetensors(new Uint8Array(await readFile(join(from, "model.safetensors"))));
  const storages: Record<string, Uint8Array> = {};
  const items = [...tensors].map(([key, { shape, data }], i) => {
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
    storages[i] = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
    return raw(str(key), array({ of: storage(data.length, String(i)), shape, strides }));
  });
  await writeFile(join(to, name), torchFile(pickle("}(", ...items, "u"), storages));
  await rm(join(to, "model.safetensors"));
}
