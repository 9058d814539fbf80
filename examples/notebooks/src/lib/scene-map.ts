import * as Plot from "@observablehq/plot";
import type { Sentinel2Patch, Sentinel2Scene, SkippedPatch } from "@rsdix/data";

/** The patches put back where they were, as a picture of the scene. */
export function pictureOf({ width, height }: Sentinel2Scene, patches: readonly Sentinel2Patch[]): string {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d")!;
  for (const { image, x, y } of patches) {
    const pixels = new ImageData(image.width, image.height);
    pixels.data.fill(255);
    for (let i = 0; i < image.width * image.height; i++) pixels.data.set(image.data.subarray(3 * i, 3 * i + 3), 4 * i);
    context.putImageData(pixels, x, y);
  }
  return canvas.toDataURL();
}

/** The scene in its own coordinates, with frames around the patches that were cut (white) and left out (red, with the reason). */
export function sceneMap(
  scene: Sentinel2Scene,
  picture: string,
  cut: readonly Sentinel2Patch[],
  skipped: readonly SkippedPatch[],
  size: number,
): Element {
  const [west, south, east, north] = scene.bounds;
  const [dx, dy] = [(east - west) / scene.width, (north - south) / scene.height];
  const frame = ({ x, y }: { x: number; y: number }) => ({
    x1: west + x * dx,
    x2: west + (x + size) * dx,
    y1: north - (y + size) * dy,
    y2: north - y * dy,
  });
  const left = skipped.map((patch) => ({ ...frame(patch), reason: patch.reason }));
  const kept = cut.map((patch, i) => ({ ...frame(patch), number: i }));
  const edges = { x1: "x1", x2: "x2", y1: "y1", y2: "y2" };
  const middle = { x: (d: { x1: number; x2: number }) => (d.x1 + d.x2) / 2, y: (d: { y1: number; y2: number }) => (d.y1 + d.y2) / 2 };
  const width = 620;
  return Plot.plot({
    ariaLabel: "The scene with its patches",
    width,
    height: Math.round(((width - 80) * scene.height) / scene.width) + 60,
    ...{ marginLeft: 70, marginRight: 10, marginBottom: 40, marginTop: 20 },
    x: { domain: [west, east], label: "easting, m", ticks: 5, tickFormat: ",d" },
    y: { domain: [south, north], label: "northing, m", ticks: 5, tickFormat: ",d" },
    marks: [
      Plot.image([picture], {
        ...{ x: (west + east) / 2, y: (south + north) / 2, src: (url: string) => url, width: width - 80, preserveAspectRatio: "none" },
        height: Math.round(((width - 80) * scene.height) / scene.width),
      }),
      Plot.rect(kept, { ...edges, stroke: "white", strokeWidth: 1.5, inset: 1.5 }),
      Plot.text(kept, { ...middle, text: "number", fill: "white", stroke: "#1b1e23", strokeWidth: 3, fontSize: 13 }),
      Plot.rect(left, { ...edges, stroke: "#e7040f", fill: "#e7040f", fillOpacity: 0.16, strokeWidth: 1.5, inset: 1.5 }),
      Plot.text(left, { ...middle, text: "reason", fill: "#a80009", stroke: "white", strokeWidth: 3, fontSize: 11 }),
    ],
  });
}
