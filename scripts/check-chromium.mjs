// Says nothing where tests find a browser; otherwise, with exit code 1, what brings one. It is run before npm has installed anything.
import { readArguments } from "./lib/arguments.mjs";
import { findChromium, NO_CHROMIUM } from "./lib/webgpu.mjs";

/** Why no test can run in a browser; undefined where one can. */
function problem() {
  try {
    return findChromium() ? undefined : NO_CHROMIUM;
  } catch (error) {
    return error.message; // RSDIX_CHROMIUM names what is not there
  }
}

readArguments("");
const found = problem();
if (found) console.error(`A browser is needed: ${found}`);
process.exit(found ? 1 : 0);
