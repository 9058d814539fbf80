/** Train, validation and test by region of the Earth, with a gap between them that no patch reaches across. */
import type { Random } from "@rsdix/data";
import { fail } from "@rsdix/internal";
import { type Place, SIDE_KM } from "./sample";

/** The splits, in the order in which patches count as near: a patch may not be near one of a later split. */
export const SPLITS = ["train", "val", "test"] as const;
/** One of the splits. */
export type Split = (typeof SPLITS)[number];

/** Least distance between patches of different splits: 1.2 sides, so that no two of them share ground. */
const BUFFER_KM = 1.2 * SIDE_KM;
/** Height of a cell; its width is about 1.25 times that in kilometres, so that cells near the poles stay whole regions. */
const CELL_DEGREES = 12;
/** The two halves of the training regions have smaller cells, since no gap is needed between them. */
const PHASE_CELL_DEGREES = 6;
/** Ways to deal out the cells that are tried; the best by class counts is taken. */
const ATTEMPTS = 300;
/** Least patches of a class in each split. */
const LEAST: Readonly<Record<Split, number>> = { train: 50, val: 15, test: 25 };

interface Labelled extends Place {
  readonly label: string;
}

/** A labelled place that was given to a split. */
export type Placed<T> = T & {
  readonly split: Split;
  /** Which half of the training regions a training patch is in: the demo pre-trains on one and fine-tunes on both. */
  readonly phase: "pretrain" | "finetune";
};

/** How many patches of a class each split takes at most. */
export type Caps = Readonly<Record<Split, number>>;

/**
 * The number of the region that a place is in.
 *
 * @param place a place
 * @param degrees height of the cells
 * @returns a whole number; equal for places in the same cell
 */
export function cellOf({ lat, lon }: Place, degrees: number = CELL_DEGREES): number {
  const row = Math.min(180 / degrees - 1, Math.floor((lat + 90) / degrees));
  const middle = ((row + 0.5) * degrees - 90) * (Math.PI / 180);
  const columns = Math.max(3, Math.round((360 / (1.25 * degrees)) * Math.cos(middle)));
  return row * 1000 + Math.min(columns - 1, Math.floor(((lon + 180) / 360) * columns));
}

/**
 * Deals the cells out to the splits: many seeded ways are tried for the counts of classes alone, and the one in which the
 * scarcest class is best off is kept. Patches nearer than the buffer to one of a later split are dropped.
 *
 * @param patches the labelled places
 * @param labels all labels
 * @param caps how many patches a class may have in each split
 * @param random the stream to draw from
 * @returns the patches that are left, with their split, in the order of `patches`
 * @throws RsdixError EMPTY_DATA when a class has too few patches in a split
 */
export function splitByRegion<T extends Labelled>(
  patches: readonly T[],
  labels: readonly string[],
  caps: Caps,
  random: Random,
): Placed<T>[] {
  const cells = [...new Set(patches.map((patch) => cellOf(patch)))].sort((a, b) => a - b);
  const cellIndex = new Map(cells.map((cell, i) => [cell, i]));
  const cellOfPatch = patches.map((patch) => cellIndex.get(cellOf(patch))!);
  const labelOfPatch = patches.map(({ label }) => labels.indexOf(label));
  const near = nearCells(patches, cellOfPatch);
  const splitOf = (of: Int8Array, i: number): number => {
    const own = of[cellOfPatch[i]!]!;
    return near[i]!.every((cell) => of[cell]! <= own) ? own : -1;
  };
  const count = (of: Int8Array): Int32Array => {
    const counts = new Int32Array(labels.length * 3);
    for (let i = 0; i < patches.length; i++) {
      const split = splitOf(of, i);
      if (split >= 0) counts[labelOfPatch[i]! * 3 + split]!++;
    }
    return counts;
  };

  const raw = tally(cellOfPatch, labelOfPatch, cells.length, labels.length);
  let best: { of: Int8Array; counts: Int32Array; score: number } | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const of = deal(raw, caps, random.fork(attempt));
    const counts = count(of);
    const shares = Array.from(counts, (n, i) => Math.min(1, n / caps[SPLITS[i % 3]!]));
    const score = Math.min(...shares) + shares.reduce((sum, share) => sum + share, 0) / shares.length;
    if (!best || score > best.score) best = { of, counts, score };
  }
  const { of, counts } = best!;
  for (const [i, n] of counts.entries()) {
    const split = SPLITS[i % 3]!;
    if (n < Math.min(LEAST[split], caps[split])) {
      fail(
        "EMPTY_DATA",
        `The class "${labels[Math.floor(i / 3)]}" has ${n} patches for ${split}, at least ${LEAST[split]} are needed: raise \`points\` or change \`seed\`.`,
      );
    }
  }
  const kept = patches.flatMap((patch, i) => {
    const split = splitOf(of, i);
    return split < 0 ? [] : [{ ...patch, split: SPLITS[split]! }];
  });
  const pretrain = halve(
    kept.filter(({ split }) => split === "train"),
    labels,
    random.fork("pretrain"),
  );
  return kept.map((patch) => ({ ...patch, phase: pretrain.has(cellOf(patch, PHASE_CELL_DEGREES)) ? "pretrain" : "finetune" }));
}

