import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, readdir, realpath, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fail, type RsdixError } from "@rsdix/internal";
import type { Clip, ClipCap, ClipSaveOptions, Gpt2, SentenceBert, Siglip } from "@rsdix/models";

/** What can be converted. */
export type Convertible = Clip | Siglip | ClipCap | Gpt2 | SentenceBert;

/** Where a captioner's encoder lies. */
export const ENCODER = "encoder";
/** Weights as they are saved here: those of an older model are not carried over. */
export const WEIGHTS = /^model(-\d{5,}-of-\d{5,})?\.safetensors(\.index\.json)?$/;

/**
 * Writes a model to a folder, a captioner's encoder into `encoder/` in it: all of it or nothing, also where it is stopped.
 *
 * @param isOver - whether a model may be in the folder, which this one replaces.
 * @returns the files' names.
 */
export async function saveConverted(model: Convertible, folder: string, options: ClipSaveOptions, isOver: boolean): Promise<string[]> {
  if (isOver) return saveOver(model, folder, options);
  const wasThere = existsSync(folder);
  let own: readonly string[] = [];
  try {
    own = await model.save(folder, options);
    return [...own, ...(await saveEncoder(model, join(folder, ENCODER), options))];
  } catch (error) {
    // A captioner without its encoder must not stay; what else came into the folder meanwhile is not ours.
    for (const name of own) await rm(join(folder, name), { force: true }).catch(() => undefined);
    for (const name of await readdir(folder).catch(() => [])) await rmdir(join(folder, name)).catch(() => undefined); // empty ones
    if (!wasThere) await rmdir(folder).catch(() => undefined);
    throw error;
  }
}

/**
 * The encoder is written beside the older one. That is out of the way while the captioner takes the older captioner's place, which is done wholly or not at
 * all: a kill leaves a captioner that lacks an encoder, and none with another one's.
 */
async function saveOver(model: Convertible, folder: string, options: ClipSaveOptions): Promise<string[]> {
  if (!("encoder" in model) || !model.encoder) return model.save(folder, options);
  const place = join(folder, ENCODER);
  const id = randomUUID();
  const [made, aside] = [`${place}.${id}.tmp`, `${place}.${id}.old`];
  const wasThere = existsSync(folder);
  let isAside = false;
  let isSaved = false;
  try {
    await carryOver(place, made);
    const files = await saveEncoder(model, made, options);
    isAside = await moved(place, aside);
    const own = await model.save(folder, options);
    isSaved = true;
    await rename(made, place);
    await rm(aside, { recursive: true, force: true }).catch(() => undefined); // the model is there all the same
    return [...own, ...files];
  } catch (error) {
    if (isSaved) fail("WRITE_FAILED", `${made} could not be renamed to ${place}, where it belongs: ${(error as Error).message}.`, error);
    await rm(made, { recursive: true, force: true }).catch(() => undefined);
    if (isAside) await rename(aside, place);
    if (!wasThere) await rmdir(folder).catch(() => undefined);
    if ((error as RsdixError).name === "RsdixError") throw error;
    return fail("WRITE_FAILED", `${folder} could not be written: ${(error as Error).message}. What was there before is unchanged.`, error);
  }
}

/** What lies beside the older encoder's weights, models in further folders among it, stays beside the new one's, as in any folder that a model is saved to. */
async function carryOver(from: string, to: string): Promise<void> {
  const source = await realpath(from).catch(() => undefined);
  if (source === undefined) return;
  await cp(source, to, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => dirname(path) !== source || !WEIGHTS.test(basename(path)),
  });
}

/** Whether there was something to move. */
async function moved(from: string, to: string): Promise<boolean> {
  return rename(from, to).then(
    () => true,
    (error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? false : Promise.reject(error)),
  );
}

async function saveEncoder(model: Convertible, place: string, { layout: _, ...options }: ClipSaveOptions): Promise<string[]> {
  const encoder = "encoder" in model ? model.encoder : undefined;
  const names = await encoder?.save(place, options);
  return (names ?? []).map((name) => `${ENCODER}/${name}`);
}
