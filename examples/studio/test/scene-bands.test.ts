import { describe, expect, it } from "vitest";
import { bandsAmong } from "../src/worker/scene-bands";

const files = (...paths: string[]) =>
  paths.map((path) => ({ path, file: Object.assign(new File([], path.slice(path.lastIndexOf("/") + 1)), { path }) }));
/** Which files are taken, by their paths. */
const taken = (...paths: string[]) =>
  Object.fromEntries(Object.entries(bandsAmong(files(...paths))).map(([band, file]) => [band, (file as unknown as { path: string }).path]));

const TILE = "T32TQM_20260601T101031";

describe("the bands of a scene among files", () => {
  it("finds them by the names that products, and services, give them", () => {
    expect(taken("B02.tif", "B03.tif", "B04.tif", "SCL.tif")).toEqual({
      red: "B04.tif",
      green: "B03.tif",
      blue: "B02.tif",
      scl: "SCL.tif",
    });
    expect(taken("x/s2_b04.tiff", "x/s2_b03.tiff", "x/s2_b02.tiff")).toEqual({
      red: "x/s2_b04.tiff",
      green: "x/s2_b03.tiff",
      blue: "x/s2_b02.tiff",
    });
  });

  it("takes of a product's folder the finest of each band, and nothing else that lies there", () => {
    const image = (metres: number, band: string) => `S2A.SAFE/IMG_DATA/R${metres}m/${TILE}_${band}_${metres}m.tif`;
    const all = [60, 20, 10].flatMap((metres) => ["B02", "B03", "B04", "B8A", "TCI"].map((band) => image(metres, band)));
    expect(taken(...all, image(60, "SCL"), image(20, "SCL"))).toEqual({
      red: image(10, "B04"),
      green: image(10, "B03"),
      blue: image(10, "B02"),
      scl: image(20, "SCL"),
    });
  });

  it("takes files that a person named", () => {
    expect(taken("red B04.tif", "green B03.tif", "blue B02.tif", "clouds SCL.tif").scl).toBe("clouds SCL.tif");
    expect(taken("B04_10m.tif", "B03_10m.tif", "B02_10m.tif", "SCL.tif").scl).toBe("SCL.tif");
  });

  it("says that several were given where none of them is a band", () => {
    expect(() => taken("one.tif", "x/two.tif")).toThrowError(
      /^2 GeoTIFFs were given \(one\.tif, x\/two\.tif\), and no name has a band such as B04: give one scene at a time, /,
    );
    expect(() => taken("one.tif", "two.tif", "three.tif")).toThrowError(/^3 GeoTIFFs were given \(one\.tif, two\.tif and others\), /);
  });

  it("doesn't mix scenes", () => {
    const scene = (date: number) => ["B04", "B03", "B02"].map((band) => `T32TQM_${date}_${band}_10m.tif`);
    expect(() => taken(...scene(20260601), ...scene(20260611))).toThrowError(
      "These are bands of 2 scenes (T32TQM_20260601_B04_10m.tif, T32TQM_20260611_B04_10m.tif, and others): drop those of one.",
    );
    const [red, green, blue] = scene(20260601);
    expect(() => taken(red!, green!, blue!.replace("20260601", "20260611"), scene(20260621)[0]!)).toThrowError(
      "T32TQM_20260601_B04_10m.tif and T32TQM_20260621_B04_10m.tif are both B04 (red): drop one of them.",
    );
    // What is left of another scene is not taken.
    expect(taken(...scene(20260601), scene(20260611)[0]!).red).toBe(red);
  });

  it("says which bands are missing", () => {
    expect(() => taken("B04.tif", "B8A.tif", "AB03.tif")).toThrowError(
      "Drop one GeoTIFF with all bands, or a file each whose names have B04, B03 and B02 (and SCL, for clouds); B03 and B02 are missing.",
    );
    expect(() => taken("B04.tif", "B02.tif")).toThrowError("B03 is missing.");
  });
});