/** For each patch, the other cells that have a patch nearer than the buffer. */
function nearCells(patches: readonly Place[], cellOfPatch: readonly number[]): number[][] {
  const radians = Math.PI / 180;
  const nearest = Math.cos(BUFFER_KM / 6371);
  const x = Float64Array.from(patches, (p) => Math.cos(p.lat * radians) * Math.cos(p.lon * radians));
  const y = Float64Array.from(patches, (p) => Math.cos(p.lat * radians) * Math.sin(p.lon * radians));
  const z = Float64Array.from(patches, (p) => Math.sin(p.lat * radians));
  const near = patches.map(() => new Set<number>());
  for (let i = 0; i < patches.length; i++) {
    for (let j = 0; j < i; j++) {
      if (cellOfPatch[i] !== cellOfPatch[j] && x[i]! * x[j]! + y[i]! * y[j]! + z[i]! * z[j]! > nearest) {
        near[i]!.add(cellOfPatch[j]!);
        near[j]!.add(cellOfPatch[i]!);
      }
    }
  }
  return near.map((set) => [...set]);
}

/** Patches of each class in each cell. */
function tally(cellOfPatch: readonly number[], labelOfPatch: readonly number[], cells: number, labels: number): Int32Array[] {
  const counts = Array.from({ length: cells }, () => new Int32Array(labels));
  for (let i = 0; i < cellOfPatch.length; i++) counts[cellOfPatch[i]!]![labelOfPatch[i]!]!++;
  return counts;
}

/** One way to deal out the cells: in random order, to the test set while a class of the cell lacks patches there, then to validation. */
function deal(raw: readonly Int32Array[], caps: Caps, random: Random): Int8Array {
  const of = new Int8Array(raw.length);
  const have = { val: new Int32Array(raw[0]!.length), test: new Int32Array(raw[0]!.length) };
  for (const cell of random.shuffle(Array.from(raw, (_, i) => i))) {
    for (const split of ["test", "val"] as const) {
      const wanted = raw[cell]!.some((n, label) => n >= caps[split] / 8 && have[split][label]! < caps[split]);
      if (!wanted) continue;
      of[cell] = SPLITS.indexOf(split);
      raw[cell]!.forEach((n, label) => {
        have[split][label]! += n;
      });
      break;
    }
  }
  return of;
}

/** About half of the training regions, chosen so that every class has as near as possible to half of its patches there. */
function halve(training: readonly Labelled[], labels: readonly string[], random: Random): Set<number> {
  const counts = new Map<number, Int32Array>();
  for (const patch of training) {
    const cell = cellOf(patch, PHASE_CELL_DEGREES);
    if (!counts.has(cell)) counts.set(cell, new Int32Array(labels.length));
    counts.get(cell)![labels.indexOf(patch.label)]!++;
  }
  const totals = labels.map((label) => training.filter((patch) => patch.label === label).length);
  let best: { cells: Set<number>; worst: number } | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const stream = random.fork(attempt);
    const chosen = [...counts].filter(() => stream.next() < 0.5);
    const shares = totals.map((total, label) => chosen.reduce((sum, [, count]) => sum + count[label]!, 0) / total);
    const worst = Math.max(...shares.map((share) => Math.abs(share - 0.5)));
    if (!best || worst < best.worst) best = { cells: new Set(chosen.map(([cell]) => cell)), worst };
  }
  return best!.cells;
}
