import { describe, expect, it } from "vitest";
import { fromBase64 } from "../../test/base64";
import { FileServer } from "../../test/file-server";
import { makeTar, through } from "../../test/make-tar";
import { makeZip } from "../../test/make-zip";
import { memoryFiles } from "../../test/memory-files";
import { all, PNG, refusal } from "../../test/read-shards";
import { type FilesSource, openFiles } from "../files/open-files";
import fixture from "../fixtures/webdataset.json";
import { readWebDataset } from "./read-webdataset";
import type { WebDatasetOptions } from "./webdataset-options";

const shard = (gzip: string) => through(fromBase64(gzip), new DecompressionStream("gzip"));

describe("shards that Python wrote", () => {
  for (const [kind, { gzip, samples }] of Object.entries(fixture)) {
    it(`(${kind}) have the images and keys that Python's webdataset reads`, async () => {
      const tar = await shard(gzip);
      const gz = fromBase64(gzip);
      for (const source of [
        tar,
        new Blob([tar]),
        gz,
        [new File([tar], `${kind}.tar`)],
        [new File([gz], `${kind}.tgz`), new File([], "x.txt")],
      ]) {
        const read = await all(source);
        expect(read.map(({ key }) => key)).toEqual(samples.map(({ key }) => key));
        for (const [i, { image, offset }] of read.entries()) {
          const files: Record<string, string | undefined> = samples[i]!.files;
          const ending = image.name.slice(image.name.lastIndexOf(".") + 1).toLowerCase();
          expect(image.bytes).toEqual(fromBase64(files[ending]!));
          expect(offset % 512).toBe(0);
        }
      }
    });
  }

  it("have captions in .json before .txt, classes in .json before .cls, and what else .json says", async () => {
    const read = await all(new File([await shard(fixture.webdataset.gzip)], "x/set.tar"), {
      classes: ["park", "beach"],
      defaultSplit: "val",
    });
    expect(read.map(({ captions }) => captions)).toEqual([["a lake ."], ["a park"], ["two", "captions"], []]);
    expect(read[1]!.json).toEqual({ caption: "a park", width: 4, url: "https://example.org/é" });
    const [, second, third, last] = read.map(({ record }) => record);
    expect(second).toEqual({
      ...{ filename: "set/001.png", imgid: 1, split: "val", sentences: [{ raw: "a park" }] },
      extra: { width: 4, url: "https://example.org/é" },
    });
    expect(third!.label).toBe("lake");
    expect(last).toEqual({ filename: "set/folder/003.tif", imgid: 3, split: "val", sentences: [], label: "beach" });
    const pax = await all(await shard(fixture.pax.gzip));
    expect(pax[0]!.captions).toEqual(["une forêt", "ein Wald"]);
  });
});

