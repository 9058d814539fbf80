import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@rsdix/data/node";
import { fail, type RsdixError } from "@rsdix/internal";
import { readSafetensors, writeSafetensors } from "@rsdix/models/node";
import { whileLockedIfPermitted } from "../file-lock";
import { type EntriesFile, type KeptEntriesOptions, openEntries } from "../kept-entries";
import { makeFolder } from "../output-folder";
import { parseJson } from "../parse-json";
import {
  checkEntry,
  checkIsKey,
  checkSameKey,
  type EmbeddedImage,
  type EmbeddingKey,
  type EmbeddingStore,
  readIndex,
  sha256,
} from "./embedding-store";

const FILE = "embeddings.safetensors";
/** The images, in the order of the rows. Not in the file's own metadata, whose length is limited. */
const INDEX = "embeddings.json";
/**
 * The index of the rows that are being written. It is there before they are, and until it is the other: a process that is killed leaves rows with one of the
 * two.
 */
const NEXT = "embeddings.next.json";
/** All is written anew when so many are new, or a quarter of all: what one interruption loses, and writing costs, stay small. */
const WRITE_EVERY = 4096;
const WHAT_TO_DO = "give --force to replace what is there, or another --out-path";

/** The files that hold embeddings. */
export const SAFETENSORS_FILES = [FILE, INDEX, NEXT] as const;

interface Row {
  readonly sha256: string;
  readonly values: Float32Array;
}

/**
 * All embeddings in one file, the array `embeddings` `[n, dim]`; the names of its rows in a JSON beside it, whose hash the file has. What another process has
 * written since the file was read is kept with each writing. With `isForced`, what is there at the beginning is not.
 */
export async function openSafetensorsStore(folder: string, key: EmbeddingKey, options: KeptEntriesOptions): Promise<EmbeddingStore> {
  await makeFolder(folder);
  const file = rowsIn(folder, key);
  let isPermitted = true; // to write
  const open = async (isLocked: boolean) => {
    isPermitted = isLocked;
    const opened = await openEntries(file, options);
    if (isLocked) await file.putRight();
    return opened;
  };
  const rows = options.isForced ? await openEntries(file, options) : await whileLockedIfPermitted(file.path, open, options); // read together
  let unwritten = 0;
  const write = async (images: readonly string[]) => {
    await rows.write(images);
    unwritten = 0;
  };
  return {
    place: join(folder, FILE),
    has: async ({ image, sha256: sum }) => rows.all.get(image)?.sha256 === sum,
    async add(images, values) {
      for (const [i, { image, sha256: sum }] of images.entries())
        rows.set(image, { sha256: sum, values: values.slice(i * key.dim, (i + 1) * key.dim) });
      unwritten += images.length;
      // What can't be written ends the command with its first rows, and not when all of them are made.
      if (!isPermitted || unwritten >= Math.max(WRITE_EVERY, rows.all.size / 4)) await write([]);
    },
    async close(images = []) {
      const ordered = images.filter((image) => rows.all.has(image));
      const wanted = new Set(ordered);
      const isOrdered = [...rows.all.keys()].filter((image) => wanted.has(image)).every((image, i) => image === ordered[i]);
      if (unwritten > 0 || !isOrdered) await write(ordered);
    },
  };
}

/** The rows of a folder, each with its image's name. */
function rowsIn(
  folder: string,
  key: EmbeddingKey,
): EntriesFile<Row> & {
  /** Puts the index in its place that a killed process left beside it; the next writing does, too. */
  putRight(): Promise<void>;
} {
  const [file, index, next] = SAFETENSORS_FILES.map((name) => join(folder, name)) as [string, string, string];
  let left: string | undefined; // by a killed process: the index of the rows
  return {
    path: index,
    async stamp() {
      const found = await Promise.all([file, index, next].map((path) => stat(path, { bigint: true }).catch(() => undefined)));
      return found.some((each) => each) ? found.map((each) => each && `${each.ino} ${each.size} ${each.mtimeNs}`).join(", ") : undefined;
    },
    async read() {
      const indexes = [await indexIn(index), await indexIn(next)];
      if (indexes[1]!.json !== undefined) checkIndex(indexes[1]!.json, next); // of another model's it may be: a killed process left it
      if (!(await stat(file).catch(() => undefined))) {
        for (const [i, { json }] of indexes.entries()) if (json !== undefined) checkSameKey(json, key, i === 0 ? index : next);
        return new Map();
      }
      const { tensors, metadata } = await readSafetensors(file).catch((error: RsdixError) =>
        fail(error.code, `${file} cannot be added to: ${error.message} Or ${WHAT_TO_DO}.`, error),
      );
      if (metadata.index !== INDEX) fail("INVALID_ARGUMENT", `${file} is there already and is not of embeddings of ours: ${WHAT_TO_DO}.`);
      const { json, text } =
        indexes.find((each) => each.text !== undefined && sha256(each.text) === metadata.sha256) ??
        fail(
          "FILE_CORRUPT",
          `${file} and ${index} are not of one another: one of them is missing or was changed. Put back what belongs to it, or ${WHAT_TO_DO}.`,
        );
      checkSameKey(json, key, index);
      const images = imagesIn(json, index);
      const array = tensors.get("embeddings");
      const [count, dim] = array?.shape.length === 2 ? array.shape : [];
      if (count !== images.length || dim !== key.dim || !(array?.data instanceof Float32Array))
        fail("FILE_CORRUPT", `${file} must have an array "embeddings" [${images.length}, ${key.dim}], as ${index} says.`);
      left = text === indexes[0]!.text ? undefined : text;
      const { data } = array;
      return new Map(images.map(({ image, sha256: sum }, i) => [image, { sha256: sum, values: data.slice(i * dim, (i + 1) * dim) }]));
    },
    async write(rows) {
      const values = new Float32Array(rows.size * key.dim);
      for (const [i, row] of [...rows.values()].entries()) values.set(row.values, i * key.dim);
      const list = [...rows].map(([image, { sha256: sum }]) => ({ image, sha256: sum }));
      const text = `${JSON.stringify({ ...key, images: list }, null, 1)}\n`;
      const array = { dtype: "float32" as const, shape: [rows.size, key.dim], data: values };
      await putRight(); // first: the rows that are there would have none
      await writeFileAtomic(next, text);
      await writeSafetensors(file, new Map([["embeddings", array]]), { index: INDEX, sha256: sha256(text) });
      await putIndex(text);
    },
    putRight,
  };

  async function putRight() {
    if (left !== undefined) await putIndex(left);
    left = undefined;
  }

  async function putIndex(text: string) {
    await writeFileAtomic(index, text);
    await rm(next, { force: true });
  }
}

/** An index's text and JSON; nothing where there is none. */
async function indexIn(path: string): Promise<{ text?: string; json?: unknown }> {
  const text = await readIndex(path);
  return text === undefined ? {} : { text, json: parseJson(text, path) };
}

/** Throws unless a JSON is an index of ours, of whatever model: what is not would be replaced. */
function checkIndex(json: unknown, where: string): void {
  checkIsKey(json, where);
  imagesIn(json, where);
}

function imagesIn(json: unknown, where: string): EmbeddedImage[] {
  const { images } = json as { images?: unknown };
  if (!Array.isArray(images)) fail("FILE_CORRUPT", `${where} must have a list "images".`);
  return images.map((entry, i) => checkEntry(entry, `${where}, image ${i}`));
}
