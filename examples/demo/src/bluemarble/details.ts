/** What a caption may say besides the class: each detail is measured in a source other than the colours. */
import type { Label } from "./classes";
import type { Slots } from "./grammar";
import type { Measures } from "./sample";

/**
 * The words for a patch's measurements: `zone` (adjective) and `belt` (where) from latitude, `relief` and `height` from
 * elevation, `lights` and `dark` from night lights, `share` from the water mask.
 *
 * @param label the class, which decides what `share` is a share of
 * @param m the measurements
 * @returns the words of each slot, likeliest first
 */
export function detailSlots(label: Label, m: Measures): Slots {
  return { ...climate(m), ...terrain(m), ...lights(m), share: share(label, m) };
}

function climate({ lat }: Measures): Slots {
  const latitude = Math.abs(lat);
  if (latitude > 74) return { zone: ["polar"], belt: ["near the pole", "at high latitudes"] };
  if (latitude > 63) return { zone: ["polar", "subpolar"], belt: ["in polar latitudes", "in polar regions"] };
  if (latitude > 44) return { zone: ["cool", "temperate"], belt: ["in cool latitudes", "at temperate latitudes"] };
  if (latitude > 25) return { zone: ["mild", "subtropical"], belt: ["in warm latitudes", "in the subtropics"] };
  if (latitude > 10) return { zone: ["tropical", "warm"], belt: ["in the tropics", "between the tropics"] };
  return { zone: ["equatorial", "tropical"], belt: ["near the equator", "in the tropics"] };
}

/** One grey level of the elevation picture is about 25 metres. */
function terrain({ spreadElevation, meanElevation }: Measures): Slots {
  return {
    relief: spreadElevation < 2 ? ["flat", "level"] : spreadElevation < 7 ? ["rolling", "uneven"] : ["hilly", "rugged"],
    height: meanElevation < 10 ? ["low", "lowland"] : meanElevation < 40 ? ["raised", "upland"] : ["high", "highland"],
  };
}

function lights({ litShare }: Measures): Slots {
  if (litShare < 0.004) return { lights: ["no lights", "no towns"], dark: ["dark at night", "unlit at night"] };
  if (litShare < 0.04) return { lights: ["few lights", "a few towns"], dark: ["thinly lit at night", "dotted with town lights"] };
  return { lights: ["many lights", "many towns"], dark: ["brightly lit at night", "bright with towns"] };
}

function share(label: Label, { waterShare }: Measures): readonly string[] {
  if (label === "islands") return waterShare < 0.88 ? ["narrow", "broken"] : ["wide", "broad"];
  if (waterShare < 0.43) return ["more land than water", "mostly land"];
  if (waterShare < 0.57) return ["equal land and water", "land and water alike"];
  return ["more water than land", "mostly water"];
}
