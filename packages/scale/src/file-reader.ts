import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";

/** Gives the bytes of a file. */
export type FileReader = (path: string) => Promise<Uint8Array>;

/** Above this, reading isn't quick: others could be under way in that time. */
const SLOW_MS = 1;
/** What the newest file counts in the mean, so that one that the disk had to be woken for doesn't decide. */
const SHARE = 0.1;

/**
 * A reader of many files. A small file of a near disk is there in 6 µs where it is asked for at once, and in 60 by fs/promises, which is most of what merging
 * a million shards takes. On a network's disk, and with large files, it is the other way round: there they are read side by side from then on.
 */
export function fileReader(now = () => performance.now()): FileReader {
  let mean = 0;
  return async (path) => {
    if (mean > SLOW_MS) return readFile(path);
    const started = now();
    const bytes = readFileSync(path);
    mean += SHARE * (now() - started - mean);
    return bytes;
  };
}
