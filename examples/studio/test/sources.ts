import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ClipCap, Vocabulary } from "@rsdix/models";
import { writeSafetensors } from "@rsdix/models/node";
import type { Browser } from "playwright-core";
import { expect, it } from "vitest";
import { makeZip } from "../../../packages/data/test/make-zip";
import { HUB_ID, routeHub } from "./hub-route";
import { Studio } from "./studio";
import { readIn, type World } from "./world";

/** Where models and images may come from besides a folder. */
export function sourceTests(given: () => { studio: Studio; world: World; site: { url: string }; browser: Browser }): void {
  it("takes a zip file of images with captions, and says what it can't use", async () => {
    const { studio, world } = given();
    await studio.press("Remove all", /were removed\.$/);
    const read = readIn(world.captioned);
    const [first, second] = world.images as [string, string];
    const zip = await makeZip([
      [`set/${first}`, await read(first)],
      [`set/${second}`, await read(second)],
      ["set/broken.png", "no image"],
      ["set/captions.jsonl", `{"filename": "${first}", "captions": ["one", "two"]}\n{"filename": "${second}", "captions": ["three"]}\n`],
    ]);
    await studio.page
      .locator("#images input[accept]")
      .setInputFiles({ name: "set.zip", mimeType: "application/zip", buffer: Buffer.from(zip) });
    const alert = studio.page.locator(".alert");
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(/1 could not be used\. The first: set\/broken\.png: /);
    await alert.getByRole("button").click();
    expect(await studio.page.locator("#images .now").textContent()).toBe("2 images. 2 of them with captions (set/captions.jsonl).");
  });

  it("counts one caption as one", async () => {
    const { world, site, browser } = given();
    const context = await browser.newContext();
    try {
      const studio = await Studio.open(context, site.url);
      const [first] = world.images as [string];
      const image = { name: first, mimeType: "image/png", buffer: Buffer.from(await readIn(world.captioned)(first)) };
      const text = { name: first.replace(/png$/, "txt"), mimeType: "text/plain", buffer: Buffer.from("one") };
      const other = { name: "info.json", mimeType: "application/json", buffer: Buffer.from("{}") };
      await studio.page.locator("#images input[accept]").setInputFiles([image, text, other]);
      const said = await studio.says(/was added/);
      expect(said).toMatch(/^1 image was added, with 1 caption \(text files beside the images\)\. info\.json: .+[^.]\.$/);
      expect(await studio.page.locator("#panel-fine-tune > div > .now").textContent()).toBe(
        "1 image with 1 caption (text files beside the images).",
      );
    } finally {
      await context.close();
    }
  });

  it("takes the images that come with a zip file that can't be read", async () => {
    const { studio, world } = given();
    await studio.press("Remove all", /were removed\.$/);
    const [first] = world.images as [string];
    const good = { name: first, mimeType: "image/png", buffer: Buffer.from(await readIn(world.captioned)(first)) };
    const zip = await makeZip([[`set/${first}`, good.buffer]]);
    const cut = { name: "cut.zip", mimeType: "application/zip", buffer: Buffer.from(zip.subarray(0, zip.length / 2)) };
    await studio.page.locator("#images input[accept]").setInputFiles([cut, good]);
    expect(await studio.refusal()).toMatch(/^ 1 could not be used\. The first: cut\.zip: /);
    expect(await studio.says(/was added/)).toBe("1 image was added.");
    expect(await studio.page.locator(".gallery img").first().getAttribute("alt")).toBe(first);
  });

  it("takes what is dropped: folders with all that is below them", async () => {
    const { studio, world } = given();
    await studio.press("Remove all", /were removed\.$/);
    const { page } = studio;
    const { x, y, width, height } = (await page.locator("#images .drop").boundingBox())!;
    const at = { x: x + width / 2, y: y + height / 2, data: { items: [], files: [world.captioned], dragOperationsMask: 1 } };
    const devtools = await page.context().newCDPSession(page);
    for (const type of ["dragEnter", "dragOver", "drop"] as const) await devtools.send("Input.dispatchDragEvent", { type, ...at });
    await devtools.detach();
    await studio.says(/^\d+ images were added/);
    expect(await page.locator(".gallery img").count()).toBe(world.images.length);
    expect(await page.locator(".gallery img").first().getAttribute("alt")).toBe(world.images[0]);
  });

  it("stops captioning when it is told to", async () => {
    const { studio } = given();
    const { page } = studio;
    await studio.tab("Captions");
    await page.getByRole("spinbutton", { name: "Beams" }).fill("16");
    // The page itself stops it at the first word: before Node has seen that, all may be captioned.
    await page.evaluate(() => {
      const panel = document.querySelector("#panel-captions")!;
      const observer = new MutationObserver(() => {
        if (!panel.querySelector(".caption:not(:empty)")) return;
        observer.disconnect();
        [...panel.querySelectorAll("button")].find((each) => each.textContent === "Stop")!.click();
      });
      observer.observe(panel, { childList: true, subtree: true });
    });
    await studio.press("Caption all images", /^Stopped\.$/);
    expect(await page.locator("#panel-captions .caption:not(:empty)").count()).toBeGreaterThan(0);
    const shown = await page.locator("#panel-captions .beams:not([hidden])").count();
    expect(shown).toBeLessThan(await page.locator(".gallery img").count());
    await page.getByRole("spinbutton", { name: "Beams" }).fill("2");
  });

  it("loads the demo's models, which predict only the words of their captions", async () => {
    const { studio, world } = given();
    const folder = join(world.model, "..", "demo-models");
    const words = [64, 257, 286, 764, 5417, 8222];
    const gpt2 = { vocabSize: 50257, contextLength: 16, width: 8, layers: 1, heads: 2 };
    const made = ClipCap.fromConfig({ prefixSize: 8, prefixLength: 2, gpt2 }, 5, Vocabulary.compact(50257, words));
    const config = { model_type: "clipcap", ...made.config, vocabulary: words };
    await mkdir(join(folder, "captioner"), { recursive: true });
    await writeSafetensors(join(folder, "captioner", "model.safetensors"), await made.parameters.toCheckpoint());
    await writeFile(join(folder, "captioner", "config.json"), JSON.stringify(config));
    made.dispose();
    for (const name of ["first", "second"]) {
      await mkdir(join(folder, name));
      const from = join(world.model, "encoder");
      for (const file of await readdir(from)) await writeFile(join(folder, name, file), await readFile(join(from, file)));
    }
    await studio.page.locator("#model input[webkitdirectory]").setInputFiles(folder);
    await studio.page.getByLabel("Image-text model", { exact: true }).selectOption("demo-models/second");
    await studio.press("Load these", /is loaded\.$/);
    await studio.tab("Captions");
    await studio.press("Caption all images", /are captioned\.$/);
    for (const text of await studio.page.locator("#panel-captions .caption").allTextContents()) {
      expect(text).toMatch(/^(?:a| a|of| of| sea| forest|sea|forest| \.|\.)+$/);
    }
    // Words of new captions are learned, and are in the files that are kept.
    await studio.tab("Fine-tune");
    await studio.page.getByLabel("Train", { exact: true }).selectOption("captioner");
    await studio.page.getByLabel("Steps").fill("3");
    await studio.page.getByLabel("Images a step").fill("2");
    await studio.press("Train", /^Trained for 3 steps/);
    await studio.page.getByLabel("Its name").fill("with new words");
    await studio.press("Keep it in this browser", /is kept/);
    await studio.press("Load with new words", /is loaded\.$/);
    await studio.tab("Captions");
    await studio.press("Caption all images", /are captioned\.$/);
  });

  it("downloads a model of the hub once, with progress, and finds it again without the network", async () => {
    const { world, site, browser } = given();
    const context = await browser.newContext({ serviceWorkers: "block" }); // whose requests could not be answered here
    try {
      const hub = await routeHub(context, world);
      const studio = await Studio.open(context, site.url);
      const load = async () => {
        await studio.page.getByLabel("Or an id of the Hugging Face hub").fill(HUB_ID);
        await studio.press("Load", /is loaded\.$/);
      };
      const said = await studio.page.evaluateHandle(() => {
        const texts: string[] = [];
        const about = document.querySelector("#model .controls .about")!;
        new MutationObserver(() => texts.push(about.textContent!)).observe(about, { childList: true, subtree: true });
        return texts;
      });
      await load();
      const steps = (await said.jsonValue()).flatMap((text) => /^model\.safetensors: (\d+) %$/.exec(text)?.[1] ?? []).map(Number);
      expect(steps.length).toBeGreaterThan(0);
      expect(steps).toEqual([...steps].sort((a, b) => a - b)); // of all that is downloaded
      expect(steps.at(-1)).toBeGreaterThan(50);
      const weights = hub.requestsOf("model.safetensors").length;
      expect(weights).toBeGreaterThan(0);
      await context.route("https://huggingface.co/**", (route) => route.abort());
      await load();
      expect(hub.requestsOf("model.safetensors").length).toBe(weights);
    } finally {
      await context.close();
    }
  });
}
