import { describe, expect, it } from "vitest";
import { exactly, refusal } from "../../../../test/refusal";
import { memoryFiles } from "../../test/memory-files";
import { toShared } from "../../test/to-shared";
import { readBytes } from "./read-bytes";

const store = (read: () => unknown) => ({ ...memoryFiles({}), read: read as never });

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
    ).rejects.toEqual(refusal("INVALID_ARGUMENT", exactly(message)));
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

  it("passes our own errors on, and names the file in others of a code that stores have", async () => {
    const run = (thrown: unknown) =>
      readBytes(
        store(() => Promise.reject(thrown)),
        "a.png",
        {},
      );
    const own = Object.assign(new Error("x"), { name: "RsdixError" });
    await expect(run(own)).rejects.toBe(own);
    const cause = Object.assign(new Error("too large."), { code: "FILE_TOO_LARGE" });
    const message = '"a.png" of memory cannot be read: too large.';
    await expect(run(cause)).rejects.toThrow(refusal("FILE_TOO_LARGE", exactly(message), { cause }));
  });

  it("gives bytes that threads share as a copy, which platforms take", async () => {
    const shared = toShared(Uint8Array.of(7, 7, 7));
    for (const bytes of [shared, ...(globalThis.Buffer ? [Buffer.from(shared.buffer, 0, 3)] : [])]) {
      const read = await readBytes(
        store(() => bytes),
        "a.png",
        {},
      );
      expect([read.buffer instanceof ArrayBuffer, ...read]).toEqual([true, 7, 7, 7]);
    }
  });

  it("ends with the signal, whatever the store does", async () => {
    const controller = new AbortController();
    const stopped = refusal("ABORTED", exactly('Reading "a.png" of memory was stopped.'));
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
