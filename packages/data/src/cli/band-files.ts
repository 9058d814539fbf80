import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fail } from "@rsdix/internal";
import { statusOf } from "../files/source-node";
import type { Sentinel2Files } from "../sentinel2/scene";

const BANDS = { red: "B04", green: "B03", blue: "B02", scl: "SCL" } as const;

/** A scene's file with all bands, or the files of its bands in a folder: T32TMR_20240610T101559_B04_10m.tif. */
export async function bandFiles(source: string): Promise<string | Sentinel2Files> {
  if (!(await statusOf(source)).isDirectory()) return source;
  const names = (await readdir(source)).filter((name) => /\.tiff?$/i.test(name)).sort();
  const find = (band: string) => {
    const found = names.filter((name) => new RegExp(`(?:^|[^a-z0-9])${band}(?:[^a-z0-9])`, "i").test(name));
    if (found.length > 1) {
      fail(
        "INVALID_ARGUMENT",
        `${source} has more than one file for ${band}: ${found.join(", ")}. Keep those of one scene and resolution in it.`,
      );
    }
    return found[0] === undefined ? undefined : join(source, found[0]);
  };
  const { red, green, blue, scl } = { red: find(BANDS.red), green: find(BANDS.green), blue: find(BANDS.blue), scl: find(BANDS.scl) };
  if (!red || !green || !blue) {
    const has = names.length === 0 ? "it has no .tif" : `it has ${names.slice(0, 5).join(", ")}${names.length > 5 ? ", ..." : ""}`;
    fail("FILE_NOT_FOUND", `${source} must have a .tif with B04, B03 and B02 in its name each (and SCL, to know clouds); ${has}.`);
  }
  return { red, green, blue, ...(scl !== undefined && { scl }) };
}
