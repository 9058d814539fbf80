import { fileURLToPath } from "node:url";
import { packWordNetInto } from "../packages/metrics/wordnet/pack-wordnet";
import { findChromium, NO_CHROMIUM } from "../scripts/lib/webgpu.mjs";
import { testBackends, VARIABLE } from "./backends";

/**
 * Decides once, before anything runs, which backends the numerical tests of this run take, and says so, and where there is no browser (tests that are skipped
 * say nothing); packs WordNet where that was never done.
 */
export async function setup(): Promise<void> {
  packWordNetInto(fileURLToPath(new URL("../packages/metrics/src/", import.meta.url))); // the sources look for it beside them
  if (!findChromium()) console.log(`The studio and the notebooks are not tested in a browser: ${NO_CHROMIUM}`);
  const forced = process.env[VARIABLE];
  if (forced) {
    console.log(`Numerical tests run on ${testBackends(forced).join(", ")} (${VARIABLE}).`);
    return;
  }
  const missing = await nativeIsMissing();
  process.env[VARIABLE] = missing === undefined ? "cpu,wasm,native" : "cpu,wasm";
  console.log(
    `Numerical tests run on ${testBackends().join(", ")}${missing === undefined ? "." : `; not on native, whose own tests are left out: ${missing}`}`,
  );
}

/** Why the native backend's binary does not load here; undefined where it does. */
async function nativeIsMissing(): Promise<string | undefined> {
  try {
    const { registerNativeBackend } = await import("../packages/backend-native/src/index");
    await registerNativeBackend();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
