/** Patches of constant ground size on the sphere, and what the independent sources say about each. */
import { mix } from "@rsdix/internal";
import { BODY, isWater } from "./bodies";
import type { Raster, Sources } from "./sources";

/** Ground length of a patch's side. */
export const SIDE_KM = 320;
/** Pixels of a patch's side: 10 km a pixel. */
export const SIDE_PIXELS = 32;
/** Samples of a patch's side for the measurements. */
const SIDE_SAMPLES = 16;
const EARTH_RADIUS_KM = 6371;
/** The projection of the sources has no room near the poles. */
const MAX_LATITUDE = 84;
/** Red above this is a lit pixel at night; the dark Earth is bluish and below. */
const LIT_RED = 50;
const DEGREE = Math.PI / 180;

/** A place on the Earth in degrees. */
export interface Place {
  readonly lat: number;
  readonly lon: number;
}

/** What the sources other than the colours say about a patch; shares are of its area, elevations are grey levels. */
export interface Measures extends Place {
  readonly waterShare: number;
  /** Closed waters, see `bodies.ts`. */
  readonly lakeShare: number;
  /** Land of the mainland and of large islands. */
  readonly mainlandShare: number;
  readonly meanElevation: number;
  /** Standard deviation of elevation. */
  readonly spreadElevation: number;
  /** Length of the border of land and water on the grid of samples, in sides of the patch: 1 is a straight edge. */
  readonly border: number;
  /** Samples that are lit at night. */
  readonly litShare: number;
}

/**
 * Points spread evenly over the sphere (a Fibonacci lattice) up to 84 degrees of latitude.
 *
 * @param count points on the whole sphere
 * @param turn where the lattice starts, as a share of a turn around the axis
 * @returns the places, from south to north
 */
export function fibonacciPlaces(count: number, turn: number): Place[] {
  const golden = (Math.sqrt(5) - 1) / 2;
  const places: Place[] = [];
  for (let i = 0; i < count; i++) {
    const lat = Math.asin((2 * (i + 0.5)) / count - 1) / DEGREE;
    if (Math.abs(lat) < MAX_LATITUDE) places.push({ lat, lon: ((turn + i * golden) % 1) * 360 - 180 });
  }
  return places;
}

/** Offsets of a square grid's cell centres from its middle, as factors of the centre, east and up vectors (azimuthal equidistant). */
function gridOffsets(side: number): Float64Array {
  const offsets = new Float64Array(side * side * 3);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const east = ((column + 0.5) / side - 0.5) * SIDE_KM;
      const up = (0.5 - (row + 0.5) / side) * SIDE_KM;
      const length = Math.hypot(east, up);
      const angle = length / EARTH_RADIUS_KM;
      offsets.set([Math.cos(angle), (Math.sin(angle) * east) / length, (Math.sin(angle) * up) / length], (row * side + column) * 3);
    }
  }
  return offsets;
}

const PIXEL_OFFSETS = gridOffsets(SIDE_PIXELS);
const SAMPLE_OFFSETS = gridOffsets(SIDE_SAMPLES);

/** Writes the (u, v) of every grid point around `place` to `uv`: shares of the width and height of an equirectangular picture. */
function locateGrid({ lat, lon }: Place, offsets: Float64Array, uv: Float64Array): void {
  const [sinLat, cosLat, sinLon, cosLon] = [Math.sin(lat * DEGREE), Math.cos(lat * DEGREE), Math.sin(lon * DEGREE), Math.cos(lon * DEGREE)];
  for (let i = 0; i < offsets.length; i += 3) {
    const centre = offsets[i]!;
    const east = offsets[i + 1]!;
    const up = offsets[i + 2]!;
    const outward = centre * cosLat - up * sinLat;
    const x = outward * cosLon - east * sinLon;
    const y = outward * sinLon + east * cosLon;
    const z = centre * sinLat + up * cosLat;
    uv[(i / 3) * 2] = 0.5 + Math.atan2(y, x) / (2 * Math.PI);
    uv[(i / 3) * 2 + 1] = 0.5 - Math.asin(Math.max(-1, Math.min(1, z))) / Math.PI;
  }
}

