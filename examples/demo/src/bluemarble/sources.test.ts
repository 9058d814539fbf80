import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { encodePng } from "@rsdix/image/node";
import { beforeEach, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { loadSources } from "./sources";

const installed = join(dirname(createRequire(import.meta.url).resolve("three-globe")), "..", "example", "img");
const FILES = ["earth-blue-marble.jpg", "earth-water.png", "earth-topology.png", "earth-night.jpg"];
let dir: string;

beforeEach(async () => {
  dir = scratchFolder();
  for (const file of FILES) await copyFile(join(installed, file), join(dir, file));
});

describe("loadSources", () => {
  it("reads what three-globe and world-atlas ship", async () => {
    const { colour, water, bodies, greenland } = await loadSources({ imageDir: dir });
    expect([colour.width, colour.height, colour.data.length]).toEqual([4096, 2048, 4096 * 2048 * 3]);
    expect(water.data.filter((grey) => grey > 127).length / water.data.length).toBeGreaterThan(0.6);
    expect(bodies.data.length).toBe(water.data.length);
    expect(greenland).toMatchObject({ type: "Feature", id: "304" });
  });

  it("says which package to install when an image is missing", async () => {
    await rm(join(dir, "earth-water.png"));
    await expect(loadSources({ imageDir: dir })).rejects.toMatchObject({
      code: "FILE_NOT_FOUND",
      message: expect.stringContaining("npm install three-globe"),
    });
  });

  it("refuses a truncated image and one of another size", async () => {
    const path = join(dir, "earth-topology.png");
    await writeFile(path, (await readFile(path)).subarray(0, 100_000));
    await expect(loadSources({ imageDir: dir })).rejects.toMatchObject({ code: "FILE_CORRUPT", message: expect.stringContaining(path) });
    await writeFile(path, await encodePng({ width: 2, height: 1, data: new Uint8Array(6) }));
    await expect(loadSources({ imageDir: dir })).rejects.toMatchObject({
      code: "FILE_CORRUPT",
      message: expect.stringContaining("2048 x 1024"),
    });
  });
});
