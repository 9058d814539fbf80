import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { decodeImage } from "@rsdix/image/node";
import { Clip, ClipCap } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backendChangeTests } from "./backend-change";
import { diskTests } from "./disk";
import { gpuTests } from "./gpu";
import { insecureTests } from "./insecure";
import { keptTests } from "./kept";
import { keyboardTests } from "./keyboard";
import { loadingTests } from "./loading";
import { pageTests } from "./page";
import { phoneTests } from "./phone";
import { type Site, serve } from "./serve";
import { sourceTests } from "./sources";
import { browserProgram, launch, Studio, type StudioGlobals } from "./studio";
import { openStudioSite } from "./studio-site";
import { tabTests } from "./tabs";
import { tuneTests } from "./tune";
import { unsavedTests } from "./unsaved";
import { waitingTests } from "./waiting";
import { wordsTests } from "./words";
import type { World } from "./world";

const sizeScript = fileURLToPath(new URL("../size.mjs", import.meta.url));
const program = await browserProgram();
if (!program) console.log("left out: the studio end to end, as there is no Chromium (RSDIX_CHROMIUM names its program)");

describe.skipIf(!program)("studio", { timeout: 180_000 }, () => {
  let folder: string;
  let world: World;
  let site: Site;
  let close: (() => Promise<void>) | undefined;
  let browser: Browser;
  let context: BrowserContext;
  let studio: Studio;

  beforeAll(async () => {
    const opened = await openStudioSite("studio-");
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
    expect(text).toMatch(/WebAssembly, [\d.]+ GFLOP\/s/);
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

  it("captions as Node does, word by word, with the page responsive all the while", async () => {
    await studio.watch();
    await studio.page.evaluate(() => {
      const said = new Set<string>();
      const look = () => {
        for (const each of document.querySelectorAll("#panel-captions .caption")) said.add(each.textContent!);
      };
      new MutationObserver(look).observe(document.querySelector("#panel-captions")!, { childList: true, subtree: true });
      Object.assign(globalThis, { said });
    });
    await studio.press("Caption all images", /are captioned\.$/);
    expect(await studio.longTasks()).toEqual([]);
    await studio.watch();
    await studio.page.evaluate(async () => {
      const busy = () => {
        for (const end = performance.now() + 200; performance.now() < end; ) Math.random();
      };
      await new Promise((resolve) => setTimeout(() => resolve(busy())));
    });
    expect(await studio.longTasks()).not.toEqual([]); // one on purpose
    const shown = (await studio.page.locator("#panel-captions .caption").allTextContents()).map((text) => text.trim());
    const said = await studio.page.evaluate(() => [...(globalThis as unknown as { said: Set<string> }).said]);
    const begun = said.filter((text) => text !== "" && shown.some((whole) => whole !== text.trim() && whole.startsWith(text.trim())));
    expect(begun.filter((text) => !shown.includes(text.trim())).length).toBeGreaterThan(0);
    const encoder = await Clip.fromPretrained(join(world.model, "encoder"));
    const captioner = await ClipCap.fromPretrained(world.model, { encoder });
    const images = await Promise.all(world.images.map(async (name) => decodeImage(join(world.captioned, name))));
    expect(shown).toEqual(await captioner.captionImages(images));
    const embedded = await encoder.embedImages(images);
    const embeddings = tf.tensor2d(embedded, [images.length, embedded.length / images.length]);
    const best = await captioner.captionNBest(embeddings, captioner.tokenizer!, { beams: 3 });
    const beams = await studio.page
      .locator("#panel-captions .beams")
      .evaluateAll((lists) =>
        lists.map((list) => [...list.querySelectorAll("li")].map((each) => [...each.children].map((part) => part.textContent))),
      );
    const expected = best.map((texts) => texts.map(({ text, score }) => [text, `log-probability a token ${score.toFixed(2)}`]));
    expect(beams).toEqual(expected);
    const [first, second] = await studio.page.locator("#panel-captions .beams li").all();
    const [left, right] = [(await first!.boundingBox())!, (await second!.boundingBox())!];
    expect([right.y, right.x > left.x]).toEqual([left.y, true]); // side by side
    embeddings.dispose();
    captioner.dispose();
    encoder.dispose();
    await studio.screenshot("captions");
  });

  it("classifies and finds images as Node does", async () => {
    const clip = await Clip.fromPretrained(join(world.model, "encoder"));
    const images = await Promise.all(world.images.map(async (name) => decodeImage(join(world.captioned, name))));
    const classes = ["a red field", "a blue field", "white"];
    await studio.tab("Classes");
    await studio.page.getByLabel("Classes, one a line").fill(classes.join("\n"));
    await studio.page.getByLabel("Sentence").fill("all is {class} .");
    await studio.press("Classify all images", /are classified\.$/);
    const probabilities = await clip.classify(images, classes, { template: "all is {class} ." });
    const shown = await studio.page
      .locator("#panel-classes .bars")
      .evaluateAll((lists) =>
        lists.map((list) =>
          Object.fromEntries([...list.querySelectorAll("meter")].map((meter) => [meter.getAttribute("aria-label")!, meter.value])),
        ),
      );
    expect(shown.flatMap((bars) => classes.map((name) => bars[name]!))).toBeAllclose([...probabilities], { rtol: 1e-4, atol: 1e-5 });
    await studio.screenshot("classes");

    await studio.tab("Search");
    await studio.page.getByLabel("Describe what you look for").fill("a green field");
    await studio.press("Search", /the best first/);
    const embeddings = await clip.embedImages(images);
    const query = await clip.embedTexts(["a green field"]);
    const dim = query.length;
    const score = (i: number) => query.reduce((sum, value, k) => sum + value * embeddings[i * dim + k]!, 0);
    const expected = world.images.map((_, i) => score(i)).sort((a, b) => b - a);
    const scores = await studio.page.locator("#panel-search .hits small").allTextContents();
    expect(scores.map((text) => Number(text.replace("cosine ", "")))).toBeAllclose(expected.slice(0, 24), { atol: 6e-4 });
    const first = (await studio.page.locator("#panel-search .hits .name").first().textContent())!;
    expect(score(world.images.indexOf(first))).toBeCloseTo(expected[0]!, 4);
    await studio.screenshot("search");
    clip.dispose();
  });

  it("draws a map, and says the same as a list", async () => {
    await studio.tab("Map");
    await studio.press("Draw the map", /is drawn/);
    expect(await studio.page.locator(".plane img").count()).toBe(world.images.length);
    await studio.page.getByText("The map as a list").click();
    expect(await studio.page.locator(".neighbours li").first().textContent()).toMatch(/lies near .+\.png, .+\.png, .+\.png/);
    await studio.screenshot("map");
  });

  it("cuts a scene into patches, and captions them in their places, each as it comes", async () => {
    await studio.tab("Sentinel-2");
    const states = await studio.page.evaluateHandle(() => {
      const seen: string[] = [];
      const scene = document.querySelector(".scene")!;
      const look = () => {
        const texts = [...scene.querySelectorAll("figcaption")].map((each) => each.textContent);
        seen.push(`${texts.length} patches, ${texts.filter(Boolean).length} captions`);
      };
      new MutationObserver(look).observe(scene, { childList: true, subtree: true });
      return seen;
    });
    await studio.page.locator("#panel-sentinel-2 input[type=file]").setInputFiles(world.scene);
    await studio.page.getByLabel("Pixels of a patch").fill("16");
    expect(await studio.press("Cut and caption", /patches are captioned/)).toBe("8 patches are captioned.");
    const places = await studio.page
      .locator(".scene figure")
      .evaluateAll((figures) => figures.map((figure) => (figure as HTMLElement).style.left));
    expect(places).toEqual(["0%", "25%", "50%", "75%", "0%", "25%", "50%", "75%"]);
    const texts = await studio.page.locator(".scene figcaption").allTextContents();
    expect(texts.every((text) => text.length > 0)).toBe(true);
    const oneByOne = Array.from({ length: 8 }, (_, i) => [`${i + 1} patches, ${i} captions`, `${i + 1} patches, ${i + 1} captions`]).flat();
    expect((await states.jsonValue()).filter((state) => !state.startsWith("0 "))).toEqual(oneByOne);
    expect(await studio.page.locator("#panel-sentinel-2 .name").first().textContent()).toMatch(/^45\.1\d+° N, 9\.0\d+° E$/);
    await studio.screenshot("sentinel-2");
  });

  it("takes a scene as a file a band, as products are, and leaves out patches with clouds", async () => {
    const pictures = () =>
      studio.page
        .locator(".scene img")
        .evaluateAll((all) =>
          Promise.all(
            all.map(async (image) => [...new Uint8Array(await (await fetch((image as HTMLImageElement).src)).arrayBuffer())].join()),
          ),
        );
    const whole = await pictures();
    const bands = studio.page.locator("#panel-sentinel-2 .now");
    expect(await bands.textContent()).toBe("Red, green and blue are bands 1, 2 and 3 of 3 (as they come).");
    await studio.page.locator("#panel-sentinel-2 input[type=file]").setInputFiles([...world.bands]);
    expect(await studio.press("Cut and caption", /patches are captioned/)).toBe(
      "7 patches are captioned, 1 was left out for clouds or missing pixels.",
    );
    expect(await bands.textContent()).toMatch(/^Red, green and blue are \S+_B04_10m\.tif, \S+_B03_10m\.tif and \S+_B02_10m\.tif\.$/);
    expect(await pictures()).toEqual(whole.slice(1)); // red, green and blue are what they were
  });

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
  gpuTests(() => ({ world, site, program: program! }));

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
