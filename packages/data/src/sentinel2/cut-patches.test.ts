import { readFileSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { decodeImage } from "@rsdix/image/node";
import { describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { all, bytes, FILES, path, small, WITHOUT_SCL } from "../../test/scenes";
import { readKarpathy } from "../read-karpathy";
import { type CutPatchesOptions, cutPatches, type SkippedPatch } from "./cut-patches";
import { openSentinel2 } from "./scene";
import { writePatches } from "./write-patches-node";

interface Place {
  bounds: number[];
  longitude: number;
  latitude: number;
}
const GOLDEN = JSON.parse(readFileSync(path("sentinel2.json"), "utf8")) as {
  width: number;
  height: number;
  size: number;
  stride: number;
  patches: (Place & { x: number; y: number; noData: number; cloud: number; rgb: string })[];
  south: Place[];
  degrees: Place[];
  bright: string;
  percentiles: { low: number[]; high: number[]; rgb: string };
};
const { size, stride } = GOLDEN;
const EVERYTHING = { size, stride, maxNoData: 1, maxCloud: 1 };
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");

describe("cutPatches", () => {
  it("gives the pixels, places and fractions of GDAL, numpy and PROJ", async () => {
    const scene = await openSentinel2(FILES);
    expect(scene).toMatchObject({ width: GOLDEN.width, height: GOLDEN.height, epsg: 32632, hasClasses: true, noData: 0 });
    expect(scene.bounds).toEqual([399960, 4999520, 400660, 5000040]);
    const patches = await all(scene, EVERYTHING);
    expect(patches).toHaveLength(GOLDEN.patches.length);
    patches.forEach((patch, i) => {
      const { rgb, longitude, latitude, ...rest } = GOLDEN.patches[i]!;
      expect(patch).toMatchObject({ ...rest, epsg: 32632 });
      expect(hex(patch.image.data)).toBe(rgb);
      expect(Math.abs(patch.longitude - longitude)).toBeLessThan(1e-9);
      expect(Math.abs(patch.latitude - latitude)).toBeLessThan(1e-9);
    });
  });

  it("leaves out what was not seen and clouds, and says so", async () => {
    const skipped: SkippedPatch[] = [];
    const patches = await all(await openSentinel2(FILES), { size, stride, onSkip: (patch) => skipped.push(patch) });
    const clear = GOLDEN.patches.filter(({ noData, cloud }) => noData === 0 && cloud === 0);
    expect(patches.map(({ x, y }) => [x, y])).toEqual(clear.map(({ x, y }) => [x, y]));
    const missing = GOLDEN.patches.filter(({ noData }) => noData > 0).length;
    expect(skipped.filter(({ reason }) => reason === "no data")).toHaveLength(missing);
    expect(skipped).toHaveLength(GOLDEN.patches.length - clear.length);
    expect(Math.min(missing, clear.length, skipped.length - missing)).toBeGreaterThan(0);
  });

  it("takes more clouds when told, and other classes as clouds", async () => {
    const scene = await openSentinel2(FILES);
    const some = await all(scene, { size, stride, maxCloud: 0.1, maxNoData: 1 });
    expect(some).toHaveLength(GOLDEN.patches.filter(({ cloud }) => cloud <= 0.1).length);
    const ground = await all(scene, { size, stride, maxNoData: 1, cloudClasses: [4] });
    expect(ground).toHaveLength(0);
  });

  it("cuts without SCL, and knows no clouds then", async () => {
    const patches = await all(await openSentinel2(WITHOUT_SCL), { size, stride });
    expect(patches.every(({ cloud }) => cloud === 0)).toBe(true);
    expect(patches.length).toBeGreaterThan(GOLDEN.patches.filter(({ noData, cloud }) => noData === 0 && cloud === 0).length);
  });

  it("reads one file with all bands, in strips, south of the equator", async () => {
    const scene = await openSentinel2(new Blob([bytes("stack.tif")]), { bands: { red: 0, green: 1, blue: 2, scl: 3 } });
    const patches = await all(scene, EVERYTHING);
    expect(patches.map(({ image }) => hex(image.data))).toEqual(GOLDEN.patches.map(({ rgb }) => rgb));
    expect(patches.map(({ cloud, noData }) => [cloud, noData])).toEqual(GOLDEN.patches.map(({ cloud, noData }) => [cloud, noData]));
    patches.forEach((patch, i) => {
      expect(Math.abs(patch.longitude - GOLDEN.south[i]!.longitude)).toBeLessThan(1e-9);
      expect(Math.abs(patch.latitude - GOLDEN.south[i]!.latitude)).toBeLessThan(1e-9);
    });
  });

  it("reads planes of big-endian numbers", async () => {
    const patches = await all(await openSentinel2(bytes("stack-big-endian.tif")), { size, stride, maxNoData: 1 });
    expect(patches.map(({ image }) => hex(image.data))).toEqual(GOLDEN.patches.map(({ rgb }) => rgb));
  });

  it("reads reflectances as fractions, in degrees", async () => {
    const patches = await all(await openSentinel2(bytes("reflectance.tif")), { size, stride, maxNoData: 1 });
    patches.forEach(({ image, bounds, longitude, latitude }, i) => {
      const expected = Buffer.from(GOLDEN.patches[i]!.rgb, "hex");
      expect(Math.max(...image.data.map((value, k) => Math.abs(value - expected[k]!)))).toBeLessThanOrEqual(1);
      bounds.forEach((value, k) => {
        expect(value).toBeCloseTo(GOLDEN.degrees[i]!.bounds[k]!, 9);
      });
      expect([longitude, latitude].map((value) => value.toFixed(9))).toEqual(
        [GOLDEN.degrees[i]!.longitude, GOLDEN.degrees[i]!.latitude].map((value) => value.toFixed(9)),
      );
    });
  });

  it("stretches by values and gamma, and by percentiles as numpy counts them", async () => {
    const scene = await openSentinel2(WITHOUT_SCL);
    const at = async (options: CutPatchesOptions) => {
      const patches = await all(scene, { size: 16, stride: 8, maxNoData: 1, ...options });
      return hex(patches.find(({ x, y }) => x === 24 && y === 16)!.image.data);
    };
    expect(await at({ stretch: { min: 500, max: 2500, gamma: 1.8 } })).toBe(GOLDEN.bright);
    expect(await at({ stretch: { percentiles: [2, 98] } })).toBe(GOLDEN.percentiles.rgb);
  });

  it("keeps bytes as they are", async () => {
    const values = Uint8Array.from({ length: 12 }, (_, i) => i * 20 + 1);
    const patches = await all(await openSentinel2(await small(values, 2, 2)), { size: 2 });
    expect([...patches[0]!.image.data]).toEqual([...values]);
  });

  it("takes a file's place from the middle of its first pixel where that is what it gives", async () => {
    const scene = await openSentinel2(await small(new Uint8Array(12).fill(9), 2, 2, { GTRasterTypeGeoKey: 2 }));
    expect(scene.bounds).toEqual([499995, 4999985, 500015, 5000005]);
  });

  it("stops when told", async () => {
    const controller = new AbortController();
    const scene = await openSentinel2(FILES);
    const run = async () => {
      for await (const _ of cutPatches(scene, { ...EVERYTHING, signal: controller.signal })) controller.abort();
    };
    await expect(run()).rejects.toMatchObject({ code: "ABORTED" });
    await expect(openSentinel2(FILES, { signal: controller.signal })).rejects.toMatchObject({ code: "ABORTED" });
  });

  it.each([
    [{ size: 53 }, "A patch of 53 pixels is larger than the scene of 70 x 52"],
    [{ size: 0 }, "size must be a whole number at least 1"],
    [{ stride: 0 }, "stride"],
    [{ maxCloud: 1.5 }, "maxCloud"],
    [{ cloudClasses: [1.5] }, "cloudClasses"],
    [{ cloudClasses: 8 }, "cloudClasses must be a list of SCL's classes, got 8"],
    [{ onSkip: 5 }, "onSkip must be a function, got 5"],
    [{ signal: 5 }, "signal must be an AbortSignal, got 5"],
    [{ signal: {} }, "signal must be an AbortSignal, got [object Object]"],
    [null, "got null"],
    [{ size: 4, stretch: { min: 3, max: 3 } }, "stretch.max must be above stretch.min"],
    [{ size: 4, stretch: { min: 3, percentiles: [2, 98] } }, "not both"],
    [{ size: 4, stretch: { percentiles: [98, 2] } }, "must grow"],
    [{ size: 4, stretch: { percentiles: "2,98" } }, "stretch.percentiles[0]"],
    [{ size: 4, stretch: { gamma: 0 } }, "stretch.gamma"],
  ])("refuses %j", async (options, message) => {
    const run = all(await openSentinel2(FILES), options as CutPatchesOptions);
    await expect(run).rejects.toMatchObject({ code: "INVALID_ARGUMENT", message: expect.stringContaining(message) });
  });

  it("refuses a limit on clouds without SCL, an unknown option, percentiles of fractions and of nothing", async () => {
    const plain = await openSentinel2(WITHOUT_SCL);
    await expect(all(plain, { maxCloud: 0 })).rejects.toMatchObject({ code: "INVALID_ARGUMENT", message: expect.stringContaining("scl") });
    await expect(all(null as never, {})).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining("openSentinel2"),
    });
    await expect(all(plain, { overlap: 2 } as object)).rejects.toMatchObject({ code: "UNKNOWN_OPTION" });
    const fractions = await openSentinel2(bytes("reflectance.tif"));
    await expect(all(fractions, { size, stretch: { percentiles: [2, 98] } })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    const empty = await openSentinel2(await small(new Uint16Array(12), 2, 2));
    await expect(all(empty, { size: 2, stretch: { percentiles: [2, 98] } })).rejects.toMatchObject({ code: "EMPTY_DATA" });
  });

  it("refuses a reference system that it can't place", async () => {
    const lambert = await openSentinel2(await small(new Uint8Array(12).fill(1), 2, 2, { ProjectedCSTypeGeoKey: 2154 }));
    await expect(all(lambert, { size: 2 })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining("EPSG:2154; UTM on WGS 84, EPSG:3857 or EPSG:4326 is expected"),
    });
  });
});

