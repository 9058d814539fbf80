import { join } from "node:path";
import { decodeImage } from "@rsdix/image/node";
import { Clip, ClipCap } from "@rsdix/models";
import type { Browser, Page } from "playwright-core";
import { afterAll, expect, it } from "vitest";
import { launch, Studio } from "./studio";
import type { World } from "./world";

/** The worker's own names in these tests. */
interface WorkerGlobals {
  /** Takes the graphics card away, and with `forGood` all that there may be after it. */
  lose(forGood?: boolean): void;
  postMessage(reply: { type: string; event?: object }): void;
}

/** Runs in the worker before all else: gives it `lose`, for the devices and contexts that it asks for from then on. */
function rememberDevices(): void {
  interface Gpu {
    readonly prototype: { requestDevice(options?: unknown): Promise<{ destroy(): void }> };
  }
  const { GPUAdapter } = globalThis as unknown as { GPUAdapter: Gpu };
  const { requestDevice } = GPUAdapter.prototype;
  const { getContext } = OffscreenCanvas.prototype;
  const taken: (() => void)[] = [];
  let isGone = false;
  GPUAdapter.prototype.requestDevice = async function (options) {
    if (isGone) throw new Error("there is none any more");
    const device = await requestDevice.call(this, options);
    taken.push(() => device.destroy());
    return device;
  };
  OffscreenCanvas.prototype.getContext = function (this: OffscreenCanvas, ...args: unknown[]) {
    if (isGone && String(args[0]).startsWith("webgl")) return null;
    const context = (getContext as (...given: unknown[]) => unknown).apply(this, args);
    if (context instanceof WebGL2RenderingContext) taken.push(() => context.getExtension("WEBGL_lose_context")?.loseContext());
    return context;
  } as typeof getContext;
  const lose = (forGood = false) => {
    isGone = forGood;
    for (const take of taken.splice(0)) take();
  };
  Object.assign(globalThis, { lose });
}

const ANY = "any";

/** Takes the graphics card away at an event of a task, such as a step; `text: ANY` waits for the first word. */
async function loseAt(page: Page, event: Readonly<Record<string, unknown>>, forGood = false): Promise<void> {
  await page.workers()[0]!.evaluate(
    ([wanted, whole]) => {
      const worker = globalThis as unknown as WorkerGlobals;
      const { postMessage } = worker;
      worker.postMessage = (reply) => {
        postMessage.call(worker, reply);
        const given = reply.event as Record<string, unknown> | undefined;
        if (
          reply.type !== "event" ||
          Object.entries(wanted).some(([name, value]) => (value === "any" ? !given?.[name] : given?.[name] !== value))
        )
          return;
        worker.postMessage = postMessage;
        worker.lose(whole);
      };
    },
    [event, forGood] as const,
  );
}

/** The messages that are shown, once the page computes again, in the order of their letters; they are closed. */
async function messages({ page }: Studio): Promise<string[]> {
  await page.locator(".alert", { hasText: /Running again on|No backend starts/ }).waitFor({ timeout: 60_000 });
  await page.locator(".alert", { hasText: "DEVICE_LOST" }).waitFor();
  const texts = await page.locator(".alert p").allTextContents();
  const close = page.getByRole("button", { name: "Close this message" });
  while ((await close.count()) > 0) await close.first().click();
  return texts.map((text) => text.trim().replace(/ was lost \(.+?\)\. S/, " was lost (…). S")).sort();
}

const BEGINS_AGAIN = "The graphics card was lost (…). Starting again; what was running has to be started anew.";

