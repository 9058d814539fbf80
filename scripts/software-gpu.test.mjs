import { expect, it } from "vitest";
import { findAngle } from "./lib/software-gpu.mjs";
import { findChromium } from "./lib/webgpu.mjs";

const chromium = process.platform === "linux" ? findChromium() : undefined;

it.skipIf(!chromium)("finds how a page reads what WebGPU drew by software, and nothing among no ways", async () => {
  expect(await findAngle(chromium)).toMatch(/^(?:swiftshader|vulkan)$/);
  expect(await findAngle(chromium, [])).toBe(undefined);
});

it("finds nothing in a browser that can't be started", async () => {
  expect(await findAngle("/no/such/chromium")).toBe(undefined);
});
