import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { encodePng } from "@rsdix/image/node";
import { describe, expect, it, vi } from "vitest";
import { drain } from "../../../../test/drain";
import { refusal } from "../../../../test/refusal";
import { damaged } from "../../test/damaged";
import { memoryFiles } from "../../test/memory-files";
import { countedReads, pictureDataset } from "../../test/picture-dataset";
import type { FileStore } from "../files/file-store";
import type { ImageDataset } from "../image-dataset";
import type { BatchesOptions, SkippedImage } from "./batch-types";
import { batches } from "./batches";

// Workers make the first batch, too: it is they that are tested.
vi.mock("../workers-node", async (original) => ({ ...(await original<typeof import("../workers-node")>()), firstMaker: () => "workers" }));

const set = await pictureDataset(12);
const PREPROCESS = { size: 8 };

describe("batches of damaged files", () => {
  const bad = damaged(set, { "3.png": new Uint8Array(0), "5.png": Uint8Array.of(1, 2, 3), "7.png": undefined });

  it.each([0, 2])("end the run with an error that names the file, with %i workers", async (workers) => {
    const options = { batchSize: 4, shuffle: false, workers, preprocess: PREPROCESS };
    const run = async (dataset: ImageDataset) => drain(batches(dataset, options));
    await expect(run(damaged(set, { "3.png": new Uint8Array(0) }))).rejects.toThrow(
      refusal("FILE_CORRUPT", '"3.png" of memory cannot be used: .*empty'),
    );
    await expect(run(damaged(set, { "5.png": Uint8Array.of(1, 2, 3) }))).rejects.toThrow(
      refusal("FILE_CORRUPT", '"5.png" of memory .* decoded as an'),
    );
    await expect(run(damaged(set, { "7.png": undefined }))).rejects.toThrow(refusal("FILE_NOT_FOUND", '"7.png" of memory'));
    const line = await encodePng({ width: 90_000, height: 1, data: new Uint8Array(270_000) });
    const preprocess = { image_processor_type: "CLIPImageProcessor", size: 8, do_center_crop: false };
    await expect(drain(batches(damaged(set, { "2.png": line }), { ...options, preprocess }))).rejects.toThrow(
      refusal("INVALID_ARGUMENT", '"2.png" of memory .* 65535'),
    );
  });

  it.each([0, 2])("leave out what cannot be used and say so, and the rest stays, with %i workers", async (workers) => {
    const told: SkippedImage[] = [];
    const options = { batchSize: 4, seed: 5, workers, preprocess: PREPROCESS };
    const whole = await drain(batches(set, options));
    const stream = await drain(batches(bad, { ...options, onError: "skip", onSkip: (problem) => told.push(problem) }));
    expect(told.map(({ record }) => record.filename).sort()).toEqual(["3.png", "5.png", "7.png"]);
    expect(told.find(({ record }) => record.filename === "7.png")!.error).toEqual(refusal("FILE_NOT_FOUND", "7.png"));
    for (const [i, { records, captions, pixels, shape, skipped, step }] of stream.entries()) {
      const rows = whole[i]!.records.flatMap(({ filename }, row) => (["3.png", "5.png", "7.png"].includes(filename) ? [] : [row]));
      expect(records.map(({ imgid }) => imgid)).toEqual(rows.map((row) => whole[i]!.records[row]!.imgid));
      expect(captions).toEqual(rows.map((row) => whole[i]!.captions[row]));
      expect(shape).toEqual([rows.length, 3, 8, 8]);
      expect([...pixels]).toEqual(rows.flatMap((row) => [...whole[i]!.pixels.subarray(row * 192, (row + 1) * 192)]));
      expect(skipped.every((problem) => problem.step === step)).toBe(true);
      expect(skipped).toHaveLength(4 - rows.length);
    }
  });

  it("leave out steps without an image, and give up where no image can be used at all", async () => {
    const three = damaged(set, Object.fromEntries([4, 5, 6, 7].map((i) => [`${i}.png`, undefined])));
    const stream = await drain(batches(three, { batchSize: 4, shuffle: false, onError: "skip", preprocess: PREPROCESS }));
    expect(stream.map(({ step, position }) => [step, position.step])).toEqual([
      [0, 1],
      [2, 3],
    ]);
    await expect(batches(three, { batchSize: 4, shuffle: false, onError: "skip" }).batch(1)).rejects.toThrow(
      refusal("EMPTY_DATA", "step 1 of"),
    );
    const none = { ...set, files: memoryFiles({}) };
    const lasting = batches(none, { batchSize: 5, onError: "skip", epochs: Number.POSITIVE_INFINITY });
    await expect(drain(lasting)).rejects.toThrow(refusal("EMPTY_DATA", "in a whole epoch"));
  });

  it("name two images of different sizes without a resizing", async () => {
    const other = await encodePng({ width: 5, height: 12, data: new Uint8Array(180) });
    const preprocess = { image_processor_type: "CLIPImageProcessor", do_resize: false, do_center_crop: false };
    const run = drain(batches(damaged(set, { "1.png": other }), { batchSize: 4, shuffle: false, concurrency: 1, preprocess }));
    await expect(run).rejects.toThrow(refusal("SHAPE_MISMATCH", '"0.png" has 12 x 12 .*, "1.png" has 5 x 12'));
  });
});