it.each([
  ["far from its zone", { ModelTiepoint: [0, 0, 0, 1e12, 5e6, 0] }],
  ["a bit too far from its zone", { ModelTiepoint: [0, 0, 0, 5e7, 5e6, 0] }],
  ["in the next zone but two", { ModelTiepoint: [0, 0, 0, 1_500_001, 5e6, 0] }],
  ["as far to the west", { ModelTiepoint: [0, 0, 0, -500_021, 5e6, 0] }],
  ["over the pole", { ModelTiepoint: [0, 0, 0, 5e5, 9_998_021, 0] }],
  ["over the other pole", { ProjectedCSTypeGeoKey: 32732, ModelTiepoint: [0, 0, 0, 5e5, 1_999, 0] }],
  ["at no place", { ModelTiepoint: [0, 0, 0, 1.7e308, 5e6, 0], ModelPixelScale: [1e308, 10, 0] }],
  ["beyond web Mercator", { ProjectedCSTypeGeoKey: 3857, ModelTiepoint: [0, 0, 0, 3e7, 0, 0] }],
  ["beyond the pole", { ProjectedCSTypeGeoKey: undefined, GeographicTypeGeoKey: 4326, ModelTiepoint: [0, 0, 0, 8, 498, 0] }],
  ["beyond the date line", { ProjectedCSTypeGeoKey: undefined, GeographicTypeGeoKey: 4326, ModelTiepoint: [0, 0, 0, 600, 40, 0] }],
])("a scene %s is refused", async (_, more) => {
  const scene = await openSentinel2(await small(new Uint8Array(12).fill(9), 2, 2, { ...more }));
  const message = expect.stringMatching(
    /^the scene lies beyond what EPSG:(32632|32732|3857|4326) describes \(longitude .*, latitude .*\): its place/,
  );
  await expect(all(scene, { size: 2 })).rejects.toMatchObject({ code: "FILE_CORRUPT", message });
});

