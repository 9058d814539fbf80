import { describe, expect, it } from "vitest";
import { open } from "../src/worker/scene";
import { bandsOfFile } from "../src/worker/scene-bands";
import { geoTiff } from "./world";

const { signal } = new AbortController();
/** The same file with its text ImageDescription as GDAL's metadata, which the writer doesn't know. */
function withMetadata(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length); // the writer's numbers are big endian
  const directory = view.getUint32(4);
  for (let i = 0; i < view.getUint16(directory); i++) {
    const at = directory + 2 + 12 * i;
    if (view.getUint16(at) === 270) view.setUint16(at, 42112);
  }
  return bytes;
}

/** A scene whose band n (from 0) has 100 n everywhere, opened: what red, green and blue then are, and what is said. */
async function opened(bands: number, order: "auto" | "rgb" | "bgr" = "auto", more: object = {}) {
  const bytes = withMetadata(await geoTiff(bands, (_x, _y, band) => 100 * band, 10, more));
  const file = new File([bytes as Uint8Array<ArrayBuffer>], "scene.tif");
  const { opened: scene, said } = await open([{ path: "scene.tif", file }], order, signal);
  const values = await Promise.all(scene.layers.rgb.map(async ({ raster, band }) => (await raster.rows(band, 0, 1, signal))[0]! / 100));
  return { rgb: values, said, hasClasses: scene.hasClasses };
}

describe("the bands of one file", () => {
  it.each([12, 13])("are B04, B03 and B02 by ESA's order where it has %i", async (count) => {
    const { rgb, said } = await opened(count);
    expect(rgb).toEqual([3, 2, 1]);
    expect(said).toBe(`Red, green and blue are bands 4, 3 and 2 of ${count} (ESA's order: B04, B03 and B02).`);
  });

  it("are the three that it has, and of four the first three, which is said", async () => {
    expect((await opened(3)).rgb).toEqual([0, 1, 2]);
    const { rgb, said } = await opened(4);
    expect(rgb).toEqual([0, 1, 2]);
    expect(said).toBe(
      "Red, green and blue are bands 1, 2 and 3 of 4 (as they come; the file doesn't name them: if they are B02, B03, B04 and B08, choose that order).",
    );
    expect(await opened(4, "bgr")).toMatchObject({ rgb: [2, 1, 0], said: "Red, green and blue are bands 3, 2 and 1 of 4 (as you chose)." });
  });

  it("are those that the file's metadata names so, whatever their number", async () => {
    const item = (name: string, i: number) => `<Item name="DESCRIPTION" sample="${i}" role="description">${name}</Item>`;
    const metadata = (...names: string[]) => ({ ImageDescription: `<GDALMetadata>${names.map(item).join("")}</GDALMetadata>` });
    expect(await opened(4, "auto", metadata("B02", "B03", "B04", "B08"))).toMatchObject({
      rgb: [2, 1, 0],
      said: "Red, green and blue are bands 3, 2 and 1 of 4 (by their names in the file).",
    });
    expect((await opened(5, "auto", metadata("B8A", "B4, central wavelength 665 nm", "Green", "blue", "SCL"))).rgb).toEqual([1, 2, 3]);
    expect((await opened(5, "auto", metadata("B8A", "B4", "B3", "B2", "SCL"))).hasClasses).toBe(true);
  });

  it("are refused where nothing tells which they are, with what is expected", async () => {
    await expect(opened(10)).rejects.toThrowError(
      /^scene\.tif has 10 bands without names\. Expected 3 \(red, green, blue\), 4 .+ 12 or 13 \(ESA's order, from B01\)/,
    );
    await expect(opened(2)).rejects.toThrowError("scene.tif hasn't the three bands red, green and blue.");
    expect((await opened(10, "bgr")).rgb).toEqual([2, 1, 0]);
  });

  it("aren't taken by names that only begin alike", () => {
    const descriptions = ["B12", "B41", "B034", "redness", "B2", undefined];
    expect(() => bandsOfFile({ name: "x.tif", count: 6, descriptions }, "auto")).toThrowError("x.tif has 6 bands without names");
  });
});
