import { describe, expect, it } from "vitest";
import { makeTar } from "../test/make-tar";
import { PNG } from "../test/read-shards";
import { parseKarpathy } from "./parse-karpathy";
import { readWebDataset } from "./webdataset/read-webdataset";
import { webDataset } from "./webdataset/web-dataset";

/** Errors that an `onSkip` may throw; the last is what it was told of, thrown on. */
const ERRORS = [new Error("enough"), undefined, Object.assign(new Error("mine"), { code: "FILE_CORRUPT" })];

describe("what onSkip throws", async () => {
  const image = { imgid: 0, split: "test", filename: "a.png" };
  const json = {
    dataset: "tiny",
    images: [
      { ...image, sentences: [{ raw: 5 }, { raw: 6 }] },
      { ...image, filename: 7, sentences: [] },
    ],
  };

  it.each(ERRORS)("ends the reading of an annotation as it is, from within an image too: %o", (thrown) => {
    const told: string[] = [];
    const onSkip = ({ where }: { where: string }) => {
      told.push(where);
      throw thrown;
    };
    let caught: unknown = "nothing";
    try {
      parseKarpathy(json, "here", { onError: "skip", onSkip });
    } catch (error) {
      caught = error;
    }
    expect(caught).toBe(thrown);
    expect(told).toEqual(["here: images[0].sentences[0]"]);
  });

  const shard = await makeTar([
    ["a.png", PNG],
    ["b.png", PNG],
    ["b.txt", "a lake"],
    ["c.txt", "without an image"],
    ["d.png", PNG],
  ]);
  const readers = {
    webDataset: (options: object) => webDataset(shard, options),
    readWebDataset: async (options: object) => {
      for await (const _ of readWebDataset(shard, options));
    },
  };

  it.each(Object.entries(readers))("ends %s as it is, with nothing told after it", async (_, read) => {
    for (const thrown of [...ERRORS, "what it was told"]) {
      const told: { key: string; error: Error }[] = [];
      const onSkip = (problem: { key: string; error: Error }) => {
        told.push(problem);
        if (problem.key === "c") throw thrown === "what it was told" ? problem.error : thrown;
      };
      const caught = await read({ onError: "skip", onSkip }).catch((error: unknown) => error);
      expect(caught).toBe(thrown === "what it was told" ? told[1]!.error : thrown);
      expect(told.map(({ key }) => key)).toEqual(["a", "c"]);
    }
  });
});
