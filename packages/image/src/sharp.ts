import { fail } from "@rsdix/internal";

/** Loads sharp at the first use, so that importing this package never needs it. */
export async function loadSharp() {
  try {
    return (await import("sharp")).default;
  } catch (cause) {
    fail(
      "MISSING_DEPENDENCY",
      "Reading and writing image files in Node needs the package sharp with its binary for this platform: npm install sharp",
      cause,
    );
  }
}
