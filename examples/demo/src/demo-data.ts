import { createHash } from "node:crypto";
import { type CaptionRecord, type Split, selectSplit, stringifyKarpathy } from "@rsdix/data";
import { loadImages } from "@rsdix/data/node";
import type { RgbImage } from "@rsdix/image";
import { fail } from "@rsdix/internal";
import { classNames, promptNames } from "./bluemarble/captions";
import { LABELS, type Label } from "./bluemarble/classes";
import { openBlueMarble } from "./bluemarble/open";
import { SIDE_PIXELS as PATCH } from "./bluemarble/sample";
import type { Summary as DatasetSummary } from "./bluemarble/summary";

/** The data set in memory; `pixels` is shared between threads. */
export interface DemoData {
  /** Names this data set: another seed or generator gives another name. */
  fingerprint: string;
  /** The annotations, in the order of the pixels. */
  records: readonly CaptionRecord[];
  /** RGB bytes of every patch, one after the other. */
  pixels: Uint8Array;
}

/** A part of the data set. */
export interface DemoSplit {
  /** The annotations. */
  records: readonly CaptionRecord[];
  /** The patches. */
  images: RgbImage[];
  /** The captions of each patch. */
  captions: string[][];
  /** The class of each patch, as an index into `LABELS`. */
  labels: Int32Array;
}

/** Makes or reuses the data set, and reads its patches. */
export async function loadDemoData(options: {
  /** The data set's folder. */
  dir: string;
  /** Its seed. */
  seed: number;
  /** How many patches are read of each class, split and phase of the training; all where it is left out. */
  perClass?: number;
  /** Stops the work. */
  signal: AbortSignal;
  /** What is being done, and how far. */
  onProgress: (stage: "measure" | "write" | "read", done: number, total: number) => void;
}): Promise<{ data: DemoData; summary: DatasetSummary; reused: boolean }> {
  const { dir, seed, perClass, signal, onProgress } = options;
  const made = await openBlueMarble({ dir, seed, signal, onProgress: ({ stage, done, total }) => onProgress(stage, done, total) });
  const records = perClass === undefined ? made.dataset.images : firstOfEach(made.dataset.images, perClass);
  const loading = loadImages(records, made.imageDir, { signal, onProgress: ({ done, total }) => onProgress("read", done, total) });
  const images = await loading.catch((error: Error & { code?: string }) => {
    if (error.code !== "FILE_CORRUPT" && error.code !== "FILE_NOT_FOUND") throw error;
    return fail(error.code, `${error.message}\nThe data set is damaged: delete ${dir} to have it made anew.`, error);
  });
  const odd = images.findIndex(({ width, height }) => width !== PATCH || height !== PATCH);
  if (odd >= 0) {
    const { width, height } = images[odd]!;
    const name = records[odd]!.filename;
    fail(
      "FILE_CORRUPT",
      `${name} has ${width} x ${height} pixels in place of ${PATCH} x ${PATCH}: delete ${dir} to have the data set made anew.`,
    );
  }
  const bytes = PATCH * PATCH * 3;
  const pixels = new Uint8Array(new SharedArrayBuffer(images.length * bytes));
  images.forEach((image, i) => {
    pixels.set(image.data, i * bytes);
  });
  const fingerprint = createHash("sha256").update(stringifyKarpathy(made.dataset)).update(pixels).digest("hex");
  return { data: { fingerprint, records, pixels }, summary: made.summary, reused: made.reused };
}

/** The first records of each class, split and phase of the training. */
function firstOfEach(records: readonly CaptionRecord[], count: number): CaptionRecord[] {
  const seen = new Map<string, number>();
  return records.filter(({ label, split, extra }) => {
    const kind = `${label} ${split} ${extra?.phase}`;
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
    return seen.get(kind)! <= count;
  });
}

/** The patches of a split, or of those of its records that `wanted` chooses. */
export function demoSplit(data: DemoData, split: Split, wanted: (record: CaptionRecord) => boolean = () => true): DemoSplit {
  const members = new Set(selectSplit({ dataset: "", images: data.records }, split).filter(wanted));
  const rows = data.records.flatMap((record, i) => (members.has(record) ? [i] : []));
  const records = rows.map((i) => data.records[i]!);
  return {
    records,
    images: rows.map((i) => patchAt(data, i)),
    captions: records.map((record) => record.sentences.map(({ raw }) => raw)),
    labels: Int32Array.from(records, ({ label }) => LABELS.indexOf(label as Label)),
  };
}

function patchAt({ pixels }: DemoData, row: number): RgbImage {
  const bytes = PATCH * PATCH * 3;
  return { width: PATCH, height: PATCH, data: pixels.subarray(row * bytes, (row + 1) * bytes) };
}

/** Class names as the zero-shot prompts say them, and as captions may name them, in the order of `LABELS`. */
export const CLASS_PROMPTS = LABELS.map((label) => promptNames[label]);
export const CLASS_NAMES = LABELS.map((label) => classNames[label]);

export { LABELS };
