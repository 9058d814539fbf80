import type { Browser } from "playwright-core";
import { expect, it } from "vitest";
import { Studio } from "./studio";
import type { World } from "./world";

/** What the page gives of a trained model, and whether it may be left. */
export function unsavedTests(given: () => { world: World; site: { url: string }; browser: Browser }): void {
  /** Does something in a page of its own, with a model and captioned images. */
  async function inPage(work: (studio: Studio, world: World) => Promise<void>): Promise<void> {
    const { world, site, browser } = given();
    const context = await browser.newContext();
    try {
      const studio = await Studio.open(context, site.url);
      await studio.loadModel(world.model);
      await studio.addFolder(world.captioned);
      await studio.tab("Fine-tune");
      await studio.page.getByLabel("Steps").fill("1");
      await studio.page.getByLabel("Images a step").fill("4");
      await studio.page.getByLabel("Learning rate").fill("0.01");
      await work(studio, world);
    } finally {
      await context.close();
    }
  }
  const links = ({ page }: Studio) => page.locator("#panel-fine-tune a[download]");
  const choose = ({ page }: Studio, part: string) => page.getByLabel("Train", { exact: true }).selectOption(part);
  const train = (studio: Studio) => studio.press("Train", /^Trained for 1 step\./);
  const prepare = (studio: Studio) => studio.press("Prepare the download", /files are ready/);
  const download = async (studio: Studio) => {
    for (const link of await links(studio).all()) await Promise.all([studio.page.waitForEvent("download"), link.click()]);
  };
  /** Which of these addresses still lead to something. */
  const alive = ({ page }: Studio, addresses: readonly string[]) =>
    page.evaluate(async (all) => {
      const states = await Promise.all(
        all.map((address) =>
          fetch(address).then(
            () => true,
            () => false,
          ),
        ),
      );
      return all.filter((_, i) => states[i]);
    }, addresses);

  it("asks before it is left until every part that was trained was downloaded or kept", () =>
    inPage(async (studio) => {
      for (const part of ["captioner", "image-text"]) {
        await choose(studio, part);
        await train(studio);
      }
      await prepare(studio);
      expect(await studio.asksToStay()).toBe(true); // prepared only
      await download(studio);
      expect(await studio.asksToStay()).toBe(true); // the captioner is nowhere else
      await choose(studio, "captioner");
      await prepare(studio);
      expect(await studio.asksToStay()).toBe(true);
      await download(studio);
      expect(await studio.asksToStay()).toBe(false);
      await train(studio);
      expect(await studio.asksToStay()).toBe(true);
      await studio.page.getByLabel("Its name").fill("unsaved no more");
      await studio.press("Keep it in this browser", /is kept/);
      expect(await studio.asksToStay()).toBe(false);
    }));

  it("asks before it is left when the run that was stopped is discarded", () =>
    inPage(async (studio) => {
      await choose(studio, "image-text");
      await studio.page.getByLabel("Steps").fill("100000");
      await studio.page.getByRole("button", { name: "Train", exact: true }).click();
      await studio.page.locator("#panel-fine-tune .now", { hasText: /^Step / }).waitFor();
      expect(await studio.asksToStay()).toBe(true);
      await studio.page.locator("#panel-fine-tune").getByRole("button", { name: "Stop" }).click();
      await studio.says(/it is kept in this browser\.$/);
      expect(await studio.asksToStay()).toBe(false);
      await studio.press("Discard it", /was discarded\.$/);
      expect(await studio.asksToStay()).toBe(true);
    }));

  it("takes the files of the model back when it is trained on or another is loaded", () =>
    inPage(async (studio, world) => {
      const addresses = () => links(studio).evaluateAll((all) => all.map((each) => (each as HTMLAnchorElement).href));
      const areGone = async (change: () => Promise<unknown>) => {
        await prepare(studio);
        const before = await addresses();
        expect(before.length).toBeGreaterThan(0);
        expect(await alive(studio, before)).toEqual(before);
        await studio.compute("wasm"); // the weights stay
        expect(await addresses()).toEqual(before);
        await change();
        expect(await links(studio).count()).toBe(0);
        expect(await alive(studio, before)).toEqual([]);
      };
      await choose(studio, "image-text");
      await areGone(() => train(studio));
      await areGone(() => studio.press("Load colours-model", /is loaded\.$/));
      await studio.tab("Sentinel-2");
      await studio.page.locator("#panel-sentinel-2 input[type=file]").setInputFiles(world.scene);
      await studio.page.getByLabel("Pixels of a patch").fill("16");
      await studio.page.getByLabel("Patches at most").fill("2");
      await studio.press("Cut and caption", /are captioned/);
      const pictures = await studio.page.locator(".scene img").evaluateAll((all) => all.map((each) => (each as HTMLImageElement).src));
      expect(await alive(studio, pictures)).toEqual(pictures);
      await studio.press("Cut and caption", /are captioned/);
      expect(await alive(studio, pictures)).toEqual([]);
    }));

  it("tells of the last training until it has other captions, and keeps its curve when another is refused", () =>
    inPage(async (studio, world) => {
      const { page } = studio;
      const now = page.locator("#panel-fine-tune > div > .now");
      const curve = () => page.locator(".curve").evaluate((each) => [each.getAttribute("aria-label"), each.innerHTML]);
      await page.getByLabel("Steps").fill("3");
      await studio.press("Train", /^Trained for 3 steps\./);
      await page.locator(".curve[aria-label$='at step 3 of 3']").waitFor();
      expect(await now.textContent()).toMatch(/^Step 3 of 3: /);
      const drawn = await curve();
      await page.getByLabel("Images a step").fill("500");
      await page.getByRole("button", { name: "Train", exact: true }).click();
      expect(await studio.refusal()).toMatch(/^EMPTY_DATA A batch of 500 needs as many images/);
      expect(await curve()).toEqual(drawn);
      await studio.press("Load colours-model", /is loaded\.$/);
      expect(await now.textContent()).toMatch(/^Step 3 of 3: /);
      await studio.press("Remove all", /were removed\.$/);
      expect(await now.textContent()).toMatch(/^Drop a folder with images and captions: /);
      await studio.addFolder(world.captioned);
      expect(await now.textContent()).toBe(`${world.images.length} images with ${world.images.length} captions (captions.csv).`);
    }));
}
