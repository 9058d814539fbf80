import * as image from "@rsdix/image";
import * as imageNode from "@rsdix/image/node";
import { describe, expect, it } from "vitest";
import { exactly, refusal } from "../../../test/refusal";
import * as data from "./index";
import * as node from "./node";

/** Those that make what they are called with: "no/such" would be there, for all who come after. Of makeFolders the wrong calls are below. */
const MAKERS = ["writeFileAtomic", "makeFolders"];
/** Every other public function. */
const functions = Object.entries({ ...image, ...imageNode, ...data, ...node }).filter(
  ([name, value]) => typeof value === "function" && name !== "ImageProcessor" && !MAKERS.includes(name),
) as [string, (...args: unknown[]) => unknown][];

const rgb = { width: 2, height: 2, data: new Uint8Array(12) };
const ARGUMENTS = [[], [null], [5], [[]], [["a"]], [{}], [rgb], [rgb, null], [rgb, 5], [{}, {}], [[], null], ["no/such", null]];

/** What a call throws or is rejected with, also at the first step of an iteration; undefined where it goes through. */
async function failure(call: () => unknown): Promise<unknown> {
  try {
    const result = (await call()) as { next?: () => unknown } | undefined;
    if (typeof result === "object" && Symbol.asyncIterator in result) await result.next?.();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe("whatever it is called with", () => {
  it.each(functions)("%s throws typed errors alone", async (_, call) => {
    for (const args of ARGUMENTS) {
      const error = await failure(() => call(...args));
      if (error !== undefined) expect(error).toMatchObject({ name: "RsdixError", message: expect.stringMatching(/.{20}/) });
    }
  });

  it("makeFolders and pathOf say what they take", async () => {
    for (const [value, got] of [
      [null, "null"],
      [5, "5"],
      [undefined, "undefined"],
      [["a"], "[object Array]"],
    ] as const) {
      const wrong = (message: string) => refusal("INVALID_ARGUMENT", exactly(`${message}, got ${got}.`));
      await expect(node.makeFolders(value as never)).rejects.toEqual(wrong("The folder to make must be a path"));
      expect(() => node.pathOf(value as never)).toThrow(wrong("A path must be text"));
    }
    await expect(node.makeFolders("")).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/an empty text\.$/),
    });
  });

  it("loadImages and directoryFeatureCache say what they take", async () => {
    for (const [args, message] of [
      [[5, "."], "loadImages takes a list of records, got 5."],
      [[[], 5], "dir must be a folder's path, got 5."],
      [[[null], "."], "The file name of records[0] is not text, got undefined."],
      [[[], ".", { transform: 5 }], "transform must be a function, got 5."],
      [[[], ".", { maxPixels: 0 }], "maxPixels must be a whole number at least 1 and at most 9007199254740991, got 0."],
    ] as const) {
      const run = node.loadImages(...(args as unknown as Parameters<typeof node.loadImages>));
      await expect(run).rejects.toMatchObject({ code: "INVALID_ARGUMENT", message });
    }
    expect(() => data.directoryFeatureCache(5 as never)).toThrow(refusal("INVALID_ARGUMENT", /handle, .*got 5\.$/));
  });
});
