import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { expect, it } from "vitest";
import { Studio } from "./studio";
import { torchCopy } from "./torch-copy";
import type { World } from "./world";

/** What is on a person's disk: other formats of models and captions, and files that go after they were dropped. */
export function diskTests(given: () => { world: World; site: { url: string }; browser: Browser }): void {
  /** Does something in a page of its own, with a folder of its own. */
  async function inPage(name: string, work: (studio: Studio, folder: string, world: World) => Promise<void>): Promise<void> {
    const { world, site, browser } = given();
    const context = await browser.newContext();
    const folder = join(world.model, "..", name);
    await mkdir(folder);
    try {
      await work(await Studio.open(context, site.url), folder, world);
    } finally {
      await context.close();
    }
  }
  const captions = async (studio: Studio) => {
    await studio.tab("Captions");
    await studio.press("Caption all images", /are captioned\.$/);
    return studio.page.locator("#panel-captions .caption").allTextContents();
  };

  it("loads PyTorch's weights, .bin and .pt, as it loads the same as safetensors", () =>
    inPage("torch", async (studio, folder, world) => {
      await studio.loadModel(world.model);
      await studio.addFolder(world.captioned);
      const expected = [await studio.scores(), await captions(studio)];
      const model = join(folder, "pickled-model");
      await torchCopy(world.model, model, "captioner.pt");
      await torchCopy(join(world.model, "encoder"), join(model, "encoder"), "pytorch_model.bin");
      await studio.loadModel(model);
      const now = studio.page.locator("#model .now");
      expect(await now.textContent()).toBe("pickled-model: CLIP, images of 16 pixels, a captioner; 27,569 weights.");
      expect([await studio.scores(), await captions(studio)]).toEqual(expected);
      await studio.press("Load pickled-model", /is loaded\.$/); // it is kept as it is
      expect(await studio.scores()).toEqual(expected[0]);
    }));

  it("takes captions of a data set's JSON, as Karpathy's, and of texts beside the images, and trains on them", () =>
    inPage("formats", async (studio, folder, world) => {
      const { page } = studio;
      const names = world.images.slice(0, 4);
      const [json, texts] = [join(folder, "json"), join(folder, "texts")];
      for (const each of [json, texts]) {
        await mkdir(each);
        for (const name of names) await cp(join(world.captioned, name), join(each, name));
      }
      const images = names.map((filename, imgid) => ({
        ...{ filename, imgid, split: "train", sentids: [2 * imgid, 2 * imgid + 1] },
        sentences: ["one", "two"].map((word, k) => ({
          ...{ raw: `${word} of ${imgid}`, tokens: [word, "of", String(imgid)], imgid, sentid: 2 * imgid + k },
        })),
      }));
      await writeFile(join(json, "dataset_colours.json"), JSON.stringify({ dataset: "colours", images }));
      for (const [i, name] of names.entries()) await writeFile(join(texts, name.replace(/png$/, "txt")), `a field ${i}\n\na square ${i}\n`);
      await studio.loadModel(world.model);
      await studio.tab("Fine-tune");
      await page.getByLabel("Steps").fill("1");
      await page.getByLabel("Images a step").fill("4");
      for (const [given, source] of [
        [json, "dataset_colours.json"],
        [texts, "text files beside the images"],
      ] as const) {
        expect(await studio.addFolder(given)).toBe(`4 images were added, with 8 captions (${source}).`);
        await studio.tab("Fine-tune");
        await studio.press("Train", /^Trained for 1 step\./);
        await studio.press("Remove all", /were removed\.$/);
      }
    }));

  it("names images that were deleted after they were dropped, and goes on with the others", () =>
    inPage("deleted", async (studio, folder, world) => {
      const { page } = studio;
      await studio.loadModel(world.model);
      const images = join(folder, "images");
      await cp(world.captioned, images, { recursive: true });
      await studio.addFolder(images);
      await page.getByRole("spinbutton", { name: "Beams" }).fill("1");
      const expected = await captions(studio);
      const [, gone, alsoGone] = world.images as [string, string, string];
      for (const name of [gone, alsoGone]) await rm(join(images, name));
      const left = world.images.length - 2;
      const { tensors } = await studio.memory();
      const refused = new RegExp(
        `^ 2 of the images can't be read any more\\. The first: "${gone}" of images can't be read any more \\(.+\\)\\. Pick it again\\.$`,
      );
      const without = async (button: string, rest: string) => {
        await page.getByRole("button", { name: button, exact: true }).click();
        expect(await studio.refusal()).toMatch(refused);
        await studio.says(new RegExp(`^${left} ${rest}`));
      };
      await without("Caption all images", "images are captioned\\.");
      const shown = await page
        .locator("#panel-captions .results > li")
        .evaluateAll((all) =>
          all.map((each) => [each.querySelector(".name")!.textContent!, each.querySelector(".caption")!.textContent!] as const),
        );
      expect(shown).toHaveLength(world.images.length);
      for (const [name, text] of shown) {
        if (name === gone || name === alsoGone) expect(text).toContain(`No caption: "${name}" of images can't be read any more (`);
        else expect(text).toBe(expected[world.images.indexOf(name)]);
      }
      await studio.tab("Classes");
      await without("Classify all images", "images are classified\\.");
      expect((await studio.memory()).tensors).toBe(tensors);
      await rm(images, { recursive: true });
      await page.evaluate(() => scrollTo(0, 0));
      await studio.press("Load colours-model", /is loaded\.$/); // whose embeddings aren't known yet
      await studio.tab("Map");
      await page.getByRole("button", { name: "Draw the map" }).click();
      expect(await studio.refusal()).toMatch(/^FILE_NOT_FOUND None of the images can be read any more: drop them again\. The first: "/);
    }));
}
