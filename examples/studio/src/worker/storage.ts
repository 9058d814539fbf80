import type { GivenFile, Progress, StoredModel } from "../protocol";
import { withoutAdvice } from "./advice";
import { beside } from "./place";
import { needSecure, refuse } from "./session";

/** The cache of models that were picked or downloaded here; the hub's own is "rsdix-hub", which @rsdix/models keeps. */
const MODELS = "rsdix-studio-models";
const INDEX = "/kept-models/";

interface KeptIndex extends StoredModel {
  readonly files: readonly { readonly path: string; readonly type: string }[];
}

const base = () => self.location.origin;
const at = (id: string, path = "") => `${base()}${INDEX}${encodeURIComponent(id)}/${path.split("/").map(encodeURIComponent).join("/")}`;

/**
 * Keeps a model's files beside those that are kept already, which stay as they are should this fail. Models of other files may have the same name: then it
 * becomes "name (2)", or with `replace` takes their place once it is whole.
 */
export async function keepModel(
  name: string,
  files: readonly GivenFile[],
  { replace = false, servedId }: { readonly replace?: boolean; readonly servedId?: string } = {},
): Promise<{ id: string; name: string; replaced: boolean }> {
  needSecure("keep models");
  return navigator.locks.request(MODELS, async () => {
    const kept = await keptModels();
    await tidy(kept);
    const [named, named2] = [kept.filter((each) => each.name === name), kept.filter((each) => stem(each.name) === name)];
    if (!replace)
      for (const each of [...named, ...named2]) if (await isSame(each, files)) return { id: each.id, name: each.name, replaced: false };
    const taken = new Set(kept.map((each) => each.name));
    let free = name;
    for (let i = 2; !replace && taken.has(free); i++) free = `${name} (${i})`;
    const id = crypto.randomUUID(); // a name may be "..", which addresses can't have
    try {
      await write({ id, name: free, ...(servedId !== undefined && { servedId }) }, files);
    } catch (error) {
      await forgetKept(id).catch(() => undefined); // what was written of it
      throw error;
    }
    if (replace) for (const each of named) await forgetKept(each.id);
    return { id, name: free, replaced: replace && named.length > 0 };
  });
}

const stem = (name: string) => name.replace(/ \(\d+\)$/, "");

/** The index comes last, so that a model that is listed is whole. */
async function write(model: Omit<StoredModel, "bytes">, files: readonly GivenFile[]): Promise<void> {
  const { id } = model;
  const cache = await caches.open(MODELS);
  for (const { path, file } of files) await cache.put(at(id, `files/${path}`), new Response(file));
  const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
  const index: KeptIndex = { ...model, bytes, files: files.map(({ path, file }) => ({ path, type: file.type })) };
  await cache.put(at(id, "index.json"), new Response(JSON.stringify(index)));
}

/** Removes what was written of models before their page was closed. */
async function tidy(kept: readonly KeptIndex[]): Promise<void> {
  const cache = await caches.open(MODELS);
  const whole = kept.map(({ id }) => at(id));
  for (const request of await cache.keys()) if (!whole.some((start) => request.url.startsWith(start))) await cache.delete(request);
}

/** Whether a kept model is of the very same files. */
async function isSame(kept: KeptIndex, files: readonly GivenFile[]): Promise<boolean> {
  if (kept.files.length !== files.length || kept.bytes !== files.reduce((sum, { file }) => sum + file.size, 0)) return false;
  const cache = await caches.open(MODELS);
  for (const { path, file } of files) {
    const response = await cache.match(at(kept.id, `files/${path}`));
    if (!response || !(await sameBytes(await response.blob(), file))) return false;
  }
  return true;
}

const PIECE = 1 << 22;

