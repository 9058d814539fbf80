import { expect, it, onTestFinished, vi } from "vitest";
import { setup } from "../test/global.ts";
import { NO_CHROMIUM } from "./lib/webgpu.mjs";

vi.mock("./lib/webgpu.mjs", async (original) => ({ ...(await original()), findChromium: () => undefined }));

it("a run of tests says at its beginning that there is no browser, and how to get one: tests that are skipped say nothing", async () => {
  const told = vi.spyOn(console, "log").mockImplementation(() => undefined);
  onTestFinished(() => told.mockRestore());
  await setup();
  expect(told.mock.calls.flat()[0]).toBe(`The studio and the notebooks are not tested in a browser: ${NO_CHROMIUM}`);
});
