import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { unbase64 } from "../test/files";
import { KNOWN_PIXELS } from "./known-pixels";

const inBrowser = globalThis.document !== undefined;

/** A browser's canvas that answers with the known pixels, after `change`; without WebGL. */
function fakeBrowser(change: (rgba: Uint8ClampedArray) => void): void {
  vi.stubGlobal("createImageBitmap", async () => ({ width: 8, height: 4, close() {} }));
  vi.stubGlobal(
    "OffscreenCanvas",
    class {
      getContext(kind: string) {
        const data = new Uint8ClampedArray(8 * 4 * 4).fill(255);
        unbase64(KNOWN_PIXELS).forEach((value, i) => {
          data[Math.floor(i / 3) * 4 + (i % 3)] = value;
        });
        change(data);
        return kind === "2d" ? { drawImage() {}, getImageData: () => ({ data }) } : null;
      }
    },
  );
}

/** A module that has seen no browser yet. */
const fresh = async () => (await import("./browser-pixels")).checkBrowserPixels;

describe.runIf(!inBrowser)("checkBrowserPixels", () => {
  beforeEach(() => void vi.resetModules());
  afterEach(() => void vi.unstubAllGlobals());

  it("trusts a browser that gives the pixels of the file, and asks once", async () => {
    fakeBrowser(() => {});
    const check = await fresh();
    await check(false);
    vi.stubGlobal("createImageBitmap", () => expect.unreachable());
    await check(false);
  });

  it("refuses one that changes a single level, also the next time", async () => {
    fakeBrowser((rgba) => {
      rgba[5]! += 1;
    });
    const check = await fresh();
    for (let i = 0; i < 2; i++) {
      await expect(check(false)).rejects.toMatchObject({
        code: "BACKEND_WRONG_RESULT",
        message: expect.stringMatching(/changes the pixels .* \(a level of 221 became 222\)/),
      });
    }
  });

  it("says that alpha needs WebGL, and that a canvas is missing", async () => {
    fakeBrowser(() => {});
    const check = await fresh();
    await expect(check(true)).rejects.toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      message: "Images with alpha are read through WebGL, which this browser does not give. Save them without alpha.",
    });
    vi.stubGlobal("OffscreenCanvas", undefined);
    await expect(check(false)).rejects.toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      message: "Images are decoded through OffscreenCanvas, which is not here. In Node use @rsdix/image/node.",
    });
  });
});
