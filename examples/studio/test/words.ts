import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { expect, it } from "vitest";
import { Studio } from "./studio";
import type { World } from "./world";

/** What the page says where things cross, or are given twice. */
export function wordsTests(given: () => { world: World; site: { url: string }; browser: Browser }): void {
  /** Does something in a page of its own. */
  async function inPage(work: (studio: Studio, world: World) => Promise<void>): Promise<void> {
    const { world, site, browser } = given();
    const context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
    try {
      await work(await Studio.open(context, site.url), world);
    } finally {
      await context.close();
    }
  }

  it("says at the end that the images were removed where they were removed while they were captioned", () =>
    inPage(async (studio, world) => {
      const { page } = studio;
      await studio.loadModel(world.model);
      await studio.addFolder(world.captioned);
      await page.evaluate(() => {
        const said: string[] = [];
        const status = document.querySelector(".status")!;
        new MutationObserver(() => said.push(status.textContent!)).observe(status, { childList: true });
        Object.assign(globalThis, { said });
      });
      await page.getByRole("button", { name: "Caption all images" }).click();
      await page.locator("#panel-captions .caption").first().waitFor();
      await page.getByRole("button", { name: "Remove all" }).click();
      await studio.says(/^All images were removed\.$/);
      await page.locator("#panel-captions").getByRole("button", { name: "Caption all images", disabled: false }).waitFor();
      await page.waitForTimeout(500); // more than the last frames take
      expect(await page.evaluate(() => (globalThis as unknown as { said: string[] }).said.at(-1))).toBe("All images were removed.");
    }));

  it("offers in the dialog for images what it takes, and no image that it refuses", () =>
    inPage(async ({ page }) => {
      const taken = (await page.locator("#images input[accept]").getAttribute("accept"))!.split(",");
      for (const kind of [".jpg", ".png", ".webp", ".gif", ".tif", ".zip", ".csv"]) expect(taken).toContain(kind);
      for (const kind of ["image/*", ".avif", ".bmp", ".svg"]) expect(taken).not.toContain(kind);
    }));

  it("takes a class that is given twice once, and says so", () =>
    inPage(async (studio, world) => {
      const { page } = studio;
      await studio.loadModel(world.model);
      await studio.addFolder(world.captioned);
      await studio.tab("Classes");
      const classes = page.getByLabel("Classes, one a line");
      const probabilities = async (lines: string) => {
        await classes.fill(lines);
        const said = await studio.press("Classify all images", /are classified\./);
        return { said, bars: await page.locator("#panel-classes .bars").allTextContents() };
      };
      const once = await probabilities("a red field\na blue field");
      const twice = await probabilities("a red field\na red field \na blue field");
      expect(twice.bars).toEqual(once.bars);
      const count = world.images.length;
      expect(once.said).toBe(`${count} images are classified.`);
      expect(twice.said).toBe(`${count} images are classified. Given more than once, and taken once: "a red field".`);
      await classes.fill("a red field\na red field");
      await page.getByRole("button", { name: "Classify all images" }).click();
      expect(await studio.refusal()).toBe("EMPTY_DATA Give at least two different classes, one a line.");
    }));

  it("holds its layout with a model of a long name, and has what removes it beside what loads it", () =>
    inPage(async (studio, world) => {
      const { page } = studio;
      await studio.loadModel(world.model);
      const boxOf = async (name: string) => (await page.getByRole("button", { name, exact: true }).boundingBox())!;
      const isBeside = async (name: string) => {
        const [load, remove] = [await boxOf(`Load ${name}`), await boxOf(`Remove ${name} from this browser`)];
        const middle = remove.y + remove.height / 2;
        return remove.x >= load.x + load.width && middle > load.y && middle < load.y + load.height;
      };
      await page.getByRole("button", { name: "Load colours-model", exact: true }).waitFor();
      expect(await isBeside("colours-model")).toBe(true);
      await studio.tab("Fine-tune");
      const field = page.getByLabel("Its name");
      await field.pressSequentially("w".repeat(101));
      const name = await field.inputValue();
      expect(name).toBe("w".repeat(100));
      await studio.press("Keep it in this browser", /is kept/);
      await page.getByRole("button", { name: `Replace ${name} in this browser`, exact: true }).waitFor();
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 1000 });
        expect(await isBeside(name), `${width}`).toBe(true);
        const beyond = await page.locator("main :is(p, li, button, span)").evaluateAll((all) =>
          all
            .filter((each) => {
              const card = each.closest(".card")?.getBoundingClientRect();
              return card && each.getBoundingClientRect().right > card.right;
            })
            .map((each) => each.outerHTML),
        );
        expect(beyond, `${width}`).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth), `${width}`).toBeLessThanOrEqual(width);
      }
    }));

  it("trains the image-text model again after a model that is a captioner only, unless told otherwise", () =>
    inPage(async (studio, world) => {
      const { page } = studio;
      await studio.tab("Fine-tune");
      const part = page.getByLabel("Train", { exact: true });
      const own = (await readdir(world.model, { withFileTypes: true })).filter((entry) => entry.isFile());
      const files = own.map(({ name }) => join(world.model, name));
      const loadCaptioner = async () => {
        await page.locator("#model input[multiple]").setInputFiles(files);
        await studio.says(/^picked files is loaded\.$/);
        expect(await part.inputValue()).toBe("captioner");
      };
      const loadBoth = async () => {
        await page.locator("#model input[webkitdirectory]").setInputFiles(world.model);
        await studio.says(/^colours-model is loaded\.$/);
      };
      await loadCaptioner();
      await loadBoth();
      expect(await part.inputValue()).toBe("image-text");
      await part.selectOption("captioner");
      await loadCaptioner();
      await loadBoth();
      expect(await part.inputValue()).toBe("captioner"); // as it was chosen
    }));
}
