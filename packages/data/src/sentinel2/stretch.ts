import { checkOptions, checkRange, fail } from "@rsdix/internal";
import type { Samples } from "./raster";
import { RowWindow } from "./row-window";
import type { Sentinel2Scene } from "./scene";

/** How a scene's numbers become bytes. */
export interface StretchOptions {
  /** What becomes 0; 0 unless told otherwise. In the file's numbers: reflectance times 10,000 in L2A, plus 1,000 since processing baseline 04.00. */
  readonly min?: number;
  /** What becomes 255; 3,000 of whole numbers (a reflectance of 0.3), 0.3 of fractions and 255 of bytes unless told otherwise. */
  readonly max?: number;
  /** In place of `min` and `max`: percentiles of the seen pixels of each band, such as `[2, 98]`; the whole scene is read once for them. */
  readonly percentiles?: readonly [low: number, high: number];
  /** Above 1 lightens dark ground; 1 unless told otherwise. */
  readonly gamma?: number;
}

/** The byte of a number. */
export type Stretch = (value: number) => number;

/** Whole numbers that are counted and looked up: those of 16 bits. */
const VALUES = 65_536;

const USUAL_MAX = { bytes: 255, whole: 3000, fractions: 0.3 };

/** The three bands' stretches: `255 · ((value - min) / (max - min)) ** (1 / gamma)`, clipped and rounded. */
export async function stretchesOf(scene: Sentinel2Scene, options: StretchOptions = {}, signal?: AbortSignal): Promise<readonly Stretch[]> {
  checkOptions(options, ["min", "max", "percentiles", "gamma"], "stretch");
  const { gamma = 1, percentiles } = options;
  checkRange(gamma, "stretch.gamma", { min: 0.1, max: 10 });
  const { numbers } = scene.layers.rgb[0].raster;
  if (!percentiles) {
    const { min = 0, max = USUAL_MAX[numbers] } = options;
    checkRange(min, "stretch.min", {});
    checkRange(max, "stretch.max", {});
    if (!(max > min)) fail("INVALID_ARGUMENT", `stretch.max must be above stretch.min, got ${min} and ${max}.`);
    return [0, 1, 2].map(() => stretchFrom(min, max, gamma, numbers !== "fractions"));
  }
  if (options.min !== undefined || options.max !== undefined) {
    fail("INVALID_ARGUMENT", "stretch takes min and max, or percentiles, not both.");
  }
  const [low, high] = Array.isArray(percentiles) ? percentiles : [];
  checkRange(low, "stretch.percentiles[0]", { min: 0, max: 100 });
  checkRange(high, "stretch.percentiles[1]", { min: 0, max: 100 });
  if (!(high! > low!)) fail("INVALID_ARGUMENT", `stretch.percentiles must grow, got ${low} and ${high}.`);
  if (numbers === "fractions") fail("INVALID_ARGUMENT", "stretch.percentiles are of whole numbers: give min and max for fractions.");
  const histograms = await histogramsOf(scene, signal);
  return histograms.map((histogram, c) => {
    const [min, max] = [percentile(histogram, low!), percentile(histogram, high!)];
    // A band of one value has no range: what is above it is white.
    if (!Number.isFinite(min)) fail("EMPTY_DATA", `The ${["red", "green", "blue"][c]} band has no pixel that was seen.`);
    return stretchFrom(min, Math.max(max, min + 1), gamma, true);
  });
}

function stretchFrom(min: number, max: number, gamma: number, whole: boolean): Stretch {
  const byteOf = (value: number) => {
    const unit = Math.min(1, Math.max(0, (value - min) / (max - min)));
    return Math.floor((gamma === 1 ? unit : unit ** (1 / gamma)) * 255 + 0.5);
  };
  if (!whole) return byteOf;
  // A tile has 120 million pixels a band, and few values.
  const table = Uint8Array.from({ length: VALUES }, (_, value) => byteOf(value));
  return (value) => table[value] ?? byteOf(value);
}

/** How many seen pixels of each band have which value, negative ones counted as 0. */
async function histogramsOf({ layers, width, height, noData }: Sentinel2Scene, signal: AbortSignal | undefined): Promise<Float64Array[]> {
  const windows = layers.rgb.map(({ raster, band }) => new RowWindow(raster, band, signal));
  const histograms = layers.rgb.map(() => new Float64Array(VALUES));
  for (let y = 0; y < height; y++) {
    const rows = (await Promise.all(windows.map((window) => window.moveTo(y, y + 1)))).map((rowAt) => rowAt(y));
    const [red, green, blue] = rows as [Samples, Samples, Samples];
    for (let x = 0; x < width; x++) {
      if (red[x] === noData || green[x] === noData || blue[x] === noData) continue;
      for (let c = 0; c < 3; c++) histograms[c]![Math.min(VALUES - 1, Math.max(0, rows[c]![x]!))]!++;
    }
  }
  return histograms;
}

/** The value below which `percent` of the pixels are, between two values in proportion (as numpy's percentile); NaN without pixels. */
function percentile(histogram: Float64Array, percent: number): number {
  const total = histogram.reduce((sum, count) => sum + count, 0);
  if (total === 0) return Number.NaN;
  const rank = ((total - 1) * percent) / 100;
  const [below, above] = [valueAt(histogram, Math.floor(rank)), valueAt(histogram, Math.ceil(rank))];
  return below + (above - below) * (rank - Math.floor(rank));
}

function valueAt(histogram: Float64Array, rank: number): number {
  let passed = 0;
  for (let value = 0; value < histogram.length; value++) {
    passed += histogram[value]!;
    if (passed > rank) return value;
  }
  return histogram.length - 1;
}
