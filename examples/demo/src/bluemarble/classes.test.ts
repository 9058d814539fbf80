import { describe, expect, it } from "vitest";
import { classify } from "./classes";
import type { Measures } from "./sample";

const GREENLAND = {
  type: "Polygon" as const,
  coordinates: [
    [
      [-50, 60],
      [-60, 76],
      [-30, 83],
      [-20, 75],
      [-50, 60],
    ],
  ],
};

function at(changes: Partial<Measures>) {
  const land: Measures = {
    lat: 0,
    lon: 0,
    waterShare: 0,
    lakeShare: 0,
    mainlandShare: 1,
    meanElevation: 10,
    spreadElevation: 3,
    litShare: 0,
    border: 0,
  };
  return classify({ ...land, ...changes }, GREENLAND);
}

const shore = { waterShare: 0.5, mainlandShare: 0.5, border: 1.2 };

describe("classify", () => {
  it("names land by where it is, when it is flat", () => {
    expect(at({ lat: 23, lon: 10 })).toBe("desert");
    expect(at({ lat: -3, lon: -60 })).toBe("rainforest");
    expect(at({ lat: 49, lon: 65 })).toBe("grassland");
    expect(at({ lat: 70, lon: 100 })).toBe("tundra");
    expect(at({ lat: 23, lon: 10, spreadElevation: 20 })).toBeUndefined();
    expect(at({ lat: 48, lon: 5 })).toBeUndefined();
  });

  it("names the ice by latitude and by Greenland's outline", () => {
    expect(at({ lat: -75, lon: 90, meanElevation: 120 })).toBe("ice sheet");
    expect(at({ lat: 72, lon: -40, meanElevation: 100 })).toBe("ice sheet");
    expect(at({ lat: 72, lon: -40, meanElevation: 5 })).toBeUndefined();
  });

  it("names water and shores by how broken their border is", () => {
    expect(at({ waterShare: 1, mainlandShare: 0 })).toBe("ocean");
    expect(at(shore)).toBe("coast");
    expect(at({ ...shore, lat: 75 })).toBe("polar shore");
    expect(at({ ...shore, border: 3 })).toBe("inlets");
    expect(at({ ...shore, border: 4, lat: 75 })).toBe("polar channels");
    expect(at({ ...shore, waterShare: 0.85, mainlandShare: 0 })).toBe("islands");
  });

  it("leaves gaps: what lies between two classes has neither label", () => {
    expect(at({ ...shore, border: 2 })).toBeUndefined();
    expect(at({ ...shore, lat: 62 })).toBeUndefined();
    expect(at({ waterShare: 0.1, lat: 23, lon: 10 })).toBeUndefined();
    expect(at({ waterShare: 0.99, mainlandShare: 0.01 })).toBeUndefined();
    expect(at({ ...shore, lakeShare: 0.3 })).toBeUndefined();
  });
});
