// Which way of drawing pages by software lets a page read what WebGPU computed.
import { getuid } from "node:process";
import { installed } from "./installed.mjs";

const { chromium } = await installed(() => import("playwright"));

/** What ANGLE may draw pages with; which of them works depends on the browser and on the machine. */
const WAYS = ["swiftshader", "vulkan"];

/** The browser's flags for WebGPU and WebGL by software. With Vulkan under the page too, since otherwise tfjs's dataSync() on WebGPU reads zeros. */
export const softwareFlags = (angle) => [
  "--enable-features=Vulkan",
  "--use-vulkan=swiftshader",
  `--use-angle=${angle}`,
  "--enable-unsafe-swiftshader",
];

/** The first way in which a page reads back what it drew with WebGPU, as tfjs's dataSync() does; undefined where there is none. */
export async function findAngle(executablePath, ways = WAYS) {
  for (const angle of ways) if (await reads(executablePath, angle).catch(() => false)) return angle;
  return undefined;
}

async function reads(executablePath, angle) {
  const args = ["--enable-unsafe-webgpu", ...softwareFlags(angle), ...(getuid?.() === 0 ? ["--no-sandbox"] : [])];
  const browser = await chromium.launch({ executablePath, args, timeout: 30_000 });
  try {
    const page = await browser.newPage();
    await page.route("**", (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html>" }));
    await page.goto("http://localhost/"); // WebGPU is for secure contexts
    return await Promise.race([page.evaluate(drawAndRead), page.waitForTimeout(20_000).then(() => false)]);
  } finally {
    await browser.close();
  }
}

/** Runs in the page: clears a canvas with WebGPU, draws it on another, and reads its colour. */
async function drawAndRead() {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) return false;
  const device = await adapter.requestDevice();
  const canvas = new OffscreenCanvas(4, 4);
  const context = canvas.getContext("webgpu");
  context.configure({ device, format: "bgra8unorm", alphaMode: "opaque" });
  const encoder = device.createCommandEncoder();
  const attachment = { view: context.getCurrentTexture().createView(), loadOp: "clear", storeOp: "store", clearValue: [0.2, 0.4, 0.6, 1] };
  encoder.beginRenderPass({ colorAttachments: [attachment] }).end();
  device.queue.submit([encoder.finish()]);
  const other = new OffscreenCanvas(4, 4).getContext("2d", { willReadFrequently: true });
  other.drawImage(canvas, 0, 0);
  const [red, green, blue] = other.getImageData(0, 0, 1, 1).data;
  return red === 51 && green === 102 && blue === 153;
}
