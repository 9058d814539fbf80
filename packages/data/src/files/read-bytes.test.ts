import { describe, expect, it } from "vitest";
import { memoryFiles } from "../../test/memory-files";
import { readBytes } from "./read-bytes";

const store = (read: () => unknown) => ({ ...memoryFiles({}), read: read as never });
const error = (code: string, message: string) => expect.objectContaining({ name: "RsdixError", code, message });

describe("readBytes", () => {
  it.each([
    ["text", "abc", "abc"],
    ["an ArrayBuffer", new ArrayBuffer(2), "[object ArrayBuffer]"],
    ["nothing", undefined, "undefined"],
  ])("refuses %s in place of bytes", async (_, given, got) => {
    const message = `"a.png" of memory must come from the store's read as a Uint8Array, got ${got}.`;
    await expect(
      readBytes(
        store(() => given),
        "a.png",
        {},
      ),
    ).rejects.toEqual(error("INVALID_ARGUMENT", message));
  });

  it.each([
    [new TypeError("x is no function"), "x is no function"],
    [Object.assign(new Error("too many open files"), { code: "EMFILE" }), "too many open files"],
    [undefined, "undefined"],
  ])("names the file of a store's own error %o", async (cause, reason) => {
    const run = readBytes(
      store(() => Promise.reject(cause)),
      "a.png",
      {},
    );
    await expect(run).rejects.toMatchObject({
      ...{ name: "RsdixError", code: "FILE_NOT_FOUND", message: `"a.png" of memory cannot be read: ${reason}.` },
      ...(cause && { cause }),
    });
  });

  it("passes a store's typed errors on", async () => {
    for (const typed of [
      Object.assign(new Error("too large"), { code: "FILE_TOO_LARGE" }),
      Object.assign(new Error("x"), { name: "RsdixError" }),
    ]) {
      await expect(
        readBytes(
          store(() => Promise.reject(typed)),
          "a.png",
          {},
        ),
      ).rejects.toBe(typed);
    }
  });

  it("ends with the signal, whatever the store does", async () => {
    const controller = new AbortController();
    const stopped = error("ABORTED", 'Reading "a.png" of memory was stopped.');
    const run = readBytes(
      store(() => new Promise(() => undefined)),
      "a.png",
      { signal: controller.signal },
    );
    controller.abort();
    await expect(run).rejects.toEqual(stopped);
    const own = new AbortController();
    const throwing = () => {
      own.abort();
      throw new DOMException("This operation was aborted", "AbortError");
    };
    await expect(readBytes(store(throwing), "a.png", { signal: own.signal })).rejects.toEqual(stopped);
  });
});