describe("readWebDataset", () => {
  it("reads what .json says in each of the forms that are there", async () => {
    const forms: [object, object][] = [
      [
        { sentences: ["a", { raw: "b", tokens: ["b"], sentid: 4 }], captions: ["x"] },
        { sentences: [{ raw: "a" }, { raw: "b", tokens: ["b"], extra: { sentid: 4 } }] },
      ],
      [{ captions: ["a", "b"], caption: "x" }, { sentences: [{ raw: "a" }, { raw: "b" }] }],
      [{ caption: ["a"] }, { sentences: [{ raw: "a" }] }],
      [{ label: 1 }, { sentences: [], label: "1" }],
      [
        { filename: "y.png", imgid: 7, split: "test", caption: "a" },
        { filename: "y.png", imgid: 7, split: "test", sentences: [{ raw: "a" }] },
      ],
    ];
    const tar = await makeTar(
      forms.flatMap(([json], i) => [
        [`${i}.png`, PNG],
        [`${i}.json`, JSON.stringify(json)],
      ]),
    );
    const records = (await all(tar)).map(({ record }) => record);
    expect(records).toEqual(forms.map(([, record], i) => ({ filename: `the shard/${i}.png`, imgid: i, split: "train", ...record })));
  });

  it("takes patterns, and what holds shards, in order", async () => {
    const one = (key: string) =>
      makeTar([
        [`${key}.png`, PNG],
        [`${key}.txt`, key],
      ]);
    const from = new FileServer({ "/s-9.tar": await one("c"), "/s-10.tar": await one("d") });
    const keys = async (source: FilesSource, options?: WebDatasetOptions) =>
      (await all(source, options)).map(({ key, shard: name }) => `${name} ${key}`);
    const expected = ["https://x.org/s-9.tar c", "https://x.org/s-10.tar d"];
    expect(await keys("https://x.org/s-{9..10}.tar?key=secret", { fetch: from.fetch })).toEqual(expected);
    expect(await keys(new URL("https://x.org/s-{9..10}.tar"), { fetch: from.fetch })).toEqual(expected);
    const files = memoryFiles({
      "b/x.tar": await one("b"),
      "a.tar.gz": await through(await one("a"), new CompressionStream("gzip")),
      "c.txt": "",
    });
    expect(await keys(files)).toEqual(["a.tar.gz a", "b/x.tar b"]);
    const store = await openFiles([new File([await one("d")], "d.tar")]);
    expect([...(await keys(store)), ...(await keys(store))]).toEqual(["d.tar d", "d.tar d"]); // it isn't ours to close
    const zip = new File([await makeZip([["e.tar", await one("e")]])], "set.zip");
    expect([...(await keys(zip)), ...(await keys([zip]))]).toEqual(["e.tar e", "e.tar e"]);
    expect(await refusal(memoryFiles({ "c.txt": "" }))).toBe(
      "INVALID_ARGUMENT: memory has no shard: no name ends in .tar, .tar.gz or .tgz.",
    );
    expect(await refusal("https://x.org/s-{9..11}.tar", { fetch: from.fetch })).toBe(
      "c d FILE_NOT_FOUND: Can't load https://x.org/s-11.tar: there is none (HTTP 404).",
    );
    expect(await refusal("https://x.org/set", { fetch: from.fetch })).toMatch(
      /^INVALID_ARGUMENT: The files of .* can be read but not listed/,
    );
  });

  it("goes on over an address whose connection breaks", async () => {
    const samples = Array.from(
      { length: 20 },
      (_, i) =>
        [
          [`${i}.png`, new Uint8Array(3000).fill(i)],
          [`${i}.txt`, `${i}`],
        ] as const,
    ).flat();
    const from = new FileServer({ "/s.tar": await makeTar(samples) });
    from.trouble.push("cut");
    const read = await all("https://x.org/s.tar", { fetch: from.fetch });
    expect(read.map(({ captions, image }) => `${captions[0]} ${image.bytes[2999]}`)).toEqual(
      Array.from({ length: 20 }, (_, i) => `${i} ${i}`),
    );
    expect(from.requests.length).toBe(2);
  });

  it("reads no further than is asked for, and stops when it is told to", async () => {
    let taken = 0;
    const tar = await makeTar(
      Array.from(
        { length: 1000 },
        (_, i) =>
          [
            [`${i}.png`, PNG],
            [`${i}.txt`, "x"],
          ] as const,
      ).flat(),
    );
    const files = {
      ...memoryFiles({ "s.tar": tar }),
      async *stream() {
        for (let at = 0; at < tar.length; at += 4096) {
          taken += 4096;
          yield tar.subarray(at, at + 4096);
        }
      },
    };
    for await (const { key } of readWebDataset(files)) if (key === "3") break;
    expect(taken).toBeLessThan(5 * 4 * 512 + 2 * 4096);
    const controller = new AbortController();
    const reading = readWebDataset([new File([tar], "s.tar")], { signal: controller.signal });
    await reading.next();
    controller.abort();
    const rest: string[] = []; // the sample that is read already may come
    const goOn = async () => {
      for await (const { key } of reading) rest.push(key);
    };
    await expect(goOn()).rejects.toMatchObject({ code: "ABORTED" });
    expect(rest.length).toBeLessThan(2);
    await expect(all([new File([tar], "s.tar")], { signal: controller.signal })).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("knows other images by how their names end", async () => {
    const tar = await makeTar([
      ["a.jpg", PNG],
      ["a.seg.png", "mask"],
      ["a.png", "other"],
      ["a.txt", "x"],
    ]);
    expect(await refusal(tar)).toBe(
      'FILE_CORRUPT: the shard: the sample "a" at byte 0 has two images, "a.jpg" and "a.png". Say which is meant: images: ["png"].',
    );
    expect((await all(tar, { images: ["seg.png"] }))[0]!.image.name).toBe("a.seg.png");
  });
});

it("refuses options that it doesn't know, and values that they can't have", async () => {
  const tar = await makeTar([]);
  expect(await refusal(tar, { shuffle: true } as never)).toMatch(/^UNKNOWN_OPTION: readWebDataset has no option "shuffle"/);
  expect(await refusal(tar, { onError: "ignore" as never })).toBe('INVALID_ARGUMENT: onError must be "throw" or "skip", got ignore.');
  expect(await refusal(tar, { defaultSplit: "dev" as never })).toMatch(
    /^INVALID_ARGUMENT: defaultSplit must be one of train, val, test, got "dev"/,
  );
  expect(await refusal(tar, { images: [] })).toMatch(/^INVALID_ARGUMENT: images must list/);
  expect(await refusal(tar, { maxBytes: -1 })).toMatch(/^INVALID_ARGUMENT: maxBytes must be/);
  expect(await refusal(tar, { signal: true as never })).toMatch(/^INVALID_ARGUMENT: signal must be an AbortSignal, got true/);
  expect(await refusal(tar, { onSkip: "log" as never })).toMatch(/^INVALID_ARGUMENT: onSkip must be a function, got log/);
  expect(await refusal(tar, { fetch: 1 as never })).toMatch(/^INVALID_ARGUMENT: fetch must be a function, got 1/);
  expect(await refusal(tar)).toBe(": no error");
});
