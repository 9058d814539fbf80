import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { decodeImage } from "@rsdix/image/node";
import { Clip, ClipCap } from "@rsdix/models";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { launch, Studio, type StudioGlobals } from "./studio";
import type { World } from "./world";

/** Remembers the graphics devices that the worker asks for, so that a test can take one away. */
function rememberDevices(page: Page): void {
  page.on("worker", (worker) => {
    void worker.evaluate(() => {
      interface Gpu {
        readonly prototype: { requestDevice(options: unknown): Promise<{ destroy(): void }> };
      }
      const { GPUAdapter } = globalThis as unknown as { GPUAdapter: Gpu };
      const { requestDevice } = GPUAdapter.prototype;
      GPUAdapter.prototype.requestDevice = async function (options) {
        const device = await requestDevice.call(this, options);
        Object.assign(globalThis, { device });
        return device;
      };
    });
  });
}

/** On WebGPU and WebGL, both by software; as slow as that is. */
export function gpuTests(given: () => { world: World; site: { url: string }; program: string }): void {
  it("measures the backends, captions on each as Node does, and starts again when the graphics card is lost", async () => {
    const { world, site, program } = given();
    const encoder = await Clip.fromPretrained(join(world.brief, "encoder"));
    const captioner = await ClipCap.fromPretrained(world.brief, { encoder });
    const [first] = world.images;
    const expected = await captioner.captionImages([await decodeImage(join(world.captioned, first!))]);
    captioner.dispose();
    encoder.dispose();
    const browser = await launch(program, { gpu: true });
    try {
      const page = await (await browser.newContext()).newPage();
      rememberDevices(page);
      const studio = await Studio.on(page, site.url);
      expect(await page.locator("#backend .why").textContent()).toMatch(
        /^WebGPU isn't used: Only a software adapter \(.+\), which is slower than WebAssembly\. To take it all the same, choose WebGPU under "Compute with"\. The processor computes instead/,
      );
      const folder = join(world.brief, "..", "lost", "colours-model");
      await cp(world.brief, folder, { recursive: true });
      await studio.loadModel(folder);
      await rm(folder, { recursive: true }); // what the browser keeps is enough
      await page.locator("#images input[accept]").setInputFiles(join(world.captioned, first!));
      await studio.says(/image was added/);
      await page.getByRole("spinbutton", { name: "Beams" }).fill("1");
      const captions = async () => {
        await studio.press("Caption all images", /is captioned\.$/);
        return page.locator("#panel-captions .caption").allTextContents();
      };
      for (const name of ["webgl", "webgpu"]) {
        await studio.compute(name);
        expect(await page.locator("#backend .now").textContent()).toMatch(
          /^(WebGL|WebGPU) on .*SwiftShader.*, (less than )?[\d.]+ GFLOP\/s$/i,
        );
        expect(await page.locator("#backend .why").textContent()).toBe("By software, not by a graphics card: WebAssembly is faster here.");
        expect(await captions(), name).toEqual(expected);
      }
      const [worker] = page.workers();
      await worker!.evaluate(() => (globalThis as unknown as { device: { destroy(): void } }).device.destroy());
      await page.locator(".alert", { hasText: "The graphics card was lost" }).waitFor();
      await page.locator(".alert", { hasText: "Running again on webgpu." }).waitFor({ timeout: 60_000 });
      const close = page.getByRole("button", { name: "Close this message" });
      while ((await close.count()) > 0) await close.first().click();
      expect(await captions()).toEqual(expected);
      await studio.press("Measure all", /^Measured\.$/);
      const rows = await page.locator("#backend tbody tr").allInnerTexts();
      expect(rows.map((row) => row.split("\t")[0])).toEqual(["WebGPU", "WebGL", "WebAssembly"]);
      for (const row of rows) expect(row).toMatch(/[\d.]+ GFLOP\/s/);
      await studio.screenshot("backends");
      await worker!.evaluate(() => {
        interface Gpu {
          readonly prototype: { requestDevice(): Promise<never> };
        }
        const { GPUAdapter, device } = globalThis as unknown as { GPUAdapter: Gpu; device: { destroy(): void } };
        GPUAdapter.prototype.requestDevice = () => Promise.reject(new Error("there is none any more"));
        device.destroy();
      });
      const again = page.locator(".alert", { hasText: "Running again on" });
      await again.waitFor({ timeout: 60_000 });
      const name = /Running again on (webgl|wasm)\./.exec((await again.textContent())!)![1]!;
      expect(await page.evaluate(() => (globalThis as unknown as StudioGlobals).studio.backend!.name)).toBe(name);
      expect(await page.locator("#backend .now strong").textContent()).toBe(name === "wasm" ? "WebAssembly" : "WebGL");
      expect(await page.getByLabel("Compute with").inputValue()).toBe("auto"); // WebGPU was asked for, and isn't there
      while ((await close.count()) > 0) await close.first().click();
      expect(await captions()).toEqual(expected);
    } finally {
      await browser.close();
    }
  });
}
