import { checkOptions, checkRange, fail } from "@rsdix/internal";
import type { RunPlanOptions } from "./run-plan";

/** Where a run stands: plain JSON, to be saved with a checkpoint and given back as `position`. */
export interface BatchPosition {
  /** The step that comes next, counted from 0 over the whole run. */
  readonly step: number;
  /** Its epoch, from 0. */
  readonly epoch: number;
  /** The seed of the run. */
  readonly seed: number;
  /** Images in an epoch. */
  readonly size: number;
  /** Images in a batch. */
  readonly batchSize: number;
  /** A hash of the images' names and captions and of what decides their order, so that a position is not taken up in another data set. */
  readonly order: string;
}

const FIELDS = ["step", "epoch", "seed", "size", "batchSize", "order"] as const;

/** Names what decides which image comes when, with which caption. */
export function hashOrder({ records, shuffle, dropLast, uniqueCaptions }: RunPlanOptions): string {
  const hash = textHash();
  hash.add(JSON.stringify({ shuffle, dropLast, uniqueCaptions }));
  for (const { filename, sentences } of records) {
    hash.add(filename);
    for (const { raw } of sentences) hash.add(raw);
  }
  return hash.hex();
}

/** 64 bits of two FNV-1a hashes over UTF-16: against mistakes, not against attackers. */
function textHash(): { add(text: string): void; hex(): string } {
  let a = 0x811c9dc5;
  let b = 0x050c5d1f;
  return {
    add(text) {
      for (let i = 0; i < text.length; i++) {
        const unit = text.charCodeAt(i);
        a = Math.imul(a ^ unit, 0x01000193);
        b = Math.imul(b ^ unit, 0x01000193) + 1;
      }
      a = Math.imul(a ^ 0x10000, 0x01000193); // no text holds it: ["ab", "c"] isn't ["a", "bc"]
      b = Math.imul(b ^ 0x10000, 0x01000193) + 1;
    },
    hex: () => [a, b].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join(""),
  };
}

/** Throws unless a position is of this run. */
export function checkPosition(position: BatchPosition, own: Omit<BatchPosition, "step" | "epoch">, stepsPerEpoch: number): void {
  checkOptions(position, FIELDS, "batches' position");
  for (const field of ["step", "epoch", "seed", "size", "batchSize"] as const) {
    checkRange(position[field], `position.${field}`, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  }
  const hint = "Take the position of a batch of the same data set, seed and batchSize, or begin anew without one.";
  for (const field of ["seed", "size", "batchSize"] as const) {
    if (position[field] !== own[field]) {
      fail("CHECKPOINT_MISMATCH", `The position is of a run with ${field} ${position[field]}, and this one has ${own[field]}. ${hint}`);
    }
  }
  if (position.order !== own.order) {
    fail(
      "CHECKPOINT_MISMATCH",
      `The position is of other images or captions, or of another order (shuffle, dropLast, uniqueCaptions). ${hint}`,
    );
  }
  if (position.epoch !== Math.floor(position.step / stepsPerEpoch)) {
    fail(
      "CHECKPOINT_MISMATCH",
      `The position's step ${position.step} isn't in epoch ${position.epoch} of ${stepsPerEpoch} steps each. ${hint}`,
    );
  }
}
