import { writeFile } from "node:fs/promises";
import { encodePng } from "@rsdix/image/node";
import { fail, RsdixError } from "@rsdix/internal";
import type { BlueMarbleProgress } from "./make";
import { type Place, SIDE_PIXELS, samplePixels } from "./sample";
import type { Raster } from "./sources";

/** Pictures written at the same time: enough to keep libvips' threads busy. */
const AT_ONCE = 32;

/** A picture to write. */
export interface Picture {
  readonly path: string;
  /** The middle of its patch. */
  readonly place: Place;
}

/**
 * Samples and writes the pictures as PNG files. They are not flushed one by one: the manifest that is written after them says
 * that all are there.
 *
 * @param colour the colours of the Earth
 * @param pictures what to write where
 * @param options progress and the signal that stops the work
 * @throws RsdixError WRITE_FAILED with the path and the reason, ABORTED
 */
export async function writePictures(
  colour: Raster,
  pictures: readonly Picture[],
  { onProgress, signal }: { onProgress?: (progress: BlueMarbleProgress) => void; signal?: AbortSignal },
): Promise<void> {
  for (let done = 0; done < pictures.length; ) {
    if (signal?.aborted) fail("ABORTED", "Making the data set was interrupted; the next run makes it anew.", signal.reason);
    const batch = pictures.slice(done, done + AT_ONCE);
    const results = await Promise.allSettled(batch.map((picture) => writePicture(colour, picture)));
    for (const result of results) if (result.status === "rejected") throw result.reason;
    done += batch.length;
    onProgress?.({ stage: "write", done, total: pictures.length });
  }
}

async function writePicture(colour: Raster, { path, place }: Picture): Promise<void> {
  const bytes = await encodePng({ width: SIDE_PIXELS, height: SIDE_PIXELS, data: samplePixels(colour, place) });
  try {
    await writeFile(path, bytes);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === "ENOSPC" || code === "EDQUOT" ? "the disk is full. Free about 20 MB, or choose another folder" : message;
    throw new RsdixError("WRITE_FAILED", `Cannot write ${path}: ${reason}.`, { cause });
  }
}
