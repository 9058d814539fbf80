import { fail } from "@rsdix/internal";

/** Loads geotiff when the first scene is opened: who reads captions needs none of it. */
export async function loadGeotiff(): Promise<typeof import("geotiff")> {
  try {
    return await import("geotiff");
  } catch (cause) {
    return fail("MISSING_DEPENDENCY", "Reading GeoTIFF needs the package geotiff: npm install geotiff", cause);
  }
}

/** Loads proj4, which turns a scene's own coordinates into longitude and latitude. */
export async function loadProj4(): Promise<Proj4> {
  try {
    // Its types say that the module is the function; it is its default, in Node and in bundlers.
    return ((await import("proj4")) as unknown as { default: Proj4 }).default;
  } catch (cause) {
    return fail("MISSING_DEPENDENCY", "Coordinates in longitude and latitude need the package proj4: npm install proj4", cause);
  }
}

type Proj4 = typeof import("proj4");
