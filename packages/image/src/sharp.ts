import { createRequire } from "node:module";
import { fail } from "@rsdix/internal";

type SharpModule = typeof import("sharp")["default"];

let loaded: SharpModule | undefined;

/** Loads sharp at the first use, so that importing this package never needs it. */
export async function loadSharp(): Promise<SharpModule> {
  loaded ??= loadCommonJs() ?? (await loadModule());
  return loaded;
}

/** As an ES module, whose parts Node searches for the names of their exports first, it takes twice the time to load, and in each worker again. */
function loadCommonJs(): SharpModule | undefined {
  try {
    return createRequire(import.meta.url)("sharp") as SharpModule;
  } catch {
    return undefined; // within a bundle, say, which has no address
  }
}

async function loadModule(): Promise<SharpModule> {
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