/** A graphics card that is lost at work: one by software, which is as slow as it is. */
export function lostDeviceTests(given: () => { world: World; site: { url: string }; program: string }): void {
  let browser: Browser | undefined;
  afterAll(() => browser?.close());

  /** Does something in a page of its own, on a backend, with a model and captioned images. */
  async function on(backend: string, work: (studio: Studio) => Promise<void>): Promise<void> {
    const { world, site, program } = given();
    browser ??= await launch(program, { gpu: true });
    const context = await browser.newContext({ serviceWorkers: "block" }); // whose requests could not be answered here
    try {
      await context.route(/\/assets\/main-[^/]*\.js$/, async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, body: `(${rememberDevices})();\n${await response.text()}` });
      });
      const studio = await Studio.open(context, site.url);
      await studio.compute(backend);
      await studio.loadModel(world.brief);
      await studio.addFolder(world.captioned);
      await work(studio);
    } finally {
      await context.close();
    }
  }

  async function fill({ page }: Studio, steps: string): Promise<void> {
    await page.getByRole("tab", { name: "Fine-tune" }).click();
    await page.getByLabel("Steps").fill(steps);
    await page.getByLabel("Images a step").fill("4");
    await page.getByLabel("Learning rate").fill("0.01");
  }
  const train = ({ page }: Studio) => page.getByRole("button", { name: "Train", exact: true }).click();

  /** Loses the graphics card in a training after its 12th step, and goes on with what was kept of it. */
  async function givesBackTheRun(studio: Studio, backend: string): Promise<void> {
    const { page } = studio;
    const { tensors } = await studio.memory();
    await fill(studio, "14");
    const losses = await studio.hearLosses(14);
    await loseAt(page, { step: 12 });
    await train(studio);
    expect(await messages(studio)).toEqual([
      'DEVICE_LOST Training ended after step 12, as the graphics card was lost. The state of step 10 is kept in this browser: when the page computes again, "Go on" takes it up.',
      `Running again on ${backend}.`,
      BEGINS_AGAIN,
    ]);
    expect(await page.locator(".paused").textContent()).toContain("A run was stopped after step 10 of 14: ");
    expect((await studio.memory()).tensors).toBe(tensors);
    const { 11: eleventh, 12: twelfth } = await losses();
    await studio.press("Go on", /^Trained for 14 steps\./);
    const rest = await losses();
    expect(Object.keys(rest)).toEqual(["11", "12", "13", "14"]);
    expect(rest).toMatchObject({ 11: eleventh, 12: twelfth }); // as if nothing had been lost
  }

  it("gives back the run that is kept when webgpu is lost in a training", () =>
    on("webgpu", (studio) => givesBackTheRun(studio, "webgpu")));

  it(
    "says what is lost with webgl where nothing is kept, gives back the run that is, and says when that is lost",
    () =>
      on("webgl", async (studio) => {
        const { page } = studio;
        const { tensors } = await studio.memory();
        await fill(studio, "4");
        await loseAt(page, { step: 3 });
        await train(studio);
        expect(await messages(studio)).toEqual([
          "DEVICE_LOST Training ended after step 3, as the graphics card was lost. Nothing of it is kept, as every 10th step is: train anew when the page computes again.",
          "Running again on webgl.",
          BEGINS_AGAIN,
        ]);
        expect(await page.locator(".paused").isHidden()).toBe(true);
        expect((await studio.memory()).tensors).toBe(tensors);
        await givesBackTheRun(studio, "webgl");
        expect(await studio.asksToStay()).toBe(true);
        await studio.tab("Captions");
        await loseAt(page, { text: ANY });
        await page.getByRole("button", { name: "Caption all images" }).click();
        expect(await messages(studio)).toEqual([
          "DEVICE_LOST The graphics card was lost while this ran: start it again when the page computes again.",
          "Running again on webgl.",
          BEGINS_AGAIN,
          "What was trained of colours-model since it was loaded is lost.",
        ]);
        expect(await studio.asksToStay()).toBe(false); // there is nothing left to lose
      }),
    300_000,
  );

  it("goes on with the processor when the graphics card is lost for good while it captions", () =>
    on("webgpu", async (studio) => {
      const { page } = studio;
      const { world } = given();
      const encoder = await Clip.fromPretrained(join(world.brief, "encoder"));
      const captioner = await ClipCap.fromPretrained(world.brief, { encoder });
      const expected = await captioner.captionImages(
        await Promise.all(world.images.map(async (name) => decodeImage(join(world.captioned, name)))),
      );
      captioner.dispose();
      encoder.dispose();
      await page.getByRole("spinbutton", { name: "Beams" }).fill("1");
      await loseAt(page, { text: ANY }, true);
      await page.getByRole("button", { name: "Caption all images" }).click();
      expect(await messages(studio)).toEqual([
        "DEVICE_LOST The graphics card was lost while this ran: start it again when the page computes again.",
        "Running again on wasm.",
        BEGINS_AGAIN,
      ]);
      expect(await page.locator("#backend .now").textContent()).toMatch(/^WebAssembly, /);
      await studio.press("Caption all images", /are captioned\.$/);
      expect(await page.locator("#panel-captions .caption").allTextContents()).toEqual(expected);
    }));
}
