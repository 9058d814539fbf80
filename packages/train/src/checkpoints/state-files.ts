import { open, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fail, isRecord, type RsdixError } from "@rsdix/internal";
import { readSafetensors, writeSafetensors } from "@rsdix/models/node";
import type { BestMetric } from "../fit/records";
import type { RunDetails, RunState } from "./checkpoint-store";

const TENSORS = "state.safetensors";
const DETAILS = "state.json";
/** Of the layout of state.json. */
const FORMAT = 1;
/** A position and some best values: far below it. */
const MOST_BYTES = 1 << 20;

/** What state.json holds. */
export interface StateDetails {
  fingerprint: string;
  best?: BestMetric;
  details: RunDetails;
}

/** Writes a state into an empty folder. */
export async function writeState(folder: string, { step, fingerprint, tensors, details, best }: RunState): Promise<void> {
  const text = `${JSON.stringify({ format: FORMAT, step, fingerprint, ...(best && { best }), details }, null, 2)}\n`;
  const bytes = Buffer.byteLength(text);
  if (bytes > MOST_BYTES) {
    fail(
      "INVALID_ARGUMENT",
      `A checkpoint's JSON has no more than ${MOST_BYTES} bytes, got ${bytes}: ${fingerprint.length} characters of fingerprint, the rest position and validations. Nothing was written: name the data by a hash, and a place in them by few numbers.`,
    );
  }
  await writeSafetensors(join(folder, TENSORS), tensors, { step: String(step), fingerprint });
  const path = join(folder, DETAILS);
  try {
    const file = await open(path, "wx");
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    fail("WRITE_FAILED", `Can't write the checkpoint ${path}: ${(error as Error).message}. An older one is untouched.`, error);
  }
}

/** Reads a state; `step` is that of its name. */
export async function readState(folder: string, step: number): Promise<RunState> {
  const details = await readDetails(folder, step);
  const { tensors, metadata } = await readSafetensors(join(folder, TENSORS));
  if (metadata.step !== String(step) || metadata.fingerprint !== details.fingerprint) {
    fail("FILE_CORRUPT", `${TENSORS} and ${DETAILS} are of different checkpoints.`);
  }
  return { step, tensors, ...details };
}

/** Reads a state's JSON alone. */
export async function readDetails(folder: string, step: number): Promise<StateDetails> {
  const path = join(folder, DETAILS);
  const value = await readJson(path);
  const corrupt = (what: string) => fail("FILE_CORRUPT", `${path} ${what}.`);
  if (!isRecord(value)) return corrupt("isn't a JSON object");
  const { format, fingerprint, best, details } = value;
  if (format !== FORMAT) corrupt(`must have the format ${FORMAT}, which this version reads`);
  if (value.step !== step) corrupt(`must be of step ${step}, as its folder's name says`);
  if (typeof fingerprint !== "string") return corrupt("has no fingerprint");
  if (!isRecord(details)) return corrupt("has no details");
  if (best === undefined) return { fingerprint, details };
  if (!isRecord(best) || typeof best.metric !== "string" || typeof best.value !== "number") return corrupt("has a best that is no metric");
  return { fingerprint, details, best: { metric: best.metric, value: best.value } };
}

async function readJson(path: string): Promise<unknown> {
  try {
    const { size } = await stat(path);
    if (size > MOST_BYTES) fail("FILE_CORRUPT", `${path} has ${size} bytes, and a checkpoint's JSON has no more than ${MOST_BYTES}.`);
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if ((error as RsdixError).name === "RsdixError") throw error;
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return fail(missing ? "FILE_NOT_FOUND" : "FILE_CORRUPT", `Can't read ${path}: ${(error as Error).message}`, error);
  }
}
