import { existsSync } from "node:fs";
import { readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clip, ClipCap, ClipSaveOptions, Gpt2, SentenceBert, Siglip } from "@rsdix/models";

/** What can be converted. */
export type Convertible = Clip | Siglip | ClipCap | Gpt2 | SentenceBert;

/**
 * Writes a model to a folder, a captioner's encoder into `encoder/` in it: all of it or nothing, also where it is stopped.
 *
 * @param isOver - whether a model may be in the folder, which this one replaces.
 * @returns the files' names.
 */
export async function saveConverted(model: Convertible, folder: string, options: ClipSaveOptions, isOver: boolean): Promise<string[]> {
  if (isOver) {
    const files = await model.save(folder, options);
    const { signal: _, ...toTheEnd } = options; // the new captioner must not be left with the older one's encoder
    return [...files, ...(await saveEncoder(model, folder, toTheEnd))];
  }
  const wasThere = existsSync(folder);
  try {
    return [...(await model.save(folder, options)), ...(await saveEncoder(model, folder, options))];
  } catch (error) {
    // There was nothing in it, and a captioner without its encoder must not stay.
    for (const name of await readdir(folder).catch(() => []))
      await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined);
    if (!wasThere) await rmdir(folder).catch(() => undefined);
    throw error;
  }
}

async function saveEncoder(model: Convertible, folder: string, { layout: _, ...options }: ClipSaveOptions): Promise<string[]> {
  const encoder = "encoder" in model ? model.encoder : undefined;
  const names = await encoder?.save(join(folder, "encoder"), options);
  return (names ?? []).map((name) => `encoder/${name}`);
}
