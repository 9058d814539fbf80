import { execFileSync } from "node:child_process";
import fs from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";
import { makeDataset } from "../test/make-dataset";
import { writeFileAtomic } from "./write-file-atomic";
import { writeKarpathy } from "./write-karpathy";

let folder = "";
let file = "";
beforeEach(() => {
  folder = scratchFolder();
  file = join(folder, "file.json");
});
afterEach(() => vi.restoreAllMocks());

const error = (code: string) => Object.assign(new Error(`${code}: injected`), { code });

/** Makes the next file that is opened fail at one of its operations, after having written half of the content. */
function failAt(operation: "writeFile" | "sync", code: string) {
  const { open } = fs;
  vi.spyOn(fs, "open").mockImplementationOnce(async (...args) => {
    const handle = await open(...args);
    const { writeFile } = handle;
    handle[operation] = async (content?: unknown) => {
      if (operation === "writeFile") await writeFile.call(handle, (content as string).slice(0, (content as string).length / 2));
      throw error(code);
    };
    return handle;
  });
}

/** The old content is whole and nothing lies beside it. */
async function expectOld(content = "old") {
  expect(await fs.readFile(file, "utf8")).toBe(content);
  expect(await fs.readdir(folder)).toEqual(["file.json"]);
}

describe("writeFileAtomic", () => {
  it("writes text and bytes, over an old file or none, and leaves nothing beside it", async () => {
    await writeFileAtomic(file, "é");
    await expectOld("é");
    await writeFileAtomic(file, Uint8Array.of(0x61, 0x62));
    await expectOld("ab");
    await writeFileAtomic(file, "");
    await expectOld("");
  });

  it("keeps the mode of the old file and follows a link", async () => {
    await fs.writeFile(file, "old", { mode: 0o600 });
    await fs.mkdir(join(folder, "sub"));
    const link = join(folder, "sub", "link.json");
    await fs.symlink(file, link);
    await writeFileAtomic(link, "new");
    expect((await fs.lstat(link)).isSymbolicLink()).toBe(true);
    expect(await fs.readFile(file, "utf8")).toBe("new");
    expect((await fs.stat(file)).mode & 0o777).toBe(0o600);
  });

  it.each(["writeFile", "sync"] as const)("keeps the old file whole when the disk is full at %s", async (operation) => {
    await fs.writeFile(file, "old");
    failAt(operation, "ENOSPC");
    await expect(writeFileAtomic(file, "new content")).rejects.toMatchObject({
      code: "WRITE_FAILED",
      message: expect.stringMatching(/file\.json could not be written: the disk is full/),
    });
    await expectOld();
  });

  it("keeps the old file whole when renaming fails", async () => {
    await fs.writeFile(file, "old");
    vi.spyOn(fs, "rename").mockRejectedValueOnce(error("EACCES"));
    await expect(writeFileAtomic(file, "new")).rejects.toMatchObject({
      code: "WRITE_FAILED",
      message: expect.stringMatching(/not permitted/),
    });
    await expectOld();
  });

  it("leaves no part of a new file behind", async () => {
    failAt("writeFile", "EDQUOT");
    await expect(writeFileAtomic(file, "new content")).rejects.toMatchObject({
      code: "WRITE_FAILED",
      message: expect.stringMatching(/disk is full/),
    });
    expect(await fs.readdir(folder)).toEqual([]);
  });

  it("says when the folder is missing or the path is a folder, and other reasons as they came", async () => {
    await expect(writeFileAtomic(join(folder, "no", "x"), "")).rejects.toMatchObject({
      code: "WRITE_FAILED",
      message: expect.stringMatching(/folder does not exist/),
    });
    await fs.mkdir(join(folder, "sub"));
    await expect(writeFileAtomic(join(folder, "sub"), "")).rejects.toMatchObject({
      code: "WRITE_FAILED",
      message: expect.stringMatching(/it is a folder/),
    });
    expect(await fs.readdir(folder)).toEqual(["sub"]);
    failAt("sync", "EIO");
    await expect(writeFileAtomic(file, "x")).rejects.toMatchObject({
      code: "WRITE_FAILED",
      message: expect.stringMatching(/EIO: injected/),
    });
    await expect(writeFileAtomic("", "x")).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  it("never takes the place of a device or a pipe, links to them included", async () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    await fs.symlink(pipe, join(folder, "link"));
    for (const name of ["pipe", "link"]) {
      await expect(writeFileAtomic(join(folder, name), "x")).rejects.toMatchObject({
        code: "WRITE_FAILED",
        message: expect.stringMatching(/is a device, a pipe or a socket/),
      });
    }
    expect((await fs.stat(pipe)).isFIFO()).toBe(true);
    expect((await fs.readdir(folder)).sort()).toEqual(["link", "pipe"]);
  });

  it("lets writers at the same time each write a whole file", async () => {
    const contents = Array.from({ length: 8 }, (_, i) => String(i).repeat(100_000));
    await Promise.all(contents.map((content) => writeFileAtomic(file, content)));
    expect(contents).toContain(await fs.readFile(file, "utf8"));
    expect(await fs.readdir(folder)).toEqual(["file.json"]);
  });
});

describe("writeKarpathy", () => {
  it("keeps the old annotation when the disk is full, and when the new one cannot be read back", async () => {
    await writeKarpathy(file, makeDataset(2));
    const before = await fs.readFile(file, "utf8");
    failAt("writeFile", "ENOSPC");
    await expect(writeKarpathy(file, makeDataset(50))).rejects.toMatchObject({ code: "WRITE_FAILED" });
    await expectOld(before);
    await expect(writeKarpathy(file, { dataset: 5 as never, images: [] })).rejects.toMatchObject({ code: "FILE_CORRUPT" });
    await expectOld(before);
  });
});