const pixelUv = new Float64Array(SIDE_PIXELS * SIDE_PIXELS * 2);
const sampleUv = new Float64Array(SIDE_SAMPLES * SIDE_SAMPLES * 2);

/**
 * The picture of a patch: bilinear samples of the colours.
 *
 * @param colour the colours of the Earth
 * @param place the patch's middle
 * @returns 32 x 32 RGB pixels, north up
 */
export function samplePixels(colour: Raster, place: Place): Uint8Array {
  const { width, height, data } = colour;
  const pixels = new Uint8Array(SIDE_PIXELS * SIDE_PIXELS * 3);
  locateGrid(place, PIXEL_OFFSETS, pixelUv);
  for (let i = 0; i < SIDE_PIXELS * SIDE_PIXELS; i++) {
    const x = pixelUv[i * 2]! * width - 0.5;
    const y = Math.max(0, Math.min(height - 1, pixelUv[i * 2 + 1]! * height - 0.5));
    const x0 = Math.floor(x);
    const y0 = Math.floor(y);
    const y1 = Math.min(height - 1, y0 + 1);
    const left = (x0 + width) % width;
    const right = (x0 + 1) % width;
    for (let c = 0; c < 3; c++) {
      const top = mix(data[(y0 * width + left) * 3 + c]!, data[(y0 * width + right) * 3 + c]!, x - x0);
      const bottom = mix(data[(y1 * width + left) * 3 + c]!, data[(y1 * width + right) * 3 + c]!, x - x0);
      pixels[i * 3 + c] = Math.round(mix(top, bottom, y - y0));
    }
  }
  return pixels;
}

/**
 * Measures a patch in the sources other than the colours.
 *
 * @param sources the sources
 * @param place the patch's middle
 * @returns the measurements
 */
export function measure(sources: Sources, place: Place): Measures {
  const { water, bodies, elevation, night } = sources;
  locateGrid(place, SAMPLE_OFFSETS, sampleUv);
  const count = SIDE_SAMPLES * SIDE_SAMPLES;
  const wetSamples = new Uint8Array(count);
  let [wet, lake, mainland, sum, squares, lit] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const u = sampleUv[i * 2]!;
    const v = sampleUv[i * 2 + 1]!;
    const at = nearest(water, u, v);
    const body = bodies.data[at]!;
    wetSamples[i] = isWater(water.data[at]!) ? 1 : 0;
    wet += wetSamples[i]!;
    lake += body === BODY.lake ? 1 : 0;
    mainland += body === BODY.mainland ? 1 : 0;
    const height = elevation.data[nearest(elevation, u, v)]!;
    sum += height;
    squares += height * height;
    lit += night.data[nearest(night, u, v)]! > LIT_RED ? 1 : 0;
  }
  const mean = sum / count;
  return {
    ...place,
    waterShare: wet / count,
    lakeShare: lake / count,
    mainlandShare: mainland / count,
    meanElevation: mean,
    spreadElevation: Math.sqrt(Math.max(0, squares / count - mean * mean)),
    border: wet === 0 || wet === count ? 0 : borderLength(wetSamples),
    litShare: lit / count,
  };
}

function nearest({ width, height }: Raster, u: number, v: number): number {
  return Math.min(height - 1, Math.floor(v * height)) * width + Math.min(width - 1, Math.floor(u * width));
}

/** Neighbouring samples of which one is land and one water, in sides. */
function borderLength(wet: Uint8Array): number {
  let pairs = 0;
  for (let i = 0; i < wet.length; i++) {
    if (i % SIDE_SAMPLES < SIDE_SAMPLES - 1 && wet[i] !== wet[i + 1]) pairs++;
    if (i + SIDE_SAMPLES < wet.length && wet[i] !== wet[i + SIDE_SAMPLES]) pairs++;
  }
  return pairs / SIDE_SAMPLES;
}
