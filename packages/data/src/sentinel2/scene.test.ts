import { describe, expect, it } from "vitest";
import { all, band, bytes, FILES, path, small, WITHOUT_SCL } from "../../test/scenes";
import { createRandom } from "../create-random";
import { sourceOf } from "../files/byte-source";
import { openRaster } from "./raster";
import { RowWindow } from "./row-window";
import { openSentinel2, type Sentinel2Files } from "./scene";

describe("openSentinel2", () => {
  it.each([
    ["nothing", undefined, {}, "INVALID_ARGUMENT", "GeoTIFF's path, Blob or bytes for the scene"],
    ["a band too few", { red: FILES.red, green: FILES.green }, {}, "INVALID_ARGUMENT", "for blue"],
    ["an unknown band", { ...FILES, nir: FILES.red }, {}, "UNKNOWN_OPTION", "nir"],
    [
      "a file that isn't there",
      { ...FILES, blue: path("B02.tif") },
      {},
      "FILE_NOT_FOUND",
      "B02.tif can't be opened: there is no such folder or",
    ],
    ["a folder", path(""), {}, "INVALID_ARGUMENT", "is a folder"],
    ["bands of two sizes", { ...FILES, blue: FILES.scl }, {}, "SHAPE_MISMATCH", "35 x 26"],
    ["bands of two places", { ...WITHOUT_SCL, blue: path("stack.tif") }, {}, "SHAPE_MISMATCH", "EPSG 32632, 32733"],
    ["numbers of two kinds", { ...WITHOUT_SCL, blue: path("reflectance.tif") }, {}, "SHAPE_MISMATCH", "same place"],
    [
      "a band that a file hasn't",
      path("stack.tif"),
      { bands: { red: 0, green: 1, blue: 4 } },
      "INVALID_ARGUMENT",
      "has 4 bands, counted from 0",
    ],
    ["numbers of bands for separate files", FILES, { bands: { red: 0, green: 1, blue: 2 } }, "INVALID_ARGUMENT", "a file of its own"],
    [
      "a file of one band alone",
      FILES.red,
      {},
      "INVALID_ARGUMENT",
      "has one band; red, green and blue are expected as its first three. Take a file that has them, or a file for each",
    ],
    ["an unknown option", FILES, { scale: 2 }, "UNKNOWN_OPTION", "scale"],
  ])("refuses %s", async (_, source, options, code, message) => {
    const run = openSentinel2(source as Sentinel2Files, options as object);
    await expect(run).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it("refuses damaged files by name, at the latest when they are cut", async () => {
    const whole = bytes(band("B04_10m"));
    const damaged: [string, Uint8Array][] = [
      ["empty", new Uint8Array(0)],
      ["text", new TextEncoder().encode("not a TIFF at all, only text")],
      ["jp2", Uint8Array.of(0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20, 13, 10, 0x87, 10)],
      ...[4, 8, 60, 200, 1000, whole.length - 900].map((length): [string, Uint8Array] => [`cut at ${length}`, whole.slice(0, length)]),
      ...[4, 10, 22, 34, 46].map((at): [string, Uint8Array] => {
        const bent = whole.slice();
        bent.fill(0xff, at, at + 4);
        return [`bent at ${at}`, bent];
      }),
    ];
    for (const [name, content] of damaged) {
      const red = new File([content as Uint8Array<ArrayBuffer>], `${name}.tif`);
      const error = await openSentinel2({ ...WITHOUT_SCL, red })
        .then((scene) => all(scene, { size: 16, stride: 12, maxNoData: 1 }))
        .then(
          () => undefined,
          (reason) => reason as { code: string; message: string },
        );
      expect(["FILE_CORRUPT", "SHAPE_MISMATCH", "INVALID_ARGUMENT"], `${name}: ${error?.message}`).toContain(error?.code);
      expect(error?.message).toContain(`${name}.tif`);
    }
  });

  it("says of an empty file that it is, and of one that was cut off that it may be, wherever that was", async () => {
    const whole = bytes(band("B04_10m"));
    const message = (length: number) =>
      openSentinel2({ ...WITHOUT_SCL, red: new File([whole.slice(0, length) as Uint8Array<ArrayBuffer>], "red.tif") })
        .then((scene) => all(scene, { size: 16, stride: 12, maxNoData: 1 }))
        .then(
          () => "no error",
          (error: Error) => error.message,
        );
    expect(await message(0)).toBe("red.tif is empty: fetch or write it again.");
    for (const length of [3, 8, 20, 60, 200, whole.length - 900])
      expect(await message(length), `cut at ${length}`).toMatch(/may be truncated/);
  });

  it("ends on whatever is stored in place of packed blocks: with patches, or an error that names the file", async () => {
    const random = createRandom(5).fork("blocks");
    const seen = new Set<string>();
    for (let round = 0; round < 60; round++) {
      const name = round % 2 ? "stack.tif" : "stack-big-endian.tif"; // LZW, and deflate
      const bent = bytes(name);
      const [from, count] = [600 + random.int(bent.length - 700), 1 + random.int(400)];
      for (let i = from; i < Math.min(from + count, bent.length); i++) bent[i] = round % 3 ? random.int(256) : 0xff;
      const outcome = await openSentinel2(new File([bent], name))
        .then((scene) => all(scene, { size: 16, stride: 12, maxNoData: 1 }))
        .then(
          () => "patches",
          (error: { code: string; message: string }) => (error.message.includes(name) ? error.code : `${error.code}: ${error.message}`),
        );
      seen.add(outcome);
    }
    expect([...seen].sort()).toEqual(["FILE_CORRUPT", "patches"]);
  });

  it("names the file and no NaN where a field of its directory is damaged", async () => {
    const seen = new Map<string, string>();
    for (const name of ["stack.tif", "stack-big-endian.tif"]) {
      const whole = bytes(name);
      const little = whole[0] === 0x49;
      const directory = new DataView(whole.buffer, whole.byteOffset).getUint32(4, little);
      const fields = new DataView(whole.buffer, whole.byteOffset).getUint16(directory, little);
      for (let at = directory + 2; at < directory + 2 + fields * 12; at += 12) {
        for (const damage of ["unknown", "type", 0, 1, 2]) {
          const bent = new Uint8Array(whole);
          const view = new DataView(bent.buffer);
          if (damage === "unknown") view.setUint16(at, 65_000, little);
          else if (damage === "type") view.setUint16(at + 2, 12, little);
          else view.setUint32(at + 4, damage as number, little); // how many values it has
          await openSentinel2(new File([bent], name))
            .then((scene) => all(scene, { size: 1, stride: 16, maxNoData: 1, maxCloud: 1 }))
            .catch(({ code, message }) => seen.set(message.replaceAll(/\d+/g, "N"), `${code} ${message.includes(name)}`));
        }
      }
    }
    expect(seen.size).toBeGreaterThan(10);
    expect([...seen.keys()].filter((message) => /NaN|undefined/.test(message))).toEqual([]);
    // INVALID_ARGUMENT for what another scene, or other options, would mend
    expect(new Set([...seen.values()].filter((value) => value !== "INVALID_ARGUMENT false"))).toEqual(
      new Set(["FILE_CORRUPT true", "INVALID_ARGUMENT true"]),
    );
  });

  it("refuses a compression that it doesn't read", async () => {
    const bent = await small(new Uint8Array(12).fill(1), 2, 2);
    const view = new DataView(bent.buffer);
    const entries = view.getUint16(8);
    const at = Array.from({ length: entries }, (_, i) => 10 + 12 * i).find((entry) => view.getUint16(entry) === 259)!;
    view.setUint16(at + 8, 50_000);
    const run = openSentinel2(bent).then((scene) => all(scene, { size: 2 }));
    await expect(run).rejects.toMatchObject({ code: "FILE_CORRUPT", message: expect.stringContaining("TIFF's method 50000") });
  });

  it("says what JPEG 2000 is to be converted with", async () => {
    const jp2 = Uint8Array.of(0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20, 13, 10, 0x87, 10);
    await expect(openSentinel2(jp2)).rejects.toMatchObject({ code: "FILE_CORRUPT", message: expect.stringContaining("gdal_translate") });
  });

  it("refuses a TIFF that is nowhere on Earth, and one that isn't north up", async () => {
    const nowhere = await small(new Uint8Array(12).fill(1), 2, 2, { ModelTiepoint: undefined, ModelPixelScale: undefined });
    await expect(openSentinel2(nowhere)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining("geotransform"),
    });
    for (const place of [{ ModelTiepoint: [0, 0, 0, Number.NaN, 5e6, 0] }, { ModelPixelScale: [10, Number.POSITIVE_INFINITY, 0] }]) {
      const message = expect.stringMatching(
        /^the scene doesn't say where on Earth it is: its corner is at \([\d?]+, [\d?]+\), its pixels are 10 by [\d?]+\./,
      );
      const lost = await small(new Uint8Array(12).fill(1), 2, 2, place);
      await expect(openSentinel2(lost)).rejects.toMatchObject({ code: "FILE_CORRUPT", message });
    }
    const down = await small(new Uint8Array(12).fill(1), 2, 2, { ModelPixelScale: [10, -10, 0] });
    await expect(openSentinel2(down)).rejects.toMatchObject({ code: "INVALID_ARGUMENT", message: expect.stringContaining("north up") });
  });
});

describe("RowWindow", () => {
  it("reads each block of rows once, and forgets what is above", async () => {
    const raster = await openRaster(sourceOf(bytes(band("B04_10m")), "B04"));
    const read: number[] = [];
    const rows: typeof raster.rows = (number, top, bottom, signal) => {
      read.push(top, bottom);
      return raster.rows(number, top, bottom, signal);
    };
    const window = new RowWindow({ ...raster, rows }, 0, undefined);
    for (let top = 0; top + 20 <= raster.height; top += 4) await window.moveTo(top, top + 20);
    expect(read).toEqual([0, 16, 16, 32, 32, 48, 48, 52]);
    await window.moveTo(0, 2);
    expect(read.slice(8)).toEqual([0, 16]);
  });
});
