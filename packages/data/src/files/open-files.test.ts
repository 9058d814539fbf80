import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFiles } from "./open-files";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "open-files-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe("openFiles", () => {
  it("lists and reads a folder", async () => {
    await mkdir(join(folder, "a"));
    await writeFile(join(folder, "a/b.txt"), "inside");
    await writeFile(join(folder, "a.txt"), "");
    const files = await openFiles(folder);
    expect(await files.names()).toEqual(["a.txt", "a/b.txt"]);
    expect(new TextDecoder().decode(await files.read("a/b.txt"))).toBe("inside");
    expect(await files.read("a.txt")).toEqual(new Uint8Array());
  });
});
