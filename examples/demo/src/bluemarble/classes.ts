/**
 * The scene classes. A rule sees the water mask, elevation, night lights, outlines and coordinates, never the colours.
 * Thresholds leave gaps between the rules, so that a patch on the border of two classes has neither label.
 */
import { geoContains } from "d3-geo";
import type { Measures } from "./sample";
import type { Outline } from "./sources";

/** The labels, in the order of the reports. */
export const LABELS = [
  "ocean",
  "coast",
  "inlets",
  "islands",
  "polar shore",
  "polar channels",
  "ice sheet",
  "tundra",
  "grassland",
  "desert",
  "rainforest",
] as const;

/** A label of a patch. */
export type Label = (typeof LABELS)[number];

/** South, north, west, east in degrees. */
type Box = readonly [number, number, number, number];

/** Where a kind of land cover is known to be. */
const REGIONS = {
  desert: [
    [17.5, 30, -13, 33], // Sahara
    [17, 30, 38, 56], // Arabia
    [37, 41, 78, 88], // Taklamakan
    [39, 45, 95, 110], // Gobi
    [-28, -20, 14, 23], // Kalahari and Namib
    [-31, -19.5, 117, 141], // Australian interior
  ],
  rainforest: [
    [-11, 4, -75, -52], // Amazon
    [-4, 4, 10, 28], // Congo
    [-5, 6, 98, 118], // Sumatra and Borneo
    [-8, -2, 132, 147], // New Guinea
  ],
  grassland: [
    [45.5, 53, 46, 83], // Kazakh steppe
    [35, 50, -106, -98], // Great Plains
    [45, 50, 100, 118], // Mongolia
    [-39, -30, -65, -57], // Pampas
  ],
  tundra: [
    [64, 80, -125, -60], // Arctic Canada
    [66, 72, -165, -140], // Alaska
    [66, 78, 65, 180], // Arctic Siberia
  ],
} as const satisfies Partial<Record<Label, readonly Box[]>>;

const LAND_COVERS = ["desert", "rainforest", "grassland", "tundra"] as const;
/** Elevation spread (grey levels) below which land is named by its cover; above it hills and mountains decide what grows. */
const FLAT = 14;

/**
 * The class of a patch.
 *
 * @param m its measurements
 * @param greenland Greenland's outline
 * @returns the label, or undefined where no rule is clearly met
 */
export function classify(m: Measures, greenland: Outline): Label | undefined {
  if (m.waterShare > 0.995) return Math.abs(m.lat) < 65 ? "ocean" : undefined;
  if (m.waterShare > 0.2) return m.lakeShare < 0.02 ? classifyShore(m) : undefined;
  if (m.waterShare > 0.05) return undefined;
  const inGreenland = m.lat > 59 && m.lon > -75 && m.lon < -10 && geoContains(greenland, [m.lon, m.lat]);
  if (m.lat < -66 || (inGreenland && m.meanElevation > 40)) return "ice sheet";
  if (inGreenland || m.spreadElevation > FLAT) return undefined;
  return LAND_COVERS.find((label) => REGIONS[label].some((box) => inside(m, box)));
}

/** Where land meets the sea, the class is how broken their border is, and whether the land is all islands. */
function classifyShore({ lat, waterShare, mainlandShare, border }: Measures): Label | undefined {
  const even = waterShare > 0.25 && waterShare < 0.75;
  if (lat < -63 || lat > 68) return even && border < 2 ? "polar shore" : even && border > 3.1 ? "polar channels" : undefined;
  if (Math.abs(lat) > 58) return undefined;
  if (mainlandShare < 0.01) return waterShare > 0.78 && waterShare < 0.96 ? "islands" : undefined;
  if (!even || mainlandShare < 0.15) return undefined;
  return border < 1.6 ? "coast" : border > 2.4 ? "inlets" : undefined;
}

function inside({ lat, lon }: Measures, [south, north, west, east]: Box): boolean {
  return lat >= south && lat <= north && lon >= west && lon <= east;
}
