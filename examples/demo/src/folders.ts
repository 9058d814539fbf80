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
 * Makes the report's folder ready: a new run starts from an empty one, a resumed run keeps what is there.
 *
 * @param folders the files
 * @param resume whether what is there is kept
 * @throws INVALID_ARGUMENT when the folder holds something that the demo did not make; WRITE_FAILED
 */
export async function prepareFolders(folders: Folders, resume: boolean): Promise<void> {
  const marker = folders.file(".rsdix-demo");
  const ours = existsSync(marker) && readFileSync(marker, "utf8") === OURS;
  try {
    if (existsSync(folders.root) && !ours) {
      if (!statSync(folders.root).isDirectory() || readdirSync(folders.root).length > 0) {
        fail(
          "INVALID_ARGUMENT",
          `${folders.root} exists and was not made by the demo, so it is left alone. Choose another folder with --out.`,
        );
      }
    }
    if (ours && !resume) await rm(folders.root, { recursive: true });
    await mkdir(folders.root, { recursive: true });
    await writeFileAtomic(marker, OURS);
  } catch (error) {
    if ((error as { code?: string }).code === "INVALID_ARGUMENT") throw error;
    fail("WRITE_FAILED", `Cannot make the folder ${folders.root}: ${(error as Error).message}. Choose another with --out.`, error);
  }
}
