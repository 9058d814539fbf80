import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium } from "../../../scripts/lib/webgpu.mjs";
import { backendChangeTests } from "./backend-change";
import { diskTests } from "./disk";
import { gpuTests } from "./gpu";
import { insecureTests } from "./insecure";
import { keptTests } from "./kept";
import { keyboardTests } from "./keyboard";
import { loadingTests } from "./loading";
import { lostDeviceTests } from "./lost-device";
import { pageTests } from "./page";
import { phoneTests } from "./phone";
import { reloadTests } from "./reload";
import { resultTests } from "./results";
import { sceneTests } from "./scenes";
import { type Site, serve } from "./serve";
import { sourceTests } from "./sources";
import { launch, Studio, type StudioGlobals } from "./studio";
import { openStudioSite } from "./studio-site";
import { tabTests } from "./tabs";
import { tuneTests } from "./tune";
import { unsavedTests } from "./unsaved";
import { waitingTests } from "./waiting";
import { wordsTests } from "./words";
import type { World } from "./world";

const sizeScript = fileURLToPath(new URL("../size.mjs", import.meta.url));
const program = findChromium();

describe.skipIf(!program)("studio", { timeout: 180_000 }, () => {
  let folder: string;
  let world: World;
  let site: Site;
  let close: (() => Promise<void>) | undefined;
  let browser: Browser;
  let context: BrowserContext;
  let studio: Studio;

  beforeAll(async () => {
    const opened = await openStudioSite();
    ({ folder, world, site } = opened);
    close = opened.close;
    browser = await launch(program!);
    context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
    studio = await Studio.open(context, site.url);
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await close?.();
  });

  const hasNoFaults = (when: string) =>
    it(`has no serious fault of accessibility, in light and dark, on any tab, ${when}`, async () => {
      expect(await studio.faults("whole")).toEqual([]);
    });

  it("loads at most 350 kB beside TensorFlow.js before a model is chosen", async () => {
    // A server of its own: of the other one the first page's service worker asks things at any time.
    const own = await serve(join(folder, "site"));
    const plain = await browser.newContext({ serviceWorkers: "block" }); // which loads the rest
    await Studio.open(plain, own.url);
    await plain.close();
    own.server.closeAllConnections();
    own.server.close();
    const loaded = [...new Set(own.requests)].filter((name) => !/tfjs|\.wasm$|\/sw\.js$/.test(name));
    const sizes = await Promise.all(loaded.map(async (name) => gzipSync(await readFile(join(folder, "site", name))).length));
    const sum = sizes.reduce((a, b) => a + b, 0);
    expect(sum).toBeGreaterThan(100_000);
    expect(sum).toBeLessThanOrEqual(350_000);
    const { status, stdout } = spawnSync(process.execPath, [sizeScript, join(folder, "site")], { encoding: "utf8" });
    expect(status).toBe(0);
    for (const name of loaded.filter((each) => each.endsWith(".js"))) expect(stdout).toContain(name.slice(1)); // it counts what is loaded
  });

  it("says which backend computes, how fast, and what is instead of WebGPU", async () => {
    const text = await studio.page.locator("#backend").textContent();
    expect(text).toMatch(/WebAssembly, (less than )?[\d.]+ GFLOP\/s/);
    expect(text).toMatch(/WebGPU isn't used: .+ The processor computes instead/);
  });

  it("says what is missing, and what to do", async () => {
    await studio.page.getByRole("button", { name: "Caption all images" }).click();
    const alert = studio.page.locator(".alert");
    expect(await alert.locator("p").textContent()).toBe("NO_MODEL Load a model first (step 2).");
    await alert.getByRole("button").click();
    expect(await alert.count()).toBe(0);
  });

  it("loads a captioner with its image-text model from a folder", async () => {
    await studio.loadModel(world.model);
    expect(await studio.page.locator("#model .now").textContent()).toMatch(
      /^colours-model: CLIP, images of 16 pixels, a captioner; 27,569 weights\.$/,
    );
    expect(await studio.page.locator("#model .stored").textContent()).toContain("Load colours-model");
  });

  it("takes a folder of images with captions", async () => {
    const said = await studio.addFolder(world.captioned);
    expect(said).toBe(`${world.images.length} images were added, with ${world.images.length} captions (captions.csv).`);
    expect(await studio.page.locator(".gallery img").count()).toBe(world.images.length);
  });

  resultTests(() => ({ studio, world }));
  sceneTests(() => ({ studio, world }));

  it("holds as many tensors, and bytes, after 200 captions as after 20", async () => {
    await studio.tab("Captions");
    const ids = await studio.page.evaluate(() => [...(globalThis as unknown as StudioGlobals).studio.images.keys()]);
    const captioned = (count: number) =>
      studio.page.evaluate(
        (given) => (globalThis as unknown as StudioGlobals).studio.client.call("caption", { ids: given, beams: 2 }),
        Array.from({ length: count }, (_, i) => ids[i % ids.length]!),
      );
    await captioned(20);
    const before = await studio.memory();
    expect(before.bytes).toBeGreaterThanOrEqual(4 * 27_569); // the weights
    await captioned(180);
    expect(await studio.memory()).toEqual(before);
  });

  hasNoFaults("with results");

  tuneTests(() => ({ studio, world }));

  hasNoFaults("after a reload");

  pageTests(() => ({ studio, world, site, browser }));
  keyboardTests(() => ({ world, site, browser }));
  sourceTests(() => ({ studio, world, site, browser }));
  phoneTests(() => ({ world, site, browser }));
  diskTests(() => ({ world, site, browser }));
  loadingTests(() => ({ studio, world, site }));
  keptTests(() => ({ studio, world }));
  backendChangeTests(() => ({ world, site, browser }));
  unsavedTests(() => ({ world, site, browser }));
  waitingTests(() => ({ world, site, browser }));
  wordsTests(() => ({ world, site, browser }));
  tabTests(() => ({ studio, world, site, context }));
  insecureTests(() => ({ world, site, browser }));
  reloadTests(() => ({ world, site, browser }));
  gpuTests(() => ({ world, site, program: program! }));
  lostDeviceTests(() => ({ world, site, program: program! }));

  it("goes on with its own files when there is a newer version, and says that there is one", async () => {
    await studio.page.locator(".offline", { hasText: /^Works offline$/ }).waitFor();
    const worker = join(folder, "site", "sw.js");
    await writeFile(worker, (await readFile(worker, "utf8")).replace(/("version":")/, "$1next-"));
    await studio.page.evaluate(async () => (await navigator.serviceWorker.getRegistration())!.update());
    await studio.page.getByText("There is a newer version").waitFor();
    const kept = await studio.page.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith("rsdix-studio-page-")));
    expect(kept).toHaveLength(2);
  });

  it("opens and captions offline, with the model that was kept", async () => {
    await studio.page.getByText("Works offline").waitFor();
    site.server.closeAllConnections();
    await new Promise((resolve) => site.server.close(resolve));
    await context.setOffline(true);
    await studio.page.reload();
    await studio.started();
    await studio.page.getByRole("button", { name: "Load colours-model" }).click();
    await studio.says(/is loaded\.$/);
    await studio.addFolder(world.captioned);
    await studio.press("Caption all images", /are captioned\.$/);
    expect(await studio.page.locator("#panel-captions .caption").count()).toBe(world.images.length);
    await studio.page.locator(".offline", { hasText: /^Offline$/ }).waitFor();
    expect(studio.errors.filter((text) => !/ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED/.test(text))).toEqual([]);
  });
});
