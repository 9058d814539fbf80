import type { Handler, Progress, UnreadImage } from "../protocol";
import { withoutAdvice } from "./advice";
import { imagesOf, readImages } from "./images";
import { needImageText, refuse, session } from "./session";

const BATCH = 8;

type Context = Pick<Parameters<Handler<"search">>[1], "emit" | "signal">;

/** Embeddings of images, a row an image, and the images that are left out. */
interface Embedded {
  readonly ids: number[];
  readonly rows: Float32Array[];
  readonly unread: UnreadImage[];
}

/** The embeddings of images by the image-text model, those that are known and those that are made now; at least one. */
export async function embeddingsOf(ids: readonly number[], { emit, signal }: Context): Promise<Embedded> {
  const model = needImageText();
  const images = imagesOf(ids);
  if (images.length === 0) refuse("EMPTY_DATA", "There are no images yet: drop some (step 3).");
  const unread: UnreadImage[] = [];
  const missing = images.filter(({ id }) => !session.embeddings.has(id));
  for (let start = 0; start < missing.length; start += BATCH) {
    if (signal.aborted) refuse("ABORTED", "Stopped.");
    const asked = missing.slice(start, start + BATCH);
    const { readable: batch, pixels, unread: left } = await readImages(asked);
    unread.push(...left);
    if (batch.length === 0) continue;
    const embedded = await model.embedImages(pixels, { signal });
    checkNumbers(embedded);
    const dim = embedded.length / batch.length;
    for (const [i, { id }] of batch.entries()) session.embeddings.set(id, embedded.slice(i * dim, (i + 1) * dim));
    emit({ what: "images", done: start + asked.length, total: missing.length } satisfies Progress);
  }
  const known = images.filter(({ id }) => session.embeddings.has(id));
  if (known.length === 0)
    refuse("FILE_NOT_FOUND", `None of the images can be read any more: drop them again. The first: ${withoutAdvice(unread[0]!.reason)}`);
  return { unread, ids: known.map(({ id }) => id), rows: known.map(({ id }) => session.embeddings.get(id)!) };
}

/** The embeddings of texts, one after the other. */
export async function textEmbeddingsOf(texts: string[], { signal }: Pick<Context, "signal">): Promise<Float32Array> {
  return checkNumbers(await needImageText().embedTexts(texts, { signal }));
}

/** Refuses what damaged weights give, of which all results would be nonsense. */
export function checkNumbers(values: Float32Array): Float32Array {
  if (values.every(Number.isFinite)) return values;
  return refuseWeights();
}

/** Says that the weights of what is loaded are damaged. */
export function refuseWeights(): never {
  return refuse(
    "NOT_A_NUMBER",
    `What ${session.models?.name ?? "the model"} computes are no numbers: its weights are damaged. Get its files again, or load another model.`,
  );
}

/** Rows one after the other. */
export function flat(rows: readonly Float32Array[]): Float32Array {
  const dim = rows[0]?.length ?? 0;
  const all = new Float32Array(rows.length * dim);
  for (const [i, row] of rows.entries()) all.set(row, i * dim);
  return all;
}
