/** Makes BlueMarble-Captions: patches of the Earth with a class and five captions each, split by region. */
import { mkdir, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { type CaptionDataset, type CaptionRecord, createRandom, type Random } from "@rsdix/data";
import { writeFileAtomic, writeKarpathy } from "@rsdix/data/node";
import { checkOptions, checkRange, fail } from "@rsdix/internal";
import { writeCaptions } from "./captions";
import { classify, LABELS, type Label } from "./classes";
import { describe, type Manifest, type Parameters, readPaths } from "./manifest";
import { fibonacciPlaces, type Measures, measure } from "./sample";
import { loadSources, type Sources } from "./sources";
import { type Caps, type Placed, SPLITS, splitByRegion } from "./split";
import { type Summary, summarise } from "./summary";
import { writePictures } from "./write-pictures";

/** Points of the lattice on the whole sphere; one for each 5,100 square kilometres. */
const POINTS = 100_000;
/** Patches of a class in each split, at most. */
const CAPS: Caps = { train: 300, val: 40, test: 60 };
/** Candidates of a class before the split, as a multiple of its patches: the sea would have 58,000. */
const CANDIDATES = 4;
/** Points measured between two looks at the signal. */
const CHUNK = 2000;

/** What `onProgress` is told. */
export interface BlueMarbleProgress {
  /** What is being done. */
  readonly stage: "measure" | "write";
  /** How much of it is done: points measured or pictures written. */
  readonly done: number;
  /** How much there is to do. */
  readonly total: number;
}

/** Options of `makeBlueMarble` and `openBlueMarble`. */
export interface BlueMarbleOptions {
  /** Seed of everything that is drawn: the lattice's turn, the split, which patches are kept, the captions. */
  readonly seed: number;
  /** The folder to make: `images/`, `dataset_bluemarble.json` and `manifest.json`. */
  readonly dir: string;
  /** Points of the lattice on the whole sphere, 100,000 unless told otherwise. */
  readonly points?: number;
  /** Patches of a class in each split at most; 300, 40 and 60 unless told otherwise. */
  readonly caps?: Caps;
  /** The folder of the source images; the installed three-globe's unless told otherwise. */
  readonly sourceDir?: string;
  /** Called as the work goes on. */
  readonly onProgress?: (progress: BlueMarbleProgress) => void;
  /** Stops the work. */
  readonly signal?: AbortSignal;
}

/** A data set on disk. */
export interface BlueMarble {
  /** The annotations; each image's `extra` has `lat` and `lon`, and in training `phase` ("pretrain" or "finetune"). */
  readonly dataset: CaptionDataset;
  /** The folder of the pictures, for `loadImages`. */
  readonly imageDir: string;
  /** Counts. */
  readonly summary: Summary;
}

/**
 * Makes the data set anew.
 *
 * @param options seed, folder and progress
 * @returns the data set
 * @throws RsdixError MISSING_DEPENDENCY, FILE_NOT_FOUND or FILE_CORRUPT for a source image, EMPTY_DATA for a class without
 * patches in a split, WRITE_FAILED, ABORTED, INVALID_ARGUMENT, UNKNOWN_OPTION
 */
export async function makeBlueMarble(options: BlueMarbleOptions): Promise<BlueMarble> {
  const parameters = checkParameters(options);
  const paths = readPaths(options.dir);
  await checkOurs(paths, options.dir); // before the work that would be for nothing
  const random = createRandom(parameters.seed);
  const sources = await loadSources(options.sourceDir === undefined ? {} : { imageDir: options.sourceDir });
  const candidates = await findCandidates(sources, parameters, random, options);
  const patches = keepUpToCaps(
    splitByRegion(candidates, LABELS, parameters.caps, random.fork("split")),
    parameters.caps,
    random.fork("kept"),
  );
  const dataset = annotate(patches, random.fork("captions"));

  await clear(paths);
  const files = dataset.images.map(({ filename }, i) => ({ path: join(paths.images, filename), place: patches[i]! }));
  await writePictures(sources.colour, files, options);
  await writeKarpathy(paths.dataset, dataset);
  const manifest: Manifest = await describe(paths, parameters); // written last: without it the folder counts as half-made
  await writeFileAtomic(paths.manifest, `${JSON.stringify(manifest, null, 2)}\n`);
  return { dataset, imageDir: paths.images, summary: summarise(dataset) };
}

/**
 * Checks the options and fills in the defaults.
 *
 * @param options as given by the user
 * @returns what the data set depends on
 * @throws RsdixError INVALID_ARGUMENT, UNKNOWN_OPTION
 */
export function checkParameters(options: BlueMarbleOptions): Parameters {
  checkOptions(options, ["seed", "dir", "points", "caps", "sourceDir", "onProgress", "signal"], "makeBlueMarble");
  const { seed, dir, points = POINTS, caps = CAPS } = options;
  if (typeof dir !== "string" || dir === "") fail("INVALID_ARGUMENT", `dir must be the path of a folder, got ${JSON.stringify(dir)}.`);
  checkRange(seed, "seed", { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  checkRange(points, "points", { min: 1000, max: 1_000_000, integer: true });
  checkOptions(caps, SPLITS, "caps");
  for (const split of SPLITS) checkRange(caps[split], `caps.${split}`, { min: 1, max: 5000, integer: true });
  return { seed, points, caps: { train: caps.train, val: caps.val, test: caps.test } };
}

type Candidate = Measures & { readonly label: Label };

/** Measures the lattice and keeps a random selection of each class, in the order of the lattice. */
async function findCandidates(
  sources: Sources,
  { points, caps }: Parameters,
  random: Random,
  { onProgress, signal }: BlueMarbleOptions,
): Promise<Candidate[]> {
  const places = fibonacciPlaces(points, random.fork("turn").next());
  const byLabel = new Map<Label, Candidate[]>(LABELS.map((label) => [label, []]));
  for (let done = 0; done < places.length; ) {
    for (const place of places.slice(done, done + CHUNK)) {
      const measures = measure(sources, place);
      const label = classify(measures, sources.greenland);
      if (label) byLabel.get(label)!.push({ ...measures, label });
    }
    done = Math.min(places.length, done + CHUNK);
    onProgress?.({ stage: "measure", done, total: places.length });
    await new Promise(setImmediate); // lets Ctrl-C and the progress bar through
    if (signal?.aborted) fail("ABORTED", "Making the data set was interrupted; nothing was written.", signal.reason);
  }
  const most = CANDIDATES * (caps.train + caps.val + caps.test);
  return LABELS.flatMap((label) => thin(byLabel.get(label)!, most, random.fork("candidates").fork(label)));
}

/** At most `most` of the patches of each class and split, drawn at random, in the given order. */
function keepUpToCaps(patches: readonly Placed<Candidate>[], caps: Caps, random: Random): Placed<Candidate>[] {
  return LABELS.flatMap((label) =>
    SPLITS.flatMap((split) =>
      thin(
        patches.filter((patch) => patch.label === label && patch.split === split),
        caps[split],
        random.fork(`${label} ${split}`),
      ),
    ),
  );
}

function thin<T>(patches: readonly T[], most: number, random: Random): T[] {
  if (patches.length <= most) return [...patches];
  const kept = new Set(random.shuffle(patches.map((_, i) => i)).slice(0, most));
  return patches.filter((_, i) => kept.has(i));
}

/** The annotations in the form of `dataset_rsicd.json`. */
function annotate(patches: readonly Placed<Candidate>[], random: Random): CaptionDataset {
  const numbers = new Map<Label, number>();
  const images = patches.map((patch, imgid): CaptionRecord => {
    const { label, split, phase, lat, lon } = patch;
    const number = (numbers.get(label) ?? 0) + 1;
    numbers.set(label, number);
    const captions = writeCaptions(label, patch, random.fork(imgid));
    return {
      filename: `${label.replaceAll(" ", "")}_${number}.png`,
      imgid,
      split,
      label,
      sentences: captions.map((raw, i) => ({
        raw,
        tokens: raw.split(" ").filter((word) => /[a-z]/.test(word)),
        extra: { imgid, sentid: imgid * captions.length + i },
      })),
      extra: { lat: round(lat), lon: round(lon), ...(split === "train" && { phase }) },
    };
  });
  return { dataset: "bluemarble", images };
}

/** Degrees with five digits: a metre. */
function round(degrees: number): number {
  return Math.round(degrees * 1e5) / 1e5;
}

type Paths = ReturnType<typeof readPaths>;

/** Refuses a folder with anything but what an earlier run of ours left, since its pictures may have the names that ours have. */
async function checkOurs({ marker }: Paths, dir: string): Promise<void> {
  const found = await readdir(dir).catch(() => [] as string[]);
  if (found.length > 0 && !found.includes(basename(marker))) {
    fail(
      "INVALID_ARGUMENT",
      `${dir} holds files that are not this data set's, so it is left alone. Choose another folder, or an empty one.`,
    );
  }
}

/** Makes the folder ready: what an earlier run of ours left goes. */
async function clear({ images, marker, manifest }: Paths): Promise<void> {
  try {
    await mkdir(images, { recursive: true });
    await writeFileAtomic(marker, "BlueMarble-Captions, made by rsdix; may be deleted\n");
    await rm(manifest, { force: true });
    for (const name of await readdir(images)) if (/^[a-z]+_\d+\.png$/.test(name)) await rm(join(images, name), { force: true });
  } catch (cause) {
    fail("WRITE_FAILED", `Cannot make the folder ${images}: ${(cause as Error).message}. Choose another.`, cause);
  }
}
