import type { Handler, Progress } from "../protocol";
import { imagesOf, pixelsOf } from "./images";
import { needImageText, refuse, session } from "./session";

const BATCH = 8;

type Context = Pick<Parameters<Handler<"search">>[1], "emit" | "signal">;

/** The embeddings of images by the image-text model, those that are known and those that are made now: a row an image. */
export async function embeddingsOf(ids: readonly number[], { emit, signal }: Context): Promise<{ ids: number[]; rows: Float32Array[] }> {
  const model = needImageText();
  const images = imagesOf(ids);
  if (images.length === 0) refuse("EMPTY_DATA", "There are no images yet: drop some (step 3).");
  const missing = images.filter(({ id }) => !session.embeddings.has(id));
  for (let start = 0; start < missing.length; start += BATCH) {
    if (signal.aborted) refuse("ABORTED", "Stopped.");
    const batch = missing.slice(start, start + BATCH);
    const pixels = await Promise.all(batch.map(pixelsOf));
    const embedded = await model.embedImages(pixels, { signal });
    const dim = embedded.length / batch.length;
    for (const [i, { id }] of batch.entries()) session.embeddings.set(id, embedded.slice(i * dim, (i + 1) * dim));
    emit({ what: "images", done: start + batch.length, total: missing.length } satisfies Progress);
  }
  const known = images.filter(({ id }) => session.embeddings.has(id));
  return { ids: known.map(({ id }) => id), rows: known.map(({ id }) => session.embeddings.get(id)!) };
}

/** Rows one after the other. */
export function flat(rows: readonly Float32Array[]): Float32Array {
  const dim = rows[0]?.length ?? 0;
  const all = new Float32Array(rows.length * dim);
  for (const [i, row] of rows.entries()) all.set(row, i * dim);
  return all;
}
