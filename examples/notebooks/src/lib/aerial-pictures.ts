import type { Random } from "@rsdix/data";
import type { RgbImage } from "@rsdix/image";

/** What lies below. */
export type Ground = "field" | "sand" | "forest" | "water";
/** What is on it. */
export type Thing = "road" | "house" | "tank" | "pier" | "orchard";
/** Which season it is: winter is white, and brown where nothing grows. */
export type Season = "summer" | "winter";

/** All grounds. */
export const GROUNDS: readonly Ground[] = ["field", "sand", "forest", "water"];
/** All things. */
export const THINGS: readonly Thing[] = ["road", "house", "tank", "pier", "orchard"];

type Colour = readonly [red: number, green: number, blue: number];

const GROUND_COLOURS: Record<Season, Record<Ground, Colour>> = {
  summer: { field: [150, 178, 92], sand: [214, 190, 140], forest: [46, 92, 50], water: [40, 82, 132] },
  winter: { field: [212, 214, 208], sand: [176, 160, 138], forest: [104, 104, 92], water: [98, 120, 140] },
};
const THING_COLOURS: Record<Thing, Colour> = {
  road: [96, 96, 100],
  house: [178, 74, 56],
  tank: [236, 236, 240],
  pier: [120, 92, 66],
  orchard: [24, 60, 30],
};
const WORDS: Record<Thing, string> = {
  road: "a straight road",
  house: "a house with a red roof",
  tank: "a round white tank",
  pier: "two wooden piers",
  orchard: "rows of trees",
};
const WHERE: Record<Ground, string> = { field: "in a field", sand: "on sand", forest: "in a forest", water: "in the water" };

/** What a picture of a thing on a ground is called. */
export function captionOf(ground: Ground, thing: Thing): string {
  return `${WORDS[thing]} ${WHERE[ground]}`;
}

/** A square picture from above, drawn with noise: no two are alike, and all of one caption are similar. */
export function aerialPicture(ground: Ground, thing: Thing, season: Season, size: number, random: Random): RgbImage {
  const data = new Uint8Array(3 * size * size);
  const has = shapeOf(thing, size, random);
  const base = GROUND_COLOURS[season][ground];
  const light = 0.9 + 0.2 * random.next();
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const colour = has(x, y) ? THING_COLOURS[thing] : base;
      const grain = 14 * (random.next() - 0.5);
      for (let c = 0; c < 3; c++) data[3 * (y * size + x) + c] = Math.min(255, Math.max(0, Math.round(colour[c]! * light + grain)));
    }
  }
  return { width: size, height: size, data };
}

/** Where in the picture the thing is. */
function shapeOf(thing: Thing, size: number, random: Random): (x: number, y: number) => boolean {
  const [centreX, centreY] = [0, 0].map(() => size * (0.35 + 0.3 * random.next())) as [number, number];
  const [dx, dy] = [(x: number) => Math.abs(x - centreX), (y: number) => Math.abs(y - centreY)];
  if (thing === "tank") return (x, y) => Math.hypot(dx(x), dy(y)) < size / 4.5;
  if (thing === "house") return (x, y) => dx(x) < size / 5 && dy(y) < size / 7;
  if (thing === "orchard") return (x, y) => dx(x) < size / 3 && dy(y) < size / 3 && x % 4 < 2 && y % 4 < 2;
  if (thing === "pier") return (x, y) => y < size * 0.6 && Math.abs(dx(x) - size / 6) < size / 16;
  const slope = 0.6 * (random.next() - 0.5);
  return (x, y) => Math.abs(y - centreY - slope * (x - size / 2)) < size / 12;
}
