import { createRandom } from "@rsdix/data";
import { writeArrayBuffer } from "geotiff";

const WIDTH = 320;
const HEIGHT = 256;

/** What lies on the ground, in reflectance times 10,000 of red, green and blue (B04, B03, B02), with its class in SCL. */
const COVER = {
  meadow: { rgb: [620, 940, 560], scl: 4 },
  wheat: { rgb: [1540, 1320, 760], scl: 4 },
  soil: { rgb: [1680, 1280, 900], scl: 5 },
  forest: { rgb: [260, 430, 300], scl: 4 },
  water: { rgb: [190, 360, 480], scl: 6 },
  roof: { rgb: [2050, 1700, 1500], scl: 5 },
} as const;
const CROPS = ["meadow", "wheat", "soil", "meadow", "wheat"] as const;
const CLOUD = { rgb: [5200, 5300, 5400], scl: 9 } as const;
const NOT_SEEN = { rgb: [0, 0, 0], scl: 0 } as const;
/** Since processing baseline 04.00 (January 2022) files hold this much more, so that dark pixels need no negative numbers. */
const OFFSET = 1000;

/**
 * A GeoTIFF that looks like a piece of a Sentinel-2 L2A product: red, green, blue and SCL in 16 bits, 10 m a pixel, in UTM zone 32 north; with fields, a wood,
 * a river, a village, two clouds, and a corner that the satellite did not see.
 */
export async function syntheticScene(): Promise<Uint8Array> {
  const random = createRandom(11);
  const crops = Array.from({ length: 400 }, () => CROPS[random.int(CROPS.length)]!);
  const values = new Uint16Array(WIDTH * HEIGHT * 4);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const { rgb, scl } = pixelAt(x, y, crops);
      const grain = 1 + 0.12 * (random.next() - 0.5);
      const at = 4 * (y * WIDTH + x);
      for (let c = 0; c < 3; c++) values[at + c] = scl === 0 ? 0 : Math.round(OFFSET + rgb[c]! * grain);
      values[at + 3] = scl;
    }
  }
  const file = await writeArrayBuffer(values, {
    width: WIDTH,
    height: HEIGHT,
    SamplesPerPixel: 4,
    BitsPerSample: [16, 16, 16, 16],
    ProjectedCSTypeGeoKey: 32632,
    ModelPixelScale: [10, 10, 0],
    ModelTiepoint: [0, 0, 0, 510_000, 5_004_000, 0],
  } as never); // its types know only some of the tags that it writes
  return new Uint8Array(file);
}

/** What a pixel shows; `crops` are those of the fields. */
function pixelAt(x: number, y: number, crops: readonly (keyof typeof COVER)[]): { rgb: readonly number[]; scl: number } {
  if (x + 1.4 * y < 70) return NOT_SEEN;
  if (Math.hypot(x - 250, (y - 60) * 1.3) < 34 || Math.hypot(x - 278, (y - 78) * 1.2) < 24 || Math.hypot(x - 92, (y - 214) * 1.5) < 16)
    return CLOUD;
  const river = 150 + 34 * Math.sin(x / 46) - 0.22 * x;
  if (Math.abs(y - river) < 5.5) return COVER.water;
  if (Math.hypot((x - 70) / 1.5, y - 92) < 30) return COVER.forest;
  const village = Math.hypot(x - 196, (y - 186) * 1.2) < 44;
  if (village && x % 9 < 5 && y % 7 < 4) return COVER.roof;
  if (village) return COVER.meadow;
  // Fields lie along the river, askew to north.
  const [column, row] = [Math.floor((x + 0.3 * y) / 22), Math.floor((y - 0.3 * x + 120) / 15)];
  return COVER[crops[(column * 31 + row * 17) % crops.length]!];
}
