import { cp, mkdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { makeZip } from "../../test/make-zip";
import { memoryFiles } from "../../test/memory-files";
import { folderOf, mountFiles } from "../captions/store-views";
import type { FileStore } from "./file-store";
import { openFiles } from "./open-files";

let base: string;
beforeAll(() => {
  base = scratchFolder("file");
});

const stamp = (files: FileStore, name = "a.png") => files.stamp!(name);

describe("a file's stamp", () => {
  it("is another in a folder when its size or its time is, and that of a copy with its time", async () => {
    const [one, copy] = [join(base, "one"), join(base, "copy")];
    await mkdir(one);
    await writeFile(join(one, "a.png"), "a lake");
    await utimes(join(one, "a.png"), 1000, 1000.25);
    await cp(one, copy, { recursive: true, preserveTimestamps: true });
    const [here, there] = [await openFiles(one), await openFiles(copy)];
    const first = await stamp(here);
    expect(first).toBe("6 bytes of 1000250");
    expect(await stamp(there)).toBe(first);
    await utimes(join(copy, "a.png"), 1000, 1001);
    expect(await stamp(there)).not.toBe(first);
    await writeFile(join(one, "a.png"), "a river");
    await utimes(join(one, "a.png"), 1000, 1000.25);
    expect(await stamp(here)).not.toBe(first);
    await expect(stamp(here, "b.png")).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
    await expect(stamp(here, "../copy/a.png")).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await here.close();
    await expect(stamp(here)).rejects.toMatchObject({ code: "INVALID_ARGUMENT", message: expect.stringMatching(/was closed/) });
  });

  it("is another in a zip file when its bytes are", async () => {
    const zip = async (text: string) => openFiles(await makeZip([["set/a.png", text]]));
    const first = await stamp(await zip("a lake"), "set/a.png");
    expect(await stamp(await zip("a lake"), "set/a.png")).toBe(first);
    expect(await stamp(await zip("a park"), "set/a.png")).not.toBe(first);
    await expect(stamp(await zip("a lake"), "b.png")).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
  });

  it("is another of a picked file when its size or its time is", async () => {
    const picked = async (text: string, lastModified: number) => openFiles([new File([text], "a.png", { lastModified })]);
    const first = await stamp(await picked("a lake", 1000));
    expect(first).toBe("6 bytes of 1000");
    expect(await stamp(await picked("a park", 1000))).toBe(first);
    expect(await stamp(await picked("a park", 1001))).toBe("6 bytes of 1001");
    expect(await stamp(await picked("a river", 1000))).toBe("7 bytes of 1000");
    await expect(stamp(await picked("a lake", 1000), "b.png")).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
  });

  it("is that of the file below a folder or in one of several stores, and the store's name where it can't tell", async () => {
    const files = await openFiles(await makeZip([["set/a.png", "a lake"]]));
    const first = await stamp(files, "set/a.png");
    const memory = memoryFiles({ "a.png": "a lake" }, "/memory");
    const all = mountFiles(
      new Map<string, FileStore>([
        ["zip", folderOf(files, "set")],
        ["memory", memory],
      ]),
    );
    expect(await stamp(all, "zip/a.png")).toBe(first);
    expect(await stamp(all, "memory/a.png")).toBe("/memory");
    expect(folderOf(memory, "set").stamp).toBeUndefined();
    await expect(stamp(all, "none/a.png")).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
  });
});