async function sameBytes(a: Blob, b: Blob): Promise<boolean> {
  if (a.size !== b.size) return false;
  for (let start = 0; start < a.size; start += PIECE) {
    const [one, other] = await Promise.all(
      [a, b].map(async (blob) => new Uint8Array(await blob.slice(start, start + PIECE).arrayBuffer())),
    );
    if (!one!.every((byte, i) => byte === other![i])) return false;
  }
  return true;
}

/** The models that are kept. */
export async function keptModels(): Promise<KeptIndex[]> {
  if (!("caches" in self)) return []; // over plain http
  const cache = await caches.open(MODELS);
  const indices = (await cache.keys()).filter(({ url }) => url.endsWith("/index.json") && url.includes(INDEX));
  const found = await Promise.all(indices.map((request) => cache.match(request))); // another tab may have removed one meanwhile
  return Promise.all(found.flatMap((response) => (response ? [response.json() as Promise<KeptIndex>] : [])));
}

/** A kept model's files. */
export async function openKept(id: string): Promise<{ name: string; files: GivenFile[] }> {
  const index =
    (await keptModels()).find((kept) => kept.id === id) ??
    refuse("FILE_NOT_FOUND", "This model isn't kept here any more: it was removed, or replaced in another tab.");
  const cache = await caches.open(MODELS);
  const files = await Promise.all(
    index.files.map(async ({ path, type }) => {
      const response = await cache.match(at(id, `files/${path}`));
      if (!response) refuse("FILE_NOT_FOUND", `The browser has removed ${path} of "${index.name}". Load it again.`);
      return { path, file: new File([await response.blob()], path.slice(path.lastIndexOf("/") + 1), { type }) };
    }),
  );
  return { name: index.name, files };
}

/** Removes a kept model. */
export async function forgetKept(id: string): Promise<void> {
  if (!("caches" in self)) return;
  const cache = await caches.open(MODELS);
  const mine = (await cache.keys()).filter(({ url }) => url.startsWith(at(id)));
  // The index first: what is listed is whole.
  for (const request of mine.sort((a) => (a.url.endsWith("/index.json") ? -1 : 1))) await cache.delete(request);
}

interface ServedModel extends StoredModel {
  readonly imageText?: string;
  readonly captioner?: string;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

/** The models that lie beside the page, such as the demo's. */
export async function servedModels(): Promise<ServedModel[]> {
  try {
    const response = await fetch(beside("models/index.json"));
    return response.ok ? ((await response.json()) as ServedModel[]) : [];
  } catch {
    return []; // offline
  }
}

/** Downloads a model that lies beside the page. */
export async function fetchServed(model: ServedModel, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<GivenFile[]> {
  let before = 0;
  const files: GivenFile[] = [];
  for (const { path, bytes } of model.files) {
    const loaded = before;
    const pieces = await download(path, signal, (done) => onProgress({ what: path, done: loaded + done, total: model.bytes }));
    const file = new File(pieces, path.slice(path.lastIndexOf("/") + 1));
    if (file.size !== bytes)
      refuse("DOWNLOAD_FAILED", `${path} has ${bytes} bytes, but ${file.size} came. Reload the page, and load the model again.`);
    files.push({ path, file });
    before += bytes;
  }
  return files;
}

async function download(path: string, signal: AbortSignal, onBytes: (done: number) => void): Promise<Uint8Array<ArrayBuffer>[]> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let done = 0;
  try {
    const response = await fetch(beside(`models/${path}`), { signal });
    if (!response.ok || !response.body)
      return refuse("DOWNLOAD_FAILED", `${path} can't be downloaded: the server says ${response.status}.`);
    const reader = response.body.getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      pieces.push(piece.value);
      done += piece.value.length;
      onBytes(done);
    }
    return pieces;
  } catch (error) {
    if (signal.aborted || (error as { code?: unknown }).code === "DOWNLOAD_FAILED") throw error;
    return refuse(
      "DOWNLOAD_FAILED",
      `${path} can't be downloaded (${withoutAdvice((error as Error).message).replace(/\.$/, "")}): load the model again.`,
    );
  }
}