describe("stopping", () => {
  it.each([0, 2])("by the signal ends the run and its reads, with %i workers", async (workers) => {
    const { files, begun } = countedReads(set.files);
    const controller = new AbortController();
    const taken: number[] = [];
    const run = async () => {
      const options = { batchSize: 2, prefetch: 1, epochs: 50, workers, signal: controller.signal };
      for await (const { step } of batches({ ...set, files }, options)) {
        taken.push(step);
        if (step === 1) controller.abort(new Error("enough"));
      }
    };
    await expect(run()).rejects.toThrow(refusal("ABORTED", "by the signal", { cause: new Error("enough") }));
    expect(taken).toEqual([0, 1]);
    const after = begun();
    await pause(50);
    expect(begun()).toBe(after);
    const late = drain(batches(set, { batchSize: 2, workers, signal: controller.signal }));
    await expect(late).rejects.toThrow(refusal("ABORTED", "by the signal"));
  });

  it("breaks off a read that hangs", async () => {
    const controller = new AbortController();
    const files: FileStore = {
      ...set.files,
      read: (_, options) => new Promise((_, reject) => options?.signal?.addEventListener("abort", () => reject(new Error("off")))),
    };
    const run = drain(batches({ ...set, files }, { batchSize: 2, signal: controller.signal }));
    setTimeout(() => controller.abort(), 20);
    await expect(run).rejects.toThrow(refusal("ABORTED", "by the signal"));
  });

  it.each(["preprocess", "tokenize", "augmentText"])("doesn't wait for %s that hangs", async (name) => {
    const hanging = { batchSize: 2, [name]: () => new Promise(() => undefined) };
    const controller = new AbortController();
    const run = drain(batches(set, { ...hanging, signal: controller.signal }));
    setTimeout(() => controller.abort(), 20);
    await expect(run).rejects.toThrow(refusal("ABORTED", "by the signal"));
    const source = batches(set, hanging);
    const step = expect(source.batch(0)).rejects.toThrow(refusal("ABORTED", "stopped"));
    await source.close();
    await step;
  });

  it.each([0, 2])("by break ends the run, with %i workers", async (workers) => {
    const { files, begun } = countedReads(set.files);
    for await (const batch of batches({ ...set, files }, { batchSize: 2, prefetch: 2, epochs: 9, workers })) if (batch.step === 2) break;
    const after = begun();
    await pause(50);
    expect(begun()).toBe(after);
    expect(after).toBeLessThanOrEqual(10);
  });
});

