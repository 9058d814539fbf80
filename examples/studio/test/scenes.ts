import { expect, it } from "vitest";
import type { Studio } from "./studio";
import type { World } from "./world";

/** Scenes of Sentinel-2, with a model that is loaded. */
export function sceneTests(given: () => { studio: Studio; world: World }): void {
  it("cuts a scene into patches, and captions them in their places, each as it comes", async () => {
    const { studio, world } = given();
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
    const { studio, world } = given();
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
}
