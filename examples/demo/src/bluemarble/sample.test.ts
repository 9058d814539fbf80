import { describe, expect, it } from "vitest";
import { distanceKm } from "../../test/distance-km";
import { BODY, labelBodies } from "./bodies";
import { fibonacciPlaces, measure, SIDE_PIXELS, samplePixels } from "./sample";
import type { Raster, Sources } from "./sources";

const WIDTH = 1600;
const HEIGHT = 800;

/** A picture painted from coordinates in degrees. */
function paint(channels: 1 | 3, grey: (lat: number, lon: number, channel: number) => number): Raster {
  const data = new Uint8Array(WIDTH * HEIGHT * channels);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / channels);
    const lat = 90 - ((Math.floor(pixel / WIDTH) + 0.5) * 180) / HEIGHT;
    data[i] = grey(lat, (((pixel % WIDTH) + 0.5) * 360) / WIDTH - 180, i % channels);
  }
  return { width: WIDTH, height: HEIGHT, channels, data };
}

function earth(isLand: (lat: number, lon: number) => boolean, grey = 0): Sources {
  const water = paint(1, (lat, lon) => (isLand(lat, lon) ? 0 : 255));
  const plain = paint(1, () => grey);
  return {
    colour: water,
    water,
    elevation: plain,
    night: plain,
    bodies: labelBodies(water),
    greenland: { type: "Polygon", coordinates: [] },
  };
}

describe("places", () => {
  it("are spread evenly: equal counts in bands of equal area and on both halves of the globe", () => {
    const places = fibonacciPlaces(10_000, 0.3);
    const between = (from: number, to: number) => places.filter(({ lat }) => lat >= from && lat < to).length;
    expect(Math.abs(between(0, 30) - 2500)).toBeLessThan(3);
    expect(Math.abs(between(-90, -30) - between(30, 90))).toBeLessThan(3);
    expect(Math.abs(places.filter(({ lon }) => lon < 0).length / places.length - 0.5)).toBeLessThan(0.01);
    expect(Math.max(...places.map(({ lat }) => Math.abs(lat)))).toBeLessThan(84);
  });

  it("are a quarter of the Earth's girth apart from equator to pole, and close across the date line", () => {
    expect(distanceKm({ lat: 0, lon: 10 }, { lat: 90, lon: -50 })).toBeCloseTo((Math.PI / 2) * 6371, 6);
    expect(distanceKm({ lat: 0, lon: 179.5 }, { lat: 0, lon: -179.5 })).toBeCloseTo((Math.PI / 180) * 6371, 6);
  });
});

describe("samplePixels", () => {
  it("covers the same ground at every latitude, north up", () => {
    const degreesAcross = (31 * 10) / 6371 / (Math.PI / 180); // 31 steps of 10 km
    const picture = paint(3, (lat, lon, channel) =>
      channel === 0 ? (lat + 90) * 1.4 : channel === 1 ? Math.max(0, Math.min(255, 128 + lon * 4)) : 7,
    );
    for (const lat of [0, 40, 60]) {
      const pixels = samplePixels(picture, { lat, lon: 0 });
      const middle = SIDE_PIXELS / 2;
      const at = (row: number, column: number, channel: number) => pixels[(row * SIDE_PIXELS + column) * 3 + channel]!;
      expect((at(0, middle, 0) - at(31, middle, 0)) / 1.4).toBeCloseTo(degreesAcross, -0.3);
      const acrossLon = (at(middle, 31, 1) - at(middle, 0, 1)) / 4;
      expect(Math.abs(acrossLon * Math.cos((lat * Math.PI) / 180) - degreesAcross)).toBeLessThan(0.35);
      expect(at(3, 3, 2)).toBe(7);
    }
  });

  it("has no seam at the date line", () => {
    const picture = paint(3, (lat) => lat + 90);
    expect(samplePixels(picture, { lat: 20, lon: 180 })).toEqual(samplePixels(picture, { lat: 20, lon: -180 }));
    expect(samplePixels(picture, { lat: 20, lon: 179.9 })).toEqual(samplePixels(picture, { lat: 20, lon: 33 }));
  });
});

describe("measure", () => {
  it("sees half water, a straight border, and no relief on a plain", () => {
    const m = measure(
      earth((_, lon) => lon > 0 && lon < 60, 30),
      { lat: 0, lon: 0 },
    );
    expect(m).toMatchObject({ waterShare: 0.5, border: 1, meanElevation: 30, spreadElevation: 0, litShare: 0 });
    expect(m.mainlandShare).toBe(0.5);
  });

  it("measures a longer border where water parts the land, and lit samples", () => {
    const m = measure(
      earth((_, lon) => Math.abs(lon) > 0.5 && Math.abs(lon) < 60, 60),
      { lat: 0, lon: 0 },
    );
    expect(m.border).toBe(2);
    expect(m.litShare).toBe(1);
  });
});

describe("labelBodies", () => {
  it("tells sea from lake and mainland from island, across the date line too", () => {
    const land = (lat: number, lon: number) => {
      const continent = Math.abs(lat) < 20 && Math.abs(lon) > 150;
      const lake = Math.hypot(lat, Math.abs(lon) - 180) < 1.5;
      return (continent && !lake) || Math.hypot(lat, lon) < 1.5;
    };
    const bodies = labelBodies(paint(1, (lat, lon) => (land(lat, lon) ? 0 : 255)));
    const at = (lat: number, lon: number) =>
      bodies.data[Math.floor(((90 - lat) / 180) * HEIGHT) * WIDTH + Math.floor(((lon + 180) / 360) * WIDTH)];
    expect(at(0, 0)).toBe(BODY.island);
    expect(at(50, 0)).toBe(BODY.sea);
    expect(at(0, 160)).toBe(BODY.mainland);
    expect(at(0, 179.8)).toBe(BODY.lake);
    expect(at(0, -179.8)).toBe(BODY.lake);
  });
});
