import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeArrayBuffer } from "geotiff";
import { saveTinyCaptioner } from "../../../packages/train/test/tiny-captioner";
import { tinyWorld } from "../../../packages/train/test/tiny-world";

/** What a user has on disk, all of it tiny. */
export interface World {
  /** A captioner's folder, with the image-text model that it was trained on below it. */
  readonly model: string;
  /** The same with captions of a few letters, for what is slow or often. */
  readonly brief: string;
  /** Images, and captions of all of them in a table. */
  readonly captioned: string;
  /** Names of these images in the order in which the page takes them. */
  readonly images: readonly string[];
  /** The report of a demo, with its models as the demo saves them. */
  readonly report: string;
  /** A scene of Sentinel-2 as one GeoTIFF, 64 x 32 pixels. */
  readonly scene: string;
  /** The same with a file a band, as products name them, and clouds over the first of eight patches of 16 pixels. */
  readonly bands: readonly string[];
  /** The same in 256 x 128 pixels. */
  readonly largeScene: string;
  /** The same with one band. */
  readonly oneBand: string;
}

/** Makes a world in a folder. TensorFlow.js must have a backend. */
export async function makeWorld(folder: string): Promise<World> {
  const tiny = await tinyWorld(join(folder, "tiny"));
  const [model, brief, captioned] = [join(folder, "colours-model"), join(folder, "brief", "colours-model"), join(folder, "colours")];
  await saveTinyCaptioner(model, tiny.clip);
  await saveTinyCaptioner(brief, tiny.clip, 12);
  await mkdir(captioned);
  await cp(tiny.images, captioned, { recursive: true });
  const images = (await readdir(captioned)).sort();
  const colour = (name: string) => name.slice(0, name.indexOf("_"));
  const rows = images.map((name, i) => `${name},a ${colour(name)} field number ${i}.\n`); // no two alike, as a contrastive loss wants it
  await writeFile(join(captioned, "captions.csv"), `filename,caption\n${rows.join("")}`);
  const report = join(folder, "demo-report");
  await cp(join(model, "encoder"), join(report, "models", "distilled"), { recursive: true });
  await cp(model, join(report, "models", "captioner"), { recursive: true });
  const scene = join(folder, "scene.tif");
  await writeFile(scene, await geoTiff(3));
  const largeScene = join(folder, "large-scene.tif");
  await writeFile(largeScene, await geoTiff(3, shade, 2.5));
  const oneBand = join(folder, "one-band.tif");
  await writeFile(oneBand, await geoTiff(1));
  return { model, brief, captioned, images, report, scene, bands: await writeBands(folder), largeScene, oneBand };
}

/** What a pixel of a band is. */
type ValueAt = (x: number, y: number, band: number) => number;
const shade: ValueAt = (x, _, band) => 200 + x * 40 + band * 100;

async function writeBands(folder: string): Promise<string[]> {
  const clouds: ValueAt = (x, y) => (x < 8 && y < 8 ? 9 : 4);
  const files = {
    ...{ B04_10m: await geoTiff(1), B03_10m: await geoTiff(1, (x) => shade(x, 0, 1)), B02_10m: await geoTiff(1, (x) => shade(x, 0, 2)) },
    SCL_20m: await geoTiff(1, clouds, 20),
  };
  const paths: string[] = [];
  for (const [name, bytes] of Object.entries(files)) {
    paths.push(join(folder, `T32TQM_20260601T101031_${name}.tif`));
    await writeFile(paths.at(-1)!, bytes);
  }
  return paths;
}

/** 640 m x 320 m. */
export async function geoTiff(bands: number, valueAt = shade, metres = 10, more: object = {}): Promise<Uint8Array> {
  const [width, height] = [640 / metres, 320 / metres];
  const values = Uint16Array.from({ length: width * height * bands }, (_, i) => {
    const pixel = Math.floor(i / bands);
    return valueAt(pixel % width, Math.floor(pixel / width), i % bands);
  });
  const place = { ProjectedCSTypeGeoKey: 32632, ModelPixelScale: [metres, metres, 0], ModelTiepoint: [0, 0, 0, 500000, 5000000, 0] };
  const bits = { SamplesPerPixel: bands, BitsPerSample: Array<number>(bands).fill(16) };
  return new Uint8Array(await writeArrayBuffer(values as unknown as Uint8Array, { width, height, ...bits, ...place, ...more }));
}

/** A file's bytes by its name below a folder. */
export const readIn = (folder: string) => async (name: string) => new Uint8Array(await readFile(join(folder, name)));
