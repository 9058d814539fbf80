import { appendFile, lstat, open, rm, stat, truncate } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { writeFileAtomic } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import { whileLocked, whileLockedIfPermitted } from "../file-lock";
import type { KeptEntriesOptions } from "../kept-entries";
import { makeFolder } from "../output-folder";
import { parseJson } from "../parse-json";
import { checkEntry, checkSameKey, type EmbeddedImage, type EmbeddingKey, type EmbeddingStore, readIndex } from "./embedding-store";
import { encodeNpy, npyBytes } from "./npy";

/** What names the files' model, and the images that they are of: the key, then a line an image, and one before it without a hash. */
export const NPY_INDEX = "embeddings.jsonl";

/**
 * A file an image, `<image>.npy`, and an index that says of which bytes of the image and of which model. A file that it does not name is none of ours, whatever
 * is in it: an image is named before its file is written, and with its hash once the file is in its place. A line that broke off counts as none.
 */
export async function openNpyStore(folder: string, key: EmbeddingKey, options: KeptEntriesOptions): Promise<EmbeddingStore> {
  const index = join(folder, NPY_INDEX);
  await makeFolder(folder);
  const { isForced } = options;
  let known: ReadonlyMap<string, string> = isForced
    ? await whileLocked(index, () => beginAnew(index, key), options)
    : await whileLockedIfPermitted(index, (isLocked) => openIndex(index, key, isLocked), options);
  let isMade = isForced || known.size > 0;
  const pathOf = async (image: string) => {
    const path = join(folder, `${image}.npy`);
    if (!resolve(path).startsWith(resolve(folder) + sep))
      fail("INVALID_ARGUMENT", `The image ${JSON.stringify(image)} lies outside of its folder.`);
    await refuseLinks(folder, dirname(path));
    return path;
  };
  return {
    place: folder,
    async has({ image, sha256 }) {
      const path = await pathOf(image);
      if (!isForced && !known.has(image) && (await isTaken(path))) {
        known = await imagesIn(index, key); // another command may have made it meanwhile
        if (!known.has(image))
          fail("INVALID_ARGUMENT", `${path} is there already and is not of ${index}: give --force to replace it, or another --out-path.`);
      }
      if (known.get(image) !== sha256) return false;
      const found = await stat(path).catch(() => undefined);
      return found?.size === npyBytes(key.dim);
    },
    async add(images, values) {
      const unsure = images.filter(({ image, sha256 }) => known.get(image) !== "" && known.get(image) !== sha256);
      const unhashed = unsure.map(({ image }) => ({ image, sha256: "" }));
      const write = async () => {
        if (!isMade && !(await readIndex(index))) await writeFileAtomic(index, lineOf(key));
        isMade = true;
        const paths = await Promise.all(images.map(({ image }) => pathOf(image)));
        await checkStillOf(index, key); // another command may have replaced the embeddings of this model by those of another
        // First: what is there of another image of the name is none of this one's, nor the other way round where the process is killed between the two.
        await append(index, unhashed);
        for (const [i, path] of paths.entries()) {
          await makeFolder(dirname(path));
          await removeLink(path);
          await writeFileAtomic(path, encodeNpy(values.subarray(i * key.dim, (i + 1) * key.dim)));
        }
        await append(index, images);
      };
      await whileLocked(index, write, options); // so that nobody replaces the index between the files and their lines, or takes these for some that broke off
    },
    close: async () => undefined,
  };
}

/** A link is replaced, and not what it leads to, which may be anything. */
async function removeLink(path: string): Promise<void> {
  if ((await lstat(path).catch(() => undefined))?.isSymbolicLink() !== true) return;
  await rm(path).catch((error: Error) => fail("WRITE_FAILED", `The link ${path} could not be replaced: ${error.message}.`, error));
}

/** Refuses a folder that is a link, or lies in one: the files where it leads to are others' and would be replaced. That of all embeddings may be one. */
async function refuseLinks(folder: string, subfolder: string): Promise<void> {
  let path = folder;
  for (const name of relative(folder, subfolder).split(sep).filter(Boolean)) {
    path = join(path, name);
    if ((await lstat(path).catch(() => undefined))?.isSymbolicLink())
      fail("INVALID_ARGUMENT", `${path} is a link, and nothing is written where it leads to: remove it, or give another --out-path.`);
  }
}

/** Whether there is a file, or a link; a folder or a pipe is refused when it is written. */
async function isTaken(path: string): Promise<boolean> {
  const there = await lstat(path).catch(() => undefined);
  return there !== undefined && (there.isFile() || there.isSymbolicLink());
}

/** Begins an index anew, with the images that it named, whose embeddings may be replaced. Nothing is known of one that can't be read. */
async function beginAnew(index: string, key: EmbeddingKey): Promise<ReadonlyMap<string, string>> {
  const names = namesIn((await readIndex(index).catch(() => undefined)) ?? "");
  await removeLink(index);
  await writeFileAtomic(index, [key, ...names.map((image) => ({ image, sha256: "" }))].map(lineOf).join(""));
  return new Map(names.map((image) => [image, ""]));
}

/** The images that the index names, with the hashes of their bytes; it is put right where it is locked. */
async function openIndex(index: string, key: EmbeddingKey, isLocked: boolean): Promise<ReadonlyMap<string, string>> {
  const text = (await readIndex(index)) ?? "";
  const known = parseImages(text, index, key);
  if (!isLocked) return known;
  const broken = text.slice(text.lastIndexOf("\n") + 1);
  if (broken === text && text !== "") await writeFileAtomic(index, lineOf(key));
  else if (broken !== "") await truncate(index, Buffer.byteLength(text.slice(0, -broken.length)));
  return known;
}

/** The same, of an index that may be written to at this moment. */
async function imagesIn(index: string, key: EmbeddingKey): Promise<ReadonlyMap<string, string>> {
  return parseImages((await readIndex(index)) ?? "", index, key);
}

function parseImages(text: string, index: string, key: EmbeddingKey): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  if (text === "") return known;
  const [first, ...rest] = text.split("\n");
  checkSameKey(parseJson(first!, index), key, index);
  for (const [i, line] of rest.slice(0, -1).entries()) {
    const where = `${index}, line ${i + 2}`;
    const { image, sha256 } = checkEntry(parseJson(line, where), where);
    known.set(image, sha256);
  }
  return known;
}

/** The images that an index names, whatever else is in it. */
function namesIn(text: string): string[] {
  const names = text.split("\n").flatMap((line) => {
    try {
      return [checkEntry(parseJson(line, ""), "").image];
    } catch {
      return [];
    }
  });
  return [...new Set(names)];
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
  checkSameKey(parseJson(first!, index), key, index); // the same may be written otherwise
}

function lineOf(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

async function append(index: string, images: readonly EmbeddedImage[]): Promise<void> {
  const lines = images.map(({ image, sha256 }) => lineOf({ image, sha256 })).join("");
  await appendFile(index, lines).catch((error: Error) => fail("WRITE_FAILED", `${index} could not be written: ${error.message}.`, error));
}
