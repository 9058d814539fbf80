import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeArrayBuffer } from "geotiff";
import { saveTinyCaptioner } from "../../../packages/train/test/tiny-captioner";
import { tinyWorld } from "../../../packages/train/test/tiny-world";

/** What a user has on disk, all of it tiny. */
export interface World {
  /** A captioner's folder, with the image-text model that it was trained on below it. */
  readonly model: string;
  /** Images, and captions of all of them in a table. */
  readonly captioned: string;
  /** Names of these images in the order in which the page takes them. */
  readonly images: readonly string[];
  /** A scene of Sentinel-2 as one GeoTIFF, 64 x 32 pixels. */
  readonly scene: string;
  /** The same with one band. */
  readonly oneBand: string;
}

/** Makes a world in a folder. TensorFlow.js must have a backend. */
export async function makeWorld(folder: string): Promise<World> {
  const tiny = await tinyWorld(join(folder, "tiny"));
  const [model, captioned] = [join(folder, "colours-model"), join(folder, "colours")];
  await saveTinyCaptioner(model, tiny.clip);
  await mkdir(captioned);
  await cp(tiny.images, captioned, { recursive: true });
  const images = (await readdir(captioned)).sort();
  const colour = (name: string) => name.slice(0, name.indexOf("_"));
  const rows = images.map((name, i) => `${name},a ${colour(name)} field number ${i}.\n`); // no two alike, as a contrastive loss wants it
  await writeFile(join(captioned, "captions.csv"), `filename,caption\n${rows.join("")}`);
  const scene = join(folder, "scene.tif");
  await writeFile(scene, await geoTiff(3));
  const oneBand = join(folder, "one-band.tif");
  await writeFile(oneBand, await geoTiff(1));
  return { model, captioned, images, scene, oneBand };
}

async function geoTiff(bands: number): Promise<Uint8Array> {
  const [width, height] = [64, 32];
  const values = Uint16Array.from(
    { length: width * height * bands },
    (_, i) => 200 + (Math.floor(i / bands) % width) * 40 + (i % bands) * 100,
  );
  const place = { ProjectedCSTypeGeoKey: 32632, ModelPixelScale: [10, 10, 0], ModelTiepoint: [0, 0, 0, 500000, 5000000, 0] };
  const bits = { SamplesPerPixel: bands, BitsPerSample: Array<number>(bands).fill(16) };
  return new Uint8Array(await writeArrayBuffer(values as unknown as Uint8Array, { width, height, ...bits, ...place }));
}

/** A file's bytes by its name below a folder. */
export const readIn = (folder: string) => async (name: string) => new Uint8Array(await readFile(join(folder, name)));
