import { fail } from "@rsdix/internal";
import { BITMAP_OPTIONS, readBitmap } from "./bitmap-pixels";
import { KNOWN_PIXELS, OPAQUE_PNG, TRANSPARENT_PNG } from "./known-pixels";

/** What has been found of this browser, for images without and with alpha. */
const checks = new Map<boolean, Promise<void>>();

/**
 * Throws where this browser gives other pixels than the file holds, found once by an image whose pixels are known. Some change what pages
 * read, against being recognised by it; some convert colours, or multiply them by alpha, though told not to. A model would be fed
 * such pixels without anybody's knowing.
 */
export function checkBrowserPixels(alpha: boolean): Promise<void> {
  const found = checks.get(alpha);
  if (found) return found;
  const check = compare(alpha);
  checks.set(alpha, check);
  check.catch((error) => {
    if (error.code !== "BACKEND_WRONG_RESULT") checks.delete(alpha); // a lack of memory may pass
  });
  return check;
}

async function compare(alpha: boolean): Promise<void> {
  if (typeof createImageBitmap === "undefined") {
    fail("BACKEND_UNAVAILABLE", "Images are decoded through createImageBitmap, which is not here. In Node use @rsdix/image/node.");
  }
  const known = bytesOf(KNOWN_PIXELS);
  const file = new Blob([bytesOf(alpha ? TRANSPARENT_PNG : OPAQUE_PNG)], { type: "image/png" });
  const bitmap = await createImageBitmap(file, BITMAP_OPTIONS);
  const pixels = await readBitmap(bitmap, alpha);
  bitmap.close();
  const wrong = pixels.findIndex((value, i) => value !== known[i]);
  if (wrong < 0) return;
  fail(
    "BACKEND_WRONG_RESULT",
    `This browser changes the pixels of images that pages read (a level of ${known[wrong]} became ${pixels[wrong]}), so that a model would see another ` +
      "image. Allow this page to read canvases (protection against fingerprinting prevents it), or use another browser.",
  );
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