describe("options of batches", () => {
  it.each<[Partial<Record<keyof BatchesOptions | "bogus", unknown>>, string, string]>([
    [{ bogus: 1 }, "UNKNOWN_OPTION", 'batches has no option "bogus"'],
    [{ batchSize: 0 }, "INVALID_ARGUMENT", "batchSize must be"],
    [{ seed: -1 }, "INVALID_ARGUMENT", "seed must be"],
    [{ epochs: 0 }, "INVALID_ARGUMENT", "epochs must be"],
    [{ workers: 65 }, "INVALID_ARGUMENT", "workers must be .* at most 64"],
    [{ concurrency: 0 }, "INVALID_ARGUMENT", "concurrency must be"],
    [{ prefetch: 0.5 }, "INVALID_ARGUMENT", "prefetch must be"],
    [{ maxPixels: 0 }, "INVALID_ARGUMENT", "maxPixels must be"],
    [{ shuffle: "yes" }, "INVALID_ARGUMENT", "shuffle must be true or false, got yes"],
    [{ shuffle: false, uniqueCaptions: true }, "INVALID_ARGUMENT", "uniqueCaptions needs shuffle"],
    [{ augment: "flip" }, "INVALID_ARGUMENT", "augment must be .*got flip"],
    [{ augment: { rotation: { degrees: [9, 0] } } }, "INVALID_ARGUMENT", "rotation.degrees must be"],
    [{ augment: { blur: 1 } }, "UNKNOWN_OPTION", 'augment has no option "blur"'],
    [{ onError: "ignore" }, "INVALID_ARGUMENT", 'onError must be "throw" or "skip", got ignore'],
    [{ onSkip: 1 }, "INVALID_ARGUMENT", "onSkip must be a function, got 1"],
    [{ signal: 5 }, "INVALID_ARGUMENT", "signal must be an AbortSignal, got 5"],
    [{ signal: {} }, "INVALID_ARGUMENT", "signal must be an AbortSignal, got \\[object Object"],
    [{ augment: null }, "INVALID_ARGUMENT", "augment must be .*got null"],
    [{ preprocess: { size: 8, std: [0, 0, 0] } }, "INVALID_ARGUMENT", "preprocess.std must be three numbers above 0.*got \\[0, 0, 0\\]"],
    [{ preprocess: { size: 8, mean: [1, "a", 1] } }, "INVALID_ARGUMENT", "preprocess.mean must be three numbers, .*got \\[1, a, 1\\]"],
    [{ preprocess: { size: 8, mean: null } }, "INVALID_ARGUMENT", "preprocess.mean must be .*got null"],
    [{ tokenize: [] }, "INVALID_ARGUMENT", "tokenize must be a function"],
    [{ preprocess: 224 }, "INVALID_ARGUMENT", "preprocess must be .*got 224"],
    [{ preprocess: { size: 224, mode: "x" } }, "UNKNOWN_OPTION", 'no option "mode"'],
    [{ preprocess: { size: 0 } }, "INVALID_ARGUMENT", "preprocess.size must be"],
    [{ preprocess: { image_processor_type: "Other" } }, "FILE_CORRUPT", '"Other"'],
    [{ split: "all" }, "INVALID_ARGUMENT", "split must be one of"],
    [{ split: "test" }, "EMPTY_DATA", 'no image in the split test of "pictures"'],
    [{ batchSize: 13, dropLast: true }, "EMPTY_DATA", "12 items are fewer"],
  ])("%o is %s", (options, value, message) => {
    expect(() => batches(set, { batchSize: 4, ...options } as BatchesOptions)).toThrow(refusal(value, message));
  });

  it.each([undefined, null, 5])("can't be %o", (options) => {
    const wrong = options === undefined ? "batchSize must be" : `must be an object of batchSize, .*got ${options}`;
    expect(() => batches(set, options as never)).toThrow(refusal("INVALID_ARGUMENT", wrong));
  });

  it.each([null, {}, { filename: 5, sentences: [] }, { filename: "a.png" }, { filename: "a.png", sentences: [null] }])(
    "need records, not %o",
    (record) => {
      const images = [...set.images.slice(0, 2), record] as never;
      expect(() => batches({ ...set, images }, { batchSize: 1 })).toThrow(refusal("INVALID_ARGUMENT", "images\\[2\\] must be a record"));
    },
  );

  it("need a data set with files, whose labels are classes", async () => {
    expect(() => batches({ dataset: "x", images: [] } as never, { batchSize: 1 })).toThrow(
      refusal("INVALID_ARGUMENT", "with images and files"),
    );
    const labelled = {
      ...set,
      images: set.images.map((record, i) => ({ ...record, ...(i !== 5 && { label: i === 6 ? "moon" : "sea" }) })),
      classes: ["sea"],
    };
    expect(() => batches(labelled, { batchSize: 1 })).toThrow(refusal("EMPTY_DATA", '"5.png" .* has no label'));
    const moon = { ...labelled, images: labelled.images.slice(6) };
    expect(() => batches(moon, { batchSize: 1 })).toThrow(refusal("INVALID_ARGUMENT", '"6.png" .* "moon", which isn\'t among'));
    const broken = batches(Promise.reject(new Error("no such folder")), { batchSize: 1 });
    await expect(drain(broken)).rejects.toThrow("no such folder");
    await expect(broken).rejects.toThrow("no such folder");
  });
});

describe("workers of the build", () => {
  const dist = fileURLToPath(new URL("../../dist/index.js", import.meta.url));
  const ends = (body: string) => {
    const script = `
      import { batches } from ${JSON.stringify(dist)};
      import { encodePng } from "@rsdix/image/node";
      const png = await encodePng({ width: 8, height: 8, data: new Uint8Array(192) });
      const images = Array.from({ length: 40 }, (_, i) => ({ filename: i + ".png", imgid: i, split: "train", sentences: [] }));
      const files = { name: "memory", names: async () => [], read: async () => png, close: async () => undefined };
      const source = batches({ dataset: "made", images, files }, { batchSize: 4, workers: 2, preprocess: { size: 4 } });
      ${body}`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
      timeout: 100_000,
      cwd: fileURLToPath(new URL(".", import.meta.url)),
    });
    return { status, stdout, stderr };
  };

  it.runIf(existsSync(dist)).each([
    ["at the end", "let n = 0; for await (const { shape } of source) n += shape[0]; console.log(n);", "40\n"],
    ["after break", "for await (const { shape } of source) { console.log(shape[0]); break; }", "4\n"],
    ["after asking for a step, without close", "console.log((await source.batch(3)).step);", "3\n"],
    ["after an iterator that was left alone", "console.log((await source[Symbol.asyncIterator]().next()).value.step);", "0\n"],
  ])("let the program end %s", (_, body, output) => {
    expect(ends(body)).toEqual({ status: 0, stdout: output, stderr: "" });
  });
});

it("a promised data set that never comes is waited for no longer than the signal says", async () => {
  const controller = new AbortController();
  const pending = batches(new Promise<ImageDataset>(() => undefined), { batchSize: 1, signal: controller.signal });
  setTimeout(() => controller.abort("enough"), 20);
  await expect(pending[Symbol.asyncIterator]().next()).rejects.toThrow(refusal("ABORTED", /./, { cause: "enough" }));
  await expect(pending).rejects.toThrow(refusal("ABORTED"));
});
