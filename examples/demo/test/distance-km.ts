import type { Place } from "../src/bluemarble/sample";

const EARTH_RADIUS_KM = 6371;
const DEGREE = Math.PI / 180;

/** Great-circle distance of two places in kilometres. */
export function distanceKm(a: Place, b: Place): number {
  const dLat = Math.sin(((a.lat - b.lat) * DEGREE) / 2);
  const dLon = Math.sin(((a.lon - b.lon) * DEGREE) / 2);
  const h = dLat * dLat + Math.cos(a.lat * DEGREE) * Math.cos(b.lat * DEGREE) * dLon * dLon;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}
