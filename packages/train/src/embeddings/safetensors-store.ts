import { stat } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import { readSafetensors, writeSafetensors } from "@rsdix/models/node";
import { whileLocked } from "../file-lock";
import { makeFolder } from "../output-folder";
import {
  checkEntry,
  checkSameKey,
  type EmbeddedImage,
  type EmbeddingKey,
  type EmbeddingStore,
  parseIndex,
  readIndex,
  sha256,
} from "./embedding-store";

const FILE = "embeddings.safetensors";
/** The images, in the order of the rows. Not in the file's own metadata, whose length is limited. */
const INDEX = "embeddings.json";
/** All is written anew when so many are new, or a quarter of all: what one interruption loses, and writing costs, stay small. */
const WRITE_EVERY = 4096;

/** The files that hold embeddings. */
export const SAFETENSORS_FILES = [FILE, INDEX] as const;

/**
 * All embeddings in one file, the array `embeddings` `[n, dim]`; the names of its rows in a JSON beside it, whose hash the file has. What another process has
 * written since the file was read is kept with each writing. With `force`, what is there at the beginning is not.
 */
export async function openSafetensorsStore(folder: string, key: EmbeddingKey, force: boolean): Promise<EmbeddingStore> {
  await makeFolder(folder);
  const index = join(folder, INDEX);
  let known = force ? await readIndex(index) : undefined;
  const rows = new Map<string, Row>();
  const made = new Map<string, Row>();
  let unwritten = 0;
  const look = async () => {
    const text = await readIndex(index);
    if (text === known) return;
    for (const [image, row] of await readRows(folder, key, text)) rows.set(image, made.get(image) ?? row);
    known = text;
  };
  if (!force) await whileLocked(index, look);
  const write = (images: readonly string[]) =>
    whileLocked(index, async () => {
      await look();
      const ordered = othersFirst(rows, images);
      const values = new Float32Array(ordered.length * key.dim);
      for (const [i, image] of ordered.entries()) values.set(rows.get(image)!.values, i * key.dim);
      const list = ordered.map((image) => ({ image, sha256: rows.get(image)!.sha256 }));
      const text = `${JSON.stringify({ ...key, images: list }, null, 1)}\n`;
      const array = { dtype: "float32" as const, shape: [ordered.length, key.dim], data: values };
      await writeSafetensors(join(folder, FILE), new Map([["embeddings", array]]), { index: INDEX, sha256: sha256(text) });
      await writeFileAtomic(index, text);
      known = text;
      unwritten = 0;
    });
  return {
    place: join(folder, FILE),
    has: async ({ image, sha256: sum }) => rows.get(image)?.sha256 === sum,
    async add(images, values) {
      for (const [i, { image, sha256: sum }] of images.entries()) {
        const row = { sha256: sum, values: values.slice(i * key.dim, (i + 1) * key.dim) };
        made.set(image, row);
        rows.set(image, row);
      }
      unwritten += images.length;
      if (unwritten >= Math.max(WRITE_EVERY, rows.size / 4)) await write([]);
    },
    async close(images = []) {
      const ordered = images.filter((image) => rows.has(image));
      const wanted = new Set(ordered);
      const isOrdered = [...rows.keys()].filter((image) => wanted.has(image)).every((image, i) => image === ordered[i]);
      if (unwritten > 0 || !isOrdered) await write(ordered);
    },
  };
}

/** The images that are there: those of other runs as they lie, then those of this one in their order. */
function othersFirst(rows: ReadonlyMap<string, Row>, images: readonly string[]): string[] {
  const last = new Set(images);
  return [...[...rows.keys()].filter((image) => !last.has(image)), ...images];
}

interface Row {
  readonly sha256: string;
  readonly values: Float32Array;
}

/** The rows that are there; none where file and index are not of one another, as when their writing was interrupted between the two. */
async function readRows(folder: string, key: EmbeddingKey, text: string | undefined): Promise<Map<string, Row>> {
  const index = join(folder, INDEX);
  const there = await stat(join(folder, FILE)).catch(() => undefined);
  if (text === undefined || !there) return new Map();
  const json = parseIndex(text, index) as { images?: unknown } | null;
  checkSameKey(json, key, index);
  if (!Array.isArray(json?.images)) fail("FILE_CORRUPT", `${index} must have a list "images".`);
  const images: EmbeddedImage[] = json.images.map((entry, i) => checkEntry(entry, `${index}, image ${i}`));
  const { tensors, metadata } = await readSafetensors(join(folder, FILE));
  const array = tensors.get("embeddings");
  if (metadata.sha256 !== sha256(text)) return new Map();
  if (array?.shape.length !== 2 || array.shape[0] !== images.length || array.shape[1] !== key.dim || !(array.data instanceof Float32Array))
    fail("FILE_CORRUPT", `${join(folder, FILE)} must have an array "embeddings" [${images.length}, ${key.dim}], as ${index} says.`);
  const data = array.data;
  return new Map(images.map(({ image, sha256: sum }, i) => [image, { sha256: sum, values: data.slice(i * key.dim, (i + 1) * key.dim) }]));
}
