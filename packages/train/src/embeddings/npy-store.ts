import { appendFile, open, rm, stat, truncate } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { writeFileAtomic } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import { whileLocked } from "../file-lock";
import type { KeptEntriesOptions } from "../kept-entries";
import { makeFolder } from "../output-folder";
import {
  checkEntry,
  checkSameKey,
  type EmbeddedImage,
  type EmbeddingKey,
  type EmbeddingStore,
  parseIndex,
  readIndex,
} from "./embedding-store";
import { encodeNpy, isVector, npyBytes } from "./npy";

/** What names the files' model, and the images that they are of: the key, then a line an image. */
export const NPY_INDEX = "embeddings.jsonl";

/**
 * A file an image, `<image>.npy`, and an index that says of which bytes of the image and of which model: a file that it does not name is not taken for one
 * of them. A file is renamed into its place before its line is appended, and a line that broke off counts as none.
 */
export async function openNpyStore(folder: string, key: EmbeddingKey, options: KeptEntriesOptions): Promise<EmbeddingStore> {
  const index = join(folder, NPY_INDEX);
  await makeFolder(folder);
  const { isForced, signal } = options;
  const known = await whileLocked(index, () => openIndex(index, key, isForced), signal);
  const pathOf = (image: string) => {
    const path = join(folder, `${image}.npy`);
    if (!resolve(path).startsWith(resolve(folder) + sep))
      fail("INVALID_ARGUMENT", `The image ${JSON.stringify(image)} lies outside of its folder.`);
    return path;
  };
  return {
    place: folder,
    async has({ image, sha256 }) {
      if (!isForced && !known.has(image)) await refuseOther(pathOf(image));
      if (known.get(image) !== sha256) return false;
      const found = await stat(pathOf(image)).catch(() => undefined);
      return found?.size === npyBytes(key.dim);
    },
    async add(images, values) {
      const gone = images.filter(({ image, sha256 }) => known.has(image) && known.get(image) !== sha256);
      const write = async () => {
        await checkStillOf(index, key); // another command may have replaced the embeddings of this model by those of another
        // First: what is there of another image of the name is none of this one's, nor the other way round where the process is killed between the two.
        if (gone.length > 0)
          await append(
            index,
            gone.map(({ image }) => ({ image, sha256: "" })),
          );
        for (const [i, { image }] of images.entries()) {
          const path = pathOf(image);
          await makeFolder(dirname(path));
          await writeFileAtomic(path, encodeNpy(values.subarray(i * key.dim, (i + 1) * key.dim)));
        }
        await append(index, images);
      };
      await whileLocked(index, write, signal); // so that nobody replaces the index between the files and their lines, or takes these for some that broke off
    },
    close: async () => undefined,
  };
}

/** Refuses to replace what is no vector, as a user's own file of the name is; one that is may be what a killed process left. */
async function refuseOther(path: string): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (!there?.isFile()) return; // a folder or a pipe is refused when it is written
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(128), 0, 128, 0);
    if (isVector(buffer.subarray(0, bytesRead))) return;
  } finally {
    await handle.close();
  }
  fail("INVALID_ARGUMENT", `${path} is there already and is no embedding: give --force to replace it, or another --out-path.`);
}

/** The images that the index names, with the hashes of their bytes; makes one that is not there. */
async function openIndex(index: string, key: EmbeddingKey, isForced: boolean): Promise<Map<string, string>> {
  if (isForced) await rm(index, { force: true });
  const known = new Map<string, string>();
  const text = await readIndex(index);
  const [first = "", ...rest] = (text ?? "").split("\n");
  if (text) checkSameKey(parseIndex(first, index), key, index);
  if (rest.length === 0) await writeFileAtomic(index, lineOf(key));
  else {
    const broken = rest.pop()!; // nothing, or a line that broke off
    if (broken !== "") await truncate(index, Buffer.byteLength(text!.slice(0, -broken.length)));
    for (const [i, line] of rest.entries()) {
      const where = `${index}, line ${i + 2}`;
      const { image, sha256 } = checkEntry(parseIndex(line, where), where);
      known.set(image, sha256);
    }
  }
  return known;
}

/** Throws unless the index is still of the same model. */
async function checkStillOf(index: string, key: EmbeddingKey): Promise<void> {
  const line = Buffer.from(lineOf(key));
  const handle = await open(index).catch((error: Error) =>
    fail("FILE_NOT_FOUND", `${index} is gone: ${error.message}. Begin anew.`, error),
  );
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(line.length), 0, line.length, 0);
    if (line.equals(buffer.subarray(0, bytesRead))) return;
  } finally {
    await handle.close();
  }
  const [first] = ((await readIndex(index)) ?? "").split("\n");
  checkSameKey(parseIndex(first!, index), key, index); // the same may be written otherwise
}

function lineOf(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

async function append(index: string, images: readonly EmbeddedImage[]): Promise<void> {
  const lines = images.map(({ image, sha256 }) => lineOf({ image, sha256 })).join("");
  await appendFile(index, lines).catch((error: Error) => fail("WRITE_FAILED", `${index} could not be written: ${error.message}.`, error));
}
