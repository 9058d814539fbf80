import { cutPatches, openSentinel2, type Sentinel2Scene } from "@rsdix/data";
import type { BandOrder, GivenFile, Handler } from "../protocol";
import { thumbnail } from "./images";
import { bandsAmong, bandsOfFile, type FileBands } from "./scene-bands";
import { needCaptioner } from "./session";

const PICTURE = 128;

/** Cuts a scene of Sentinel-2 into patches, and captions each where it is. */
export const scene: Handler<"scene"> = async ({ files, order, size, most, caption }, { emit, signal }) => {
  const captioner = caption ? needCaptioner() : undefined;
  const { opened, said } = await open(files, order, signal);
  emit({ type: "scene", width: opened.width, height: opened.height, name: files[0]!.path, bands: said });
  let patches = 0;
  let left = 0;
  for await (const { image, x, y, longitude, latitude } of cutPatches(opened, { size, signal, onSkip: () => void left++ })) {
    const index = patches++;
    emit({ type: "patch", patch: { index, x, y, size, longitude, latitude, picture: await thumbnail(image, PICTURE) } });
    if (captioner) {
      const [text] = await captioner.captionImages([image], { signal });
      emit({ type: "caption", index, text: text! });
    }
    if (patches === most) break;
  }
  const all = Math.floor(opened.width / size) * Math.floor(opened.height / size);
  return { patches, left, beyond: all - patches - left };
};

/** One file with the bands red, green and blue, or a file a band; with which were taken. */
export async function open(
  files: readonly GivenFile[],
  order: BandOrder,
  signal: AbortSignal,
): Promise<{ opened: Sentinel2Scene; said: string }> {
  if (files.length > 1) {
    const bands = bandsAmong(files);
    const said = `Red, green and blue are ${bands.red.name}, ${bands.green.name} and ${bands.blue.name}.`;
    return { opened: await openSentinel2(bands, { signal }), said };
  }
  const [{ path, file }] = files as [GivenFile];
  // How many bands there are is only known of a file that is open.
  const probe = await openSentinel2(file, { bands: { red: 0, green: 0, blue: 0 }, signal });
  const count = probe.layers.rgb[0].raster.bands;
  const { places, said } = bandsOfFile({ name: path, count, descriptions: await descriptionsIn(file, count) }, order);
  return { opened: await openSentinel2(file, { bands: places, signal }), said };
}

/** What the file calls its bands; nothing where it says nothing, or nothing that can be read. */
async function descriptionsIn(file: File, count: number): Promise<FileBands["descriptions"]> {
  try {
    const { GeoTIFF } = await import("geotiff");
    const bytesAt = async ({ offset, length }: { offset: number; length: number }) => {
      const data = await file.slice(offset, offset + length).arrayBuffer();
      return { offset, length: data.byteLength, data };
    };
    const source = {
      ...{ fileSize: file.size, fetchSlice: bytesAt, close: async () => undefined },
      fetch: (parts: readonly { offset: number; length: number }[]) => Promise.all(parts.map(async (part) => (await bytesAt(part)).data)),
    };
    const image = await (await GeoTIFF.fromSource(source as never)).getImage(0);
    const each = Array.from({ length: count }, async (_, band) => (await image.getGDALMetadata(band))?.DESCRIPTION);
    return (await Promise.all(each)).map((text) => (typeof text === "string" ? text : undefined));
  } catch {
    return [];
  }
}
