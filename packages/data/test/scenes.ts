import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { writeArrayBuffer } from "geotiff";
import { drain } from "../../../test/drain";
import { type CutPatchesOptions, cutPatches, type Sentinel2Patch } from "../src/sentinel2/cut-patches";
import type { Sentinel2Scene } from "../src/sentinel2/scene";

/** A fixture of golden/data_sentinel2.py. */
export const path = (name: string) => fileURLToPath(new URL(`../src/sentinel2/fixtures/${name}`, import.meta.url));
/** Its bytes. */
export const bytes = (name: string) => new Uint8Array(readFileSync(path(name)));
/** A band of the scene in separate files. */
export const band = (name: string) => `T32TMR_20240610_${name}.tif`;

/** The scene in separate files. */
export const FILES = { red: path(band("B04_10m")), green: path(band("B03_10m")), blue: path(band("B02_10m")), scl: path(band("SCL_20m")) };
/** Without its classes. */
export const WITHOUT_SCL = { red: FILES.red, green: FILES.green, blue: FILES.blue };

/** All patches of a scene. */
export async function all(scene: Sentinel2Scene, options: CutPatchesOptions): Promise<Sentinel2Patch[]> {
  return drain(cutPatches(scene, options));
}

/** A small GeoTIFF of three bands in UTM, 10 m a pixel. */
export async function small(values: Uint8Array | Uint16Array, width: number, height: number, more: object = {}): Promise<Uint8Array> {
  const place = { ProjectedCSTypeGeoKey: 32632, ModelPixelScale: [10, 10, 0], ModelTiepoint: [0, 0, 0, 500000, 5000000, 0] };
  const depth = values.BYTES_PER_ELEMENT * 8;
  const tags = { width, height, SamplesPerPixel: 3, BitsPerSample: [depth, depth, depth], ...place, ...more };
  const given = Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== undefined));
  return new Uint8Array(await writeArrayBuffer(values as Uint8Array, given));
}
