import { describe, expect, it } from "vitest";
import { makeTar } from "../../test/make-tar";
import { memoryFiles } from "../../test/memory-files";
import { PNG } from "../../test/read-shards";
import { toShared } from "../../test/to-shared";
import { concatDatasets } from "../captions/concat-datasets";
import { karpathy } from "../captions/loaders";
import { openClasses } from "../classes/open-classes";
import { verify } from "../verify/verify";
import { webDataset } from "../webdataset/web-dataset";
import type { FileStore, StreamFileOptions } from "./file-store";
import { openFiles } from "./open-files";

const image = { filename: "a.png", imgid: 0, split: "test" as const, sentences: [{ raw: "a lake" }] };
const whole = memoryFiles({ "dataset.json": JSON.stringify({ dataset: "tiny", images: [image] }), "a.png": PNG });
const listing = (names: () => unknown): FileStore => ({ ...whole, names: names as FileStore["names"] });

/** Whatever asks a store for its names. */
const LISTERS: [string, (files: FileStore) => Promise<unknown>][] = [
  ["karpathy", (files) => karpathy(files)],
  ["openClasses", (files) => openClasses(files, "mine")],
  ["webDataset", (files) => webDataset(files)],
  ["verify", (files) => verify({ dataset: "tiny", images: [image], files }, { images: false })],
  ["the names of a concatenation", async (files) => (await concatDatasets([{ dataset: "tiny", images: [image], files }])).files.names()],
];

describe.each(LISTERS)("%s, of a store", (_, run) => {
  it.each([
    ["a number", () => 5, "5"],
    ["nothing", async () => undefined, "undefined"],
    ["a set", async () => new Set(["a.png"]), "[object Set]"],
    ["numbers", async () => ["a.png", 7], "7 at 1"],
  ])("whose names gives %s, says so", async (_what, names, got) => {
    const message = `The names of the files of memory must come from the store's names as an array of texts, got ${got}.`;
    await expect(run(listing(names))).rejects.toMatchObject({ name: "RsdixError", code: "INVALID_ARGUMENT", message });
  });

  it.each([
    ["undefined", undefined, "FILE_NOT_FOUND", "undefined"],
    ["a TypeError", new TypeError("x is no function"), "FILE_NOT_FOUND", "x is no function"],
    ["an error with a code of ours", Object.assign(new Error("broken"), { code: "FILE_CORRUPT" }), "FILE_CORRUPT", "broken"],
  ])("whose names throws %s, names the store", async (_what, thrown, code, said) => {
    const message = `The files of memory cannot be listed: ${said}.`;
    for (const names of [
      () => Promise.reject(thrown),
      () => {
        throw thrown;
      },
    ]) {
      await expect(run(listing(names))).rejects.toMatchObject({ name: "RsdixError", code, message });
    }
  });
});

describe("a store whose stream", async () => {
  const shard = await makeTar([
    ["a.png", PNG],
    ["a.txt", "a lake"],
  ]);
  const files = (stream: (name?: string, part?: StreamFileOptions) => unknown) =>
    ({ ...memoryFiles({ "a.tar": shard }), stream: stream as FileStore["stream"] }) as FileStore;
  const pieces = (...values: unknown[]) =>
    async function* () {
      yield* values;
    };
  const thrown = (error: unknown) =>
    // biome-ignore lint/correctness/useYield: it fails before
    async function* () {
      throw error;
    };

  it.each([
    ["gives nothing", () => undefined, "INVALID_ARGUMENT", "must come from the store's stream as an AsyncGenerator, got undefined."],
    ["gives a number", () => 5, "INVALID_ARGUMENT", "must come from the store's stream as an AsyncGenerator, got 5."],
    ["gives texts", pieces("abc"), "INVALID_ARGUMENT", "must come from the store's stream as a Uint8Array, got abc."],
    ["gives numbers", pieces(1, 2), "INVALID_ARGUMENT", "must come from the store's stream as a Uint8Array, got 1."],
    ["throws undefined", thrown(undefined), "FILE_NOT_FOUND", "cannot be read: undefined."],
    ["throws a TypeError", thrown(new TypeError("no")), "FILE_NOT_FOUND", "cannot be read: no."],
    [
      "throws with a code of ours",
      thrown(Object.assign(new Error("broken"), { code: "FILE_CORRUPT" })),
      "FILE_CORRUPT",
      "cannot be read: broken.",
    ],
    [
      "throws at once",
      () => {
        throw new Error("at once");
      },
      "FILE_NOT_FOUND",
      "cannot be read: at once.",
    ],
  ])("%s is a typed error that names the file", async (_, stream, code, message) => {
    const error = { name: "RsdixError", code, message: `"a.tar" of memory ${message}` };
    await expect(webDataset(files(stream))).rejects.toMatchObject(error);
  });

  it("gives memory that threads share is read as any other", async () => {
    const store = files(async function* (_name?: string, { start, end }: StreamFileOptions = {}) {
      yield toShared(shard).subarray(start, end);
    });
    expect((await webDataset(store)).images).toHaveLength(1);
    const set = await karpathy({ ...whole, read: async (name, options) => toShared(await whole.read(name, options)) });
    const decode = async () => ({ width: 1, height: 1 });
    expect(await verify(set, { decode })).toMatchObject({ ok: true, counts: { decoded: 1 } }); // it hashes them
  });
});

it("a store without a name is refused", async () => {
  const { name, ...nameless } = whole;
  const message = "A store of files must have a name that says where they are, got undefined.";
  await expect(openFiles(nameless as FileStore)).rejects.toMatchObject({ name: "RsdixError", code: "INVALID_ARGUMENT", message });
});
