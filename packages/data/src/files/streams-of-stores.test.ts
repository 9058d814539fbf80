import { describe, expect, it } from "vitest";
import { memoryFiles } from "../../test/memory-files";
import type { FileStore, StreamFileOptions } from "./file-store";
import { streamBytes } from "./read-bytes";

const BYTES = Uint8Array.of(1, 2, 3, 4, 5);
/** A store whose stream is an iterator that somebody wrote by hand. */
const store = (more: object, pieces: readonly unknown[] = [BYTES.subarray(0, 2), BYTES.subarray(2)]): FileStore => {
  const iterator = () => {
    let at = 0;
    return { next: async () => (at < pieces.length ? { done: false, value: pieces[at++] } : { done: true }), ...more };
  };
  return { ...memoryFiles({}), stream: () => ({ [Symbol.asyncIterator]: iterator }) as never };
};
const streaming = (stream: () => unknown): FileStore => ({ ...memoryFiles({}), stream: stream as never });
const collect = async (files: FileStore, { most = 9, ...part }: StreamFileOptions & { most?: number } = {}) => {
  const pieces: number[][] = [];
  for await (const piece of streamBytes(files, "a.bin", part)) if (pieces.push([...piece]) >= most) break;
  return pieces;
};
const never = () => new Promise(() => undefined);

describe("a store's stream", () => {
  it.each<[string, unknown]>([
    ["gives an object", () => ({ done: true })],
    ["gives nothing", () => undefined],
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no"))],
    ["is a text", "x"],
    ["never ends", never],
    ["isn't there", undefined],
  ])("whose return %s is read, whole or in part", async (_, end) => {
    const files = store({ return: end });
    expect(await collect(files)).toEqual([
      [1, 2],
      [3, 4, 5],
    ]);
    expect(await collect(files, { most: 1 })).toEqual([[1, 2]]);
  });

  it("is closed where it is left early, and only there", async () => {
    for (const [most, closings] of [
      [1, 1],
      [9, 0],
    ] as const) {
      let [begun, closed] = [0, 0];
      const end = async () => {
        begun++;
        await new Promise((resolve) => setTimeout(resolve, 5));
        closed++;
      };
      await collect(store({ return: end }), { most });
      expect([begun, closed]).toEqual([closings, closings]);
    }
  });

  it("says what was wrong with its bytes, whatever its closing says", async () => {
    const files = store({ return: () => Promise.reject(new Error("closing")) }, ["text"]);
    const message = `"a.bin" of memory must come from the store's stream as a Uint8Array, got text.`;
    await expect(collect(files)).rejects.toMatchObject({ name: "RsdixError", code: "INVALID_ARGUMENT", message });
  });

  it("that gives no iterator is a typed error", async () => {
    const wanted = `"a.bin" of memory must come from the store's stream as an AsyncGenerator, got`;
    const broken = () => {
      throw new Error("broken");
    };
    for (const [iterator, code, message] of [
      [() => undefined, "INVALID_ARGUMENT", `${wanted} undefined.`],
      [() => ({}), "INVALID_ARGUMENT", `${wanted} [object Object].`],
      [broken, "FILE_NOT_FOUND", '"a.bin" of memory cannot be read: broken.'],
    ] as const) {
      const run = collect(streaming(() => ({ [Symbol.asyncIterator]: iterator })));
      await expect(run).rejects.toMatchObject({ name: "RsdixError", code, message });
    }
  });

  it("that gives more than it was asked for is refused: where its bytes begin isn't known", async () => {
    const message = `"a.bin" of memory must come from the store's stream from byte 1 to before 3, got more: it must heed start and end.`;
    const run = collect(store({}), { start: 1, end: 3 });
    await expect(run).rejects.toMatchObject({ name: "RsdixError", code: "INVALID_ARGUMENT", message });
    expect(await collect(store({}, [BYTES.subarray(1, 3)]), { start: 1, end: 3 })).toEqual([[2, 3]]);
    expect(await collect(store({}, [BYTES.subarray(3)]), { start: 3, end: 9 })).toEqual([[4, 5]]);
  });

  it("that hangs while it is read is left behind by the signal", async () => {
    const controller = new AbortController();
    const run = collect(store({ next: never, return: never }), { signal: controller.signal });
    controller.abort();
    await expect(run).rejects.toMatchObject({ name: "RsdixError", code: "ABORTED" });
  });
});
