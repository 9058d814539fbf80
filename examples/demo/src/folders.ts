import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import type { Stage } from "./stage";

/** Where a run's files are. */
export interface Folders {
  /** The report's folder. */
  root: string;
  /** The records of all runs. */
  log: string;
  /** Checkpoints of a run in progress. */
  checkpoints(stage: Stage): string;
  /** The finished weights. */
  model(name: Stage): string;
  /** Another file of the report. */
  file(name: string): string;
}

const OURS = "rsdix demo report\n"; // what the marker file holds

/** Names the files below a report's folder. */
export function reportFolders(root: string): Folders {
  return {
    root,
    log: join(root, "run.jsonl"),
    checkpoints: (stage) => join(root, "checkpoints", stage),
    model: (name) => join(root, "models", name, "model.safetensors"),
    file: (name) => join(root, name),
  };
}

/**
 * Refuses a report's folder that is not the demo's to write to.
 *
 * @param folders the files
 * @returns whether an earlier demo made it
 * @throws INVALID_ARGUMENT when the folder holds something that the demo did not make, or another demo is writing there
 */
export function checkFolders(folders: Folders): boolean {
  const { root } = folders;
  const marker = folders.file(".rsdix-demo");
  const found = existsSync(marker) ? readFileSync(marker, "utf8") : "";
  const ours = found.startsWith(OURS);
  if (!ours && existsSync(root) && (!statSync(root).isDirectory() || readdirSync(root).length > 0)) {
    fail("INVALID_ARGUMENT", `${root} exists and was not made by the demo, so it is left alone. Choose another folder with --out.`);
  }
  const owner = Number(found.slice(OURS.length));
  if (ours && owner > 0 && isRunning(owner)) {
    fail(
      "INVALID_ARGUMENT",
      `Another demo (process ${owner}) is writing to ${root}. Wait for it, or choose another folder with --out. If that process is something else, remove its number from ${marker}.`,
    );
  }
  return ours;
}

/**
 * Makes the report's folder ready and takes it for this process: a new run starts from an empty one, a resumed run keeps what is there.
 *
 * @param folders the files
 * @param resume whether what is there is kept
 * @returns gives the folder back
 * @throws INVALID_ARGUMENT as `checkFolders`; WRITE_FAILED
 */
export async function prepareFolders(folders: Folders, resume: boolean): Promise<() => Promise<void>> {
  const { root } = folders;
  const marker = folders.file(".rsdix-demo");
  const ours = checkFolders(folders);
  try {
    if (ours && !resume) {
      const unfinished = existsSync(folders.file("checkpoints")) && !existsSync(folders.file("summary.json"));
      if (unfinished) console.log(`  Starting anew: the interrupted run in ${root} goes (--resume would have gone on from it).`);
      await rm(root, { recursive: true });
    }
    await mkdir(root, { recursive: true });
    await writeFileAtomic(marker, `${OURS}${process.pid}\n`);
  } catch (error) {
    fail("WRITE_FAILED", `Cannot make the folder ${root}: ${(error as Error).message}. Choose another with --out.`, error);
  }
  return () => writeFileAtomic(marker, OURS);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0); // signal 0 only asks
    return pid !== process.pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // somebody else's, but there
  }
}
