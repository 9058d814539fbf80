import { fail } from "@rsdix/internal";
import { loadProj4 } from "./load-geotiff";

/** Longitude and latitude in degrees (WGS 84) of a place in a scene's own coordinates. */
export type ToLonLat = (x: number, y: number) => readonly [longitude: number, latitude: number];

/** How far a place may be from itself after the way to degrees and back, in metres: within a zone it is less than a thousandth. */
const MOST_APART = 0.1;
/**
 * How far from the middle of its zone, and from the equator, a place in UTM may be, in metres: mosaics of countries reach into the zones beside their own, and
 * the poles are at 9,997,965 m. The projection itself goes on, around the world and over the pole.
 */
const FARTHEST_EAST = 1e6;
const FARTHEST_NORTH = 9_998_000;
/** What UTM adds, so that no number is negative: to the middle of a zone, and in the south to the equator. */
const FALSE_EASTING = 5e5;
const FALSE_NORTHING = 1e7;

/**
 * How coordinates of a reference system become longitude and latitude: for UTM on WGS 84 (EPSG 32601-32660 and 32701-32760), which all Sentinel-2 products
 * have, web Mercator (3857) and degrees (4326). INVALID_ARGUMENT for another, FILE_CORRUPT for a place that isn't on Earth, or 1,000 km from the middle of its
 * zone.
 */
export async function toLonLat(epsg: number | undefined, name: string): Promise<ToLonLat> {
  const checked = (longitude: number, latitude: number, there: boolean): readonly [number, number] => {
    if (there && Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90) return [longitude, latitude];
    return fail(
      "FILE_CORRUPT",
      `${name} lies beyond what EPSG:${epsg} describes (longitude ${longitude}, latitude ${latitude}): its place or its reference system is wrong.`,
    );
  };
  if (epsg === 4326) return (x, y) => checked(x, y, true);
  const zone = epsg === undefined ? 0 : epsg % 100;
  const utm = epsg !== undefined && [326, 327].includes(Math.floor(epsg / 100)) && zone >= 1 && zone <= 60;
  if (!utm && epsg !== 3857) {
    fail(
      "INVALID_ARGUMENT",
      `${name} is in ${epsg === undefined ? "a reference system that it doesn't name" : `EPSG:${epsg}`}; UTM on WGS 84, EPSG:3857 or EPSG:4326 is expected. Warp it first (gdalwarp).`,
    );
  }
  const south = utm && Math.floor(epsg / 100) === 327;
  const inZone = (x: number, y: number) =>
    !utm || (Math.abs(x - FALSE_EASTING) <= FARTHEST_EAST && Math.abs(y - (south ? FALSE_NORTHING : 0)) <= FARTHEST_NORTH);
  const from = utm ? `+proj=utm +zone=${zone}${south ? " +south" : ""} +datum=WGS84 +units=m +no_defs` : "EPSG:3857";
  const proj4 = await loadProj4();
  const transform = proj4(from, "EPSG:4326");
  const moved = (way: (place: number[]) => number[], place: number[]) =>
    (place.every(Number.isFinite) ? way(place) : [Number.NaN, Number.NaN]) as [number, number];
  return (x, y) => {
    const [longitude, latitude] = moved(transform.forward, [x, y]);
    const back = moved(transform.inverse, [longitude, latitude]); // far from its zone a projection gives places, but not those
    return checked(longitude, latitude, inZone(x, y) && Math.hypot(back[0] - x, back[1] - y) < MOST_APART);
  };
}
