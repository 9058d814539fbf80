import { fail, show } from "@rsdix/internal";
import { isArrayLike } from "./check-classes";

/** Throws unless `owner` holds, for each of `items` texts, the row of its image, and every image owns at least one. */
export function checkOwners(owner: ArrayLike<number>, images: number, items: number, { name, item }: { name: string; item: string }): void {
  if (!isArrayLike(owner) || owner.length !== items) {
    const got = isArrayLike(owner) ? `${owner.length} owners` : show(owner);
    fail("SHAPE_MISMATCH", `${name} must hold the image of each of the ${items} ${item}s, got ${got}.`);
  }
  const owned = new Uint8Array(images);
  for (let t = 0; t < items; t++) {
    const image = owner[t]!;
    if (!Number.isInteger(image) || image < 0 || image >= images) {
      fail("INVALID_ARGUMENT", `${name}[${t}] must be a row from 0 to ${images - 1}, got ${show(image)}.`);
    }
    owned[image] = 1;
  }
  const lonely = owned.indexOf(0);
  if (lonely >= 0) fail("INVALID_ARGUMENT", `Image ${lonely} has no ${item}: leave it out or give it one.`);
}
