import type { GivenFile } from "../protocol";
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
