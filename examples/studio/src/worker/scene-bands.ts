import type { BandOrder, GivenFile } from "../protocol";
import { refuse } from "./session";

/** The bands of a scene in a file each. */
export interface SceneBands {
  readonly red: File;
  readonly green: File;
  readonly blue: File;
  readonly scl?: File;
}

/** Sentinel-2's names of the bands, and what they show. */
const BANDS = { B04: "red", B03: "green", B02: "blue", SCL: "scene classification" } as const;
type Band = keyof typeof BANDS;
const NEEDED = ["B04", "B03", "B02"] as const;

/** A band's name stands alone, such as in T32TQM_20260601T101031_B04_10m.tif and B04.tif. */
const BAND = /(^|[^A-Za-z0-9])(B04|B03|B02|SCL)(?=[^A-Za-z0-9]|$)/i;
/** The size of its pixels, which products have in the file's name and in that of the folder (R10m). */
const METRES = /(^|[^A-Za-z0-9])R?(\d+)m(?=[^A-Za-z0-9]|$)/gi;

/** Where the bands of one file are, counted from 0. */
interface BandPlaces {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
  readonly scl?: number;
}

/** What one file says of its bands. */
export interface FileBands {
  readonly name: string;
  readonly count: number;
  /** A band's name in the file's metadata, where it has one. */
  readonly descriptions: readonly (string | undefined)[];
}

/** What a description calls the bands: `B04`, Earth Engine's `B4`, GDAL's `B4, central wavelength 665 nm`, `Red`. */
const DESCRIBED = {
  red: /^(B0?4(?![0-9A-Za-z])|red$)/i,
  green: /^(B0?3(?![0-9A-Za-z])|green$)/i,
  blue: /^(B0?2(?![0-9A-Za-z])|blue$)/i,
  scl: /^SCL(?![0-9A-Za-z])/i,
} as const;

/** Which bands of one file are red, green and blue, and the words for it: by their names, else by their order where their number tells it. */
export function bandsOfFile({ name, count, descriptions }: FileBands, order: BandOrder): { places: BandPlaces; said: string } {
  const say = (places: BandPlaces, why: string) => ({
    places,
    said: `Red, green and blue are bands ${places.red + 1}, ${places.green + 1} and ${places.blue + 1} of ${count} (${why}).`,
  });
  if (count < 3) refuse("FILE_NOT_FOUND", `${name} hasn't the three bands red, green and blue. Drop B04, B03 and B02 together.`);
  if (order === "rgb") return say({ red: 0, green: 1, blue: 2 }, "as you chose");
  if (order === "bgr") return say({ red: 2, green: 1, blue: 0 }, "as you chose");
  const place = (band: keyof typeof DESCRIBED) => descriptions.findIndex((text) => text !== undefined && DESCRIBED[band].test(text.trim()));
  const [red, green, blue, scl] = [place("red"), place("green"), place("blue"), place("scl")];
  if (red >= 0 && green >= 0 && blue >= 0) return say({ red, green, blue, ...(scl >= 0 && { scl }) }, "by their names in the file");
  if (count === 3) return say({ red: 0, green: 1, blue: 2 }, "as they come");
  // B01 B02 B03 B04 and so on; of L2A 12, of L1C with B10 13.
  if (count === 12 || count === 13) return say({ red: 3, green: 2, blue: 1 }, "ESA's order: B04, B03 and B02");
  if (count === 4)
    return say(
      { red: 0, green: 1, blue: 2 },
      "as they come; the file doesn't name them: if they are B02, B03, B04 and B08, choose that order",
    );
  return refuse(
    "INVALID_ARGUMENT",
    `${name} has ${count} bands without names. Expected 3 (red, green, blue), 4 (with near infrared), 12 or 13 (ESA's order, from B01), or bands whose descriptions are B04, B03 and B02. Choose the order of its first three, or drop B04, B03 and B02 in a file each.`,
  );
}

interface Found {
  readonly band: Band;
  readonly metres: number;
  /** The name without what differs from band to band. */
  readonly scene: string;
  readonly given: GivenFile;
}

/**
 * The bands of one scene among files, by the names that Sentinel-2 gives them: of a product, which has a band in several sizes of pixels, the finest of each.
 * Bands of several scenes aren't mixed.
 */
export function bandsAmong(files: readonly GivenFile[]): SceneBands {
  const found = files.flatMap((given) => read(given) ?? []);
  if (found.length === 0)
    refuse(
      "INVALID_ARGUMENT",
      `${files.length} GeoTIFFs were given (${files[0]!.path}, ${files[1]!.path}${files.length > 2 ? " and others" : ""}), and no name has a band such as B04: give one scene at a time, in one file, or in a file each with B04, B03 and B02 in their names.`,
    );
  const missing = NEEDED.filter((band) => !found.some((each) => each.band === band));
  if (missing.length > 0)
    refuse(
      "FILE_NOT_FOUND",
      `Drop one GeoTIFF with all bands, or a file each whose names have B04, B03 and B02 (and SCL, for clouds); ${listed(missing)} missing.`,
    );
  const scenes = [...new Set(found.map(({ scene }) => scene))].map((scene) => found.filter((each) => each.scene === scene));
  const whole = scenes.filter((scene) => NEEDED.every((band) => scene.some((each) => each.band === band)));
  if (whole.length > 1) {
    const named = whole.map((scene) => scene[0]!.given.path).join(", ");
    refuse("INVALID_ARGUMENT", `These are bands of ${whole.length} scenes (${named}, and others): drop those of one.`);
  }
  const one = (band: Band) => {
    const inScene = whole[0]?.filter((each) => each.band === band) ?? [];
    // A person may have given files names of their own.
    const all = inScene.length > 0 ? inScene : found.filter((each) => each.band === band);
    const [finest, next] = [...all].sort((a, b) => a.metres - b.metres);
    if (finest && next?.metres === finest.metres)
      refuse("INVALID_ARGUMENT", `${finest.given.path} and ${next.given.path} are both ${band} (${BANDS[band]}): drop one of them.`);
    return finest?.given.file;
  };
  const scl = one("SCL");
  return { red: one("B04")!, green: one("B03")!, blue: one("B02")!, ...(scl && { scl }) };
}

function read(given: GivenFile): Found | undefined {
  const name = given.path.slice(given.path.lastIndexOf("/") + 1);
  const band = BAND.exec(name)?.[2]?.toUpperCase() as Band | undefined;
  if (!band) return undefined;
  const [, , metres] = [...name.matchAll(METRES)].at(-1) ?? [];
  const scene = given.path.replace(METRES, "$1").replace(new RegExp(`(?<![A-Za-z0-9])${band}(?=[^A-Za-z0-9]|$)(?!.*/)`, "i"), "");
  return { band, metres: Number(metres ?? 0), scene, given };
}

const listed = (bands: readonly string[]) => `${bands.join(" and ")} ${bands.length === 1 ? "is" : "are"}`;
