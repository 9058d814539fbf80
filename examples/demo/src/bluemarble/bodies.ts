/** Which body each pixel of the water mask belongs to: open sea, lake, mainland or island. */
import type { Raster } from "./sources";

/** What a pixel of the water mask belongs to. */
export const BODY = { sea: 0, lake: 1, mainland: 2, island: 3 } as const;

/** Closed waters below this area are lakes (Superior has 82,000 km2, the Caspian Sea 371,000). */
const LARGEST_LAKE_KM2 = 150_000;
/** Land below this area is an island (Cuba has 110,000 km2, Great Britain 209,000). */
const LARGEST_ISLAND_KM2 = 130_000;
const EARTH_KM2 = 510_000_000;

/**
 * Labels connected bodies of the water mask by flood fill (8 neighbours, and across the date line).
 *
 * @param water the mask, 255 where there is water
 * @returns a raster of the same size with values of `BODY`
 */
export function labelBodies(water: Raster): Raster {
  const { width, height, data } = water;
  const bodies = new Uint8Array(data.length);
  const seen = new Uint8Array(data.length);
  const members = new Int32Array(data.length);
  const rowKm2 = Float64Array.from({ length: height }, (_, y) => {
    const top = Math.sin(Math.PI * (0.5 - y / height));
    const bottom = Math.sin(Math.PI * (0.5 - (y + 1) / height));
    return (((top - bottom) / 2) * EARTH_KM2) / width;
  });
  for (let start = 0; start < data.length; start++) {
    if (seen[start]) continue;
    const wet = isWater(data[start]!);
    let count = 1;
    let area = 0;
    members[0] = start;
    seen[start] = 1;
    for (let next = 0; next < count; next++) {
      const x = members[next]! % width;
      const y = (members[next]! - x) / width;
      area += rowKm2[y]!;
      for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
        for (let step = -1; step <= 1; step++) {
          const neighbour = ny * width + ((x + step + width) % width);
          if (!seen[neighbour] && isWater(data[neighbour]!) === wet) {
            seen[neighbour] = 1;
            members[count++] = neighbour;
          }
        }
      }
    }
    const body = wet ? (area < LARGEST_LAKE_KM2 ? BODY.lake : BODY.sea) : area < LARGEST_ISLAND_KM2 ? BODY.island : BODY.mainland;
    for (let i = 0; i < count; i++) bodies[members[i]!] = body;
  }
  return { width, height, channels: 1, data: bodies };
}

/** Whether a grey level of the mask (which has soft edges) stands for water. */
export function isWater(grey: number): boolean {
  return grey > 127;
}