it("a scene of a mosaic that reaches into the zones beside its own, or over the equator, is placed", async () => {
  for (const place of [
    [1_400_000, 5e6],
    [-400_000, 5e6],
    [5e5, -2e5],
  ]) {
    const scene = await openSentinel2(await small(new Uint8Array(12).fill(9), 2, 2, { ModelTiepoint: [0, 0, 0, ...place, 0] }));
    expect(await all(scene, { size: 2 })).toHaveLength(1);
  }
});

describe("writePatches", () => {
  it("writes PNG files and an annotation file with their places", async () => {
    const folder = scratchFolder();
    const written: string[] = [];
    const set = await writePatches(await openSentinel2(FILES), join(folder, "new"), {
      size,
      stride,
      name: "po",
      onPatch: ({ filename }) => written.push(filename),
    });
    const clear = GOLDEN.patches.filter(({ noData, cloud }) => noData === 0 && cloud === 0);
    expect(written).toEqual(clear.map(({ x, y }) => `po_${y}_${x}.png`));
    expect(await readKarpathy(join(folder, "new", "dataset.json"))).toEqual(set);
    const image = await decodeImage(join(folder, "new", written[1]!));
    expect(hex(image.data)).toBe(clear[1]!.rgb);
    expect(set.images[1]!.extra).toMatchObject({ epsg: 32632, bounds: clear[1]!.bounds });
    // A second run would leave patches of the first that no annotation names.
    const again = (options: object) =>
      openSentinel2(FILES).then((scene) => writePatches(scene, join(folder, "new"), { size, stride, ...options }));
    const full = expect.stringMatching(/new has patches already, dataset\.json among them: remove them, or give another folder\.$/);
    await expect(again({ name: "other" })).rejects.toMatchObject({ code: "INVALID_ARGUMENT", message: full });
    await rm(join(folder, "new", "dataset.json"));
    await expect(again({ name: "po" })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/po_\d+_\d+\.png/),
    });
    await again({ name: "p" });
  });

  it("takes back the folders that it made for nothing", async () => {
    const folder = scratchFolder();
    const run = writePatches(await openSentinel2(FILES), join(folder, "a", "b"), { size: 16, cloudClasses: [4, 9], maxNoData: 0 });
    await expect(run).rejects.toMatchObject({ code: "EMPTY_DATA" });
    expect(await readdir(folder)).toEqual([]);
  });

  it.skipIf(process.platform !== "linux")("refuses a folder below /proc, where Node's own way never ends", async () => {
    const run = writePatches(await openSentinel2(FILES), "/proc/rsdix/patches");
    const message = expect.stringMatching(/^\/proc\/rsdix\/patches can't be made or listed: ENOENT/);
    await expect(run).rejects.toMatchObject({ code: "WRITE_FAILED", message });
  });

  it.each([
    [{ name: "../up" }, "INVALID_ARGUMENT", "name must be letters"],
    [{ quality: 3 }, "UNKNOWN_OPTION", "quality"],
    [{ size: 16, cloudClasses: [4, 9], maxNoData: 0 }, "EMPTY_DATA", "Every patch"],
  ])("refuses %j", async (options, code, message) => {
    const folder = scratchFolder();
    const run = writePatches(await openSentinel2(FILES), folder, options as object);
    await expect(run).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });
});
