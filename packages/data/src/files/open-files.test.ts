import { execFileSync } from "node:child_process";
import { chmod, mkdir, open, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { getuid } from "node:process";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { makeZip, withField } from "../../test/make-zip";
import { openFiles } from "./open-files";

let folder = "";
let outside = "";
beforeEach(async () => {
  const base = scratchFolder();
  folder = join(base, "set");
  outside = join(base, "outside");
  await mkdir(join(folder, "a/b"), { recursive: true });
  await mkdir(outside);
  await writeFile(join(outside, "secret.txt"), "secret");
});
afterEach(() => vi.restoreAllMocks());

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const put = (name: string, content: string | Uint8Array) => writeFile(join(folder, name), content);

it("a zip file on disk whose directory points beyond it is damaged, naming the entry", async () => {
  await put("set.zip", withField(await makeZip([["a.txt", "some text"]]), 42, 1_000_000));
  const path = join(folder, "set.zip");
  await expect((await openFiles(path)).read("a.txt")).rejects.toMatchObject({
    code: "FILE_CORRUPT",
    message: `"a.txt" in ${path} isn't at byte 1000000, where the zip file says it is.`,
  });
});

describe("a folder", () => {
  it("is listed with what is below it, in an order that is the same everywhere, and read by name", async () => {
    for (const name of ["a/b/c.txt", "a/b.txt", "a.txt", "B.txt", "a/B.txt", ".DS_Store", "a/._b.txt"]) await put(name, name);
    await put("empty", "");
    for (const source of [folder, `${folder}/`, pathToFileURL(folder), pathToFileURL(folder).href]) {
      const files = await openFiles(source);
      expect(await files.names()).toEqual(["B.txt", "a.txt", "a/B.txt", "a/b.txt", "a/b/c.txt", "empty"]);
      for (const name of ["a/b.txt", "a/B.txt", "a\\b\\c.txt", "./a.txt"]) {
        expect(text(await files.read(name))).toBe(name.replaceAll("\\", "/").replace("./", ""));
      }
      expect(await files.read("empty")).toEqual(new Uint8Array());
      const parts: string[] = [];
      for await (const piece of files.stream!("a/b.txt", { start: 1, end: 5 })) parts.push(text(piece));
      expect(parts.join("")).toBe("/b.t");
    }
  });

  it("that isn't there is an error that says so", async () => {
    await put("a.txt", "a");
    for (const path of [join(folder, "none"), join(folder, "a.txt/b"), `~/${"none".repeat(9)}`]) {
      await expect(openFiles(path)).rejects.toMatchObject({
        code: "FILE_NOT_FOUND",
        message: `${path.replace("~", homedir())} can't be opened: there is no such folder or file. Check the path.`,
      });
    }
    await expect(openFiles(join(folder, "a.txt"))).rejects.toMatchObject({
      code: "FILE_CORRUPT",
      message: expect.stringMatching(/a\.txt \(1 bytes\) can't be opened as a zip file: it is no zip file/),
    });
  });

  it("keeps to itself: links lead to what is below it, or aren't followed", async () => {
    await put("a/b.txt", "b");
    await symlink(join(folder, "a/b.txt"), join(folder, "inside.txt"));
    await symlink(join(folder, "a"), join(folder, "again"));
    await symlink("..", join(folder, "a/b/up"));
    await symlink(join(outside, "secret.txt"), join(folder, "secret.txt"));
    await symlink(outside, join(folder, "outside"));
    await symlink("nowhere", join(folder, "broken.txt"));
    await symlink("circle.txt", join(folder, "circle.txt"));
    await symlink(folder, join(outside, "link"));
    const files = await openFiles(folder);
    expect(await files.names()).toEqual(["a/b.txt", "inside.txt"]);
    expect(text(await files.read("inside.txt")) + text(await files.read("again/b.txt"))).toBe("bb");
    for (const name of ["secret.txt", "outside/secret.txt"]) {
      await expect(files.read(name)).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
        message: expect.stringMatching(/^"(outside\/)?secret\.txt" of .* is a link that leads out of it, to .*secret\.txt\. Copy the file/),
      });
    }
    await expect(files.read("broken.txt")).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
    await expect(files.read("circle.txt")).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
    expect(await (await openFiles(join(outside, "link"))).names()).toEqual(["a/b.txt", "inside.txt"]);
    for (const name of ["../outside/secret.txt", "a/../../outside/secret.txt", join(outside, "secret.txt"), "C:\\secret.txt", "", "a\0"]) {
      await expect(files.read(name)).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
        message: expect.stringMatching(/must be named by a path below it/),
      });
    }
  });

  it("says of a file that it is a folder, a pipe, too large, gone or cut while it was read", async () => {
    await put("five.txt", "12345");
    execFileSync("mkfifo", [join(folder, "pipe")]);
    const files = await openFiles(folder);
    expect(await files.names()).toEqual(["five.txt"]);
    const refused = (name: string, code: string, message: string, options = {}) =>
      expect(files.read(name, options)).rejects.toMatchObject({ code, message });
    await refused("a/b", "FILE_NOT_FOUND", `There is no file "a/b" in ${folder}: it is a folder.`);
    await refused("pipe", "FILE_NOT_FOUND", `There is no file "pipe" in ${folder}: it is a device or a pipe.`);
    await refused("five.txt/x", "FILE_NOT_FOUND", `There is no file "five.txt/x" in ${folder}.`);
    await refused("five.txt", "FILE_TOO_LARGE", `"five.txt" in ${folder} has 5 bytes, more than the limit of 4.`, { maxBytes: 4 });
    await put("sparse", "");
    await truncate(join(folder, "sparse"), 2 ** 40);
    await refused("sparse", "FILE_TOO_LARGE", `"sparse" in ${folder} has ${2 ** 40} bytes, more than the limit of ${2 ** 29}.`);
    await refused("five.txt", "ABORTED", `Reading "five.txt" of ${folder} was stopped.`, { signal: AbortSignal.abort() });
    const handle = await open(join(folder, "five.txt"));
    const reading = vi.spyOn(Object.getPrototypeOf(handle), "read").mockResolvedValue({ bytesRead: 0 });
    await refused(
      "five.txt",
      "FILE_CORRUPT",
      `"five.txt" in ${folder} lost bytes while it was read: it has 0, and had 5. Is it being written?`,
    );
    reading.mockRejectedValue(new Error("EIO: i/o error, read"));
    await refused("five.txt", "FILE_NOT_FOUND", `"five.txt" in ${folder} can't be read: EIO: i/o error, read.`);
    await handle.close();
    await rm(join(folder, "five.txt"));
    await refused("five.txt", "FILE_NOT_FOUND", `There is no file "five.txt" in ${folder}.`);
    await files.close();
    await refused("five.txt", "INVALID_ARGUMENT", `${folder} was closed: open it again to read from it.`);
  });

  it.skipIf(getuid?.() === 0)("says what it may not read", async () => {
    await put("five.txt", "12345");
    await chmod(join(folder, "five.txt"), 0);
    await expect((await openFiles(folder)).read("five.txt")).rejects.toMatchObject({
      code: "FILE_NOT_FOUND",
      message: expect.stringMatching(/EACCES/),
    });
  });

  it("that was removed says so when it is listed", async () => {
    const files = await openFiles(folder);
    await rm(folder, { recursive: true });
    await expect(files.names()).rejects.toMatchObject({
      code: "FILE_NOT_FOUND",
      message: expect.stringMatching(/^The folder .* can't be listed: ENOENT/),
    });
  });

  it("has a file whose own name holds a backslash under the name that was meant", async () => {
    await put("images\\a.jpg", "a");
    const files = await openFiles(folder);
    expect(text(await files.read("images/a.jpg")) + text(await files.read("images\\a.jpg"))).toBe("aa");
    expect(await files.names()).toEqual(["images/a.jpg"]);
    await mkdir(join(folder, "images"));
    await put("images/a.jpg", "other");
    await expect(files.names()).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: `Two files of ${folder} are named "images/a.jpg", one of them with "\\": rename one.`,
    });
  });

  it("is read by many at once, with few files open", async () => {
    await Promise.all(Array.from({ length: 500 }, (_, i) => put(`${i}.txt`, String(i))));
    const files = await openFiles(folder);
    const read = await Promise.all(Array.from({ length: 2000 }, async (_, i) => text(await files.read(`${i % 500}.txt`))));
    expect(read).toEqual(Array.from({ length: 2000 }, (_, i) => String(i % 500)));
  });
});

describe("a zip file on disk", () => {
  it("is read where it lies, and closed", async () => {
    await put("set.zip", await makeZip([["b/a.txt", "a lake"]]));
    const files = await openFiles(join(folder, "set.zip"));
    expect([files.name, ...(await files.names())]).toEqual([join(folder, "set.zip"), "b/a.txt"]);
    expect(text(await files.read("b/a.txt"))).toBe("a lake");
    await files.close();
    await expect(files.read("b/a.txt")).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await put("set.rar", "Rar!");
    await expect(openFiles(join(folder, "set.rar"))).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await put("cut.zip", (await makeZip([["b/a.txt", "a lake"]])).slice(0, 50));
    await expect(openFiles(join(folder, "cut.zip"))).rejects.toMatchObject({
      code: "FILE_CORRUPT",
      message: expect.stringMatching(/cut\.zip \(50 bytes\)/),
    });
  });
});
