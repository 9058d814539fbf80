import { describe, expect, it } from "vitest";
import { fromBase64 } from "../../test/base64";
import { FileServer } from "../../test/file-server";
import { makeTar, through, withHeader } from "../../test/make-tar";
import { makeZip } from "../../test/make-zip";
import { memoryFiles } from "../../test/memory-files";
import { type FilesSource, openFiles } from "../files/open-files";
import fixture from "../fixtures/webdataset.json";
import { readWebDataset, type WebDatasetSample } from "./read-webdataset";
import type { SkippedSample } from "./samples";
import type { WebDatasetOptions } from "./webdataset-options";

async function all(source: FilesSource, options?: WebDatasetOptions): Promise<WebDatasetSample[]> {
  const samples: WebDatasetSample[] = [];
  for await (const sample of readWebDataset(source, options)) samples.push(sample);
  return samples;
}

/** What is read before the error, and the error. */
async function refusal(source: FilesSource, options?: WebDatasetOptions): Promise<string> {
  const keys: string[] = [];
  try {
    for await (const { key } of readWebDataset(source, options)) keys.push(key);
  } catch (error) {
    return `${[...keys, (error as { code: string }).code].join(" ")}: ${(error as Error).message}`;
  }
  return `${keys.join(" ")}: no error`;
}

const shard = (gzip: string) => through(fromBase64(gzip), new DecompressionStream("gzip"));
const PNG = Uint8Array.of(137, 80, 78, 71);

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
    await expect(reading.next().then(() => reading.next())).resolves.toBeDefined(); // what is in memory already may come
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

describe("samples that can't be used", () => {
  const good: [string, string | Uint8Array][] = [
    ["good.png", PNG],
    ["good.txt", "x"],
  ];
  const cases: Record<string, [files: [string, string | Uint8Array][], message: RegExp]> = {
    "without an image": [
      [
        ["b.txt", "x"],
        ["b.npy", ""],
      ],
      /^FILE_CORRUPT: the shard: the sample "b" at byte 0 has no image: it has \.txt, \.npy\.$/,
    ],
    "without caption and class": [[["b.png", PNG]], /the sample "b" at byte 0 has neither a caption \(/],
    "with two files of a kind": [
      [
        ["b.png", PNG],
        ["b.PNG", PNG],
      ],
      /has two files that end in "\.png"/,
    ],
    "with a caption that is a number": [
      [
        ["b.png", PNG],
        ["b.json", '{"caption":5}'],
      ],
      /at byte 0: "caption" in its \.json must be a text or a list of texts, got 5\.$/,
    ],
    "with captions that are no list": [
      [
        ["b.png", PNG],
        ["b.json", '{"captions":"x"}'],
      ],
      /at byte 0: "captions" in its \.json must be a list of texts, got "x"\.$/,
    ],
    "with .json that is none": [
      [
        ["b.png", PNG],
        ["b.json", "{"],
      ],
      /its \.json is not JSON \(/,
    ],
    "with .json that is no object": [
      [
        ["b.png", PNG],
        ["b.json", "[1]"],
      ],
      /its \.json must hold an object, got \[1\]/,
    ],
    "with text that is no UTF-8": [
      [
        ["b.png", PNG],
        ["b.txt", Uint8Array.of(255, 254)],
      ],
      /its \.txt is not text in UTF-8/,
    ],
    "of a class beyond the list": [
      [
        ["b.png", PNG],
        ["b.cls", "2"],
      ],
      /is of class 2; there are 2, counted from 0/,
    ],
    "with a file name that leaves the folder": [
      [
        ["b.png", PNG],
        ["b.json", '{"filename":"../b.png","caption":"x"}'],
      ],
      /at byte 0: record\.filename leaves the image folder with "\.\.", got "\.\.\/b\.png"/,
    ],
    "with a path that leaves the folder": [
      [
        ["../b.png", PNG],
        ["../b.txt", "x"],
      ],
      /the sample "\.\.\/b" at byte 0: record\.filename leaves the image folder/,
    ],
    "with a file that is too large": [
      [
        ["b.png", new Uint8Array(101)],
        ["b.txt", "x"],
      ],
      /^FILE_TOO_LARGE: "b\.png" in the shard has 101 bytes, more than the limit of 100/,
    ],
  };
  for (const [what, [files, message]] of Object.entries(cases)) {
    it(`${what} are errors, or left out and told`, async () => {
      const tar = await makeTar([...files, ...good]);
      const options = { classes: ["park", "lake"], maxBytes: 100 };
      expect(await refusal(tar, options)).toMatch(message);
      const skipped: SkippedSample[] = [];
      const read = await all(tar, { ...options, onError: "skip", onSkip: (problem) => skipped.push(problem) });
      expect(read.map(({ key, record }) => `${key} ${record.imgid}`)).toEqual(["good 0"]);
      const [{ shard: name, offset, key, error }] = skipped as [SkippedSample];
      expect([skipped.length, name, offset, key]).toEqual([1, "the shard", 0, files[0]![0].split(".png")[0]!.split(".txt")[0]]);
      expect(`${(error as Error & { code: string }).code}: ${error.message}`).toMatch(message);
    });
  }

  it("as their files don't lie side by side are errors, or left out", async () => {
    const tar = await makeTar([
      ["a.png", PNG],
      ["a.txt", "x"],
      ["b.png", PNG],
      ["b.txt", "y"],
      ["a.json", "{}"],
    ]);
    expect(await refusal(tar)).toMatch(/^a b FILE_CORRUPT: .* "a" at byte 4096 comes after other samples, and its key was there before/);
    expect((await all(tar, { onError: "skip" })).map(({ key }) => key)).toEqual(["a", "b"]);
  });
});

describe("archives that are damaged", () => {
  const tar = () =>
    makeTar([
      ["a.png", PNG],
      ["a.txt", "x"],
      ["b.png", new Uint8Array(3000)],
      ["b.txt", "y"],
    ]);

  it("are errors with shard and byte, or their rest is left out", async () => {
    const whole = await tar();
    for (const [damaged, message] of [
      [whole.slice(0, 4000), /^a FILE_CORRUPT: the shard ends at byte 4000, within its file "b\.png": it was cut off/],
      [whole.slice(0, 2560 + 100), /^a FILE_CORRUPT: the shard ends at byte 2660/],
      [whole.slice(0, 1700), /^FILE_CORRUPT: the shard ends at byte 1700, within its file "a\.txt"/],
      [whole.slice(0, 600), /^FILE_CORRUPT: the shard ends at byte 600, within its file "a\.png"/],
      [whole.slice(0, 300), /^FILE_CORRUPT: the shard can't be read as a tar archive beyond byte \d+: it was cut off/],
      [whole.slice(0, 2048), /^FILE_CORRUPT: the shard can't be read as a tar archive beyond byte 2048: it was cut off/],
      [whole.slice(0, whole.length - 1024), /^a FILE_CORRUPT: .* beyond byte \d+: it was cut off, or its writer died before it was whole/],
      [new Uint8Array(0), /^FILE_CORRUPT: the shard can't be read as a tar archive beyond byte 0: it was cut off/],
      [new Uint8Array(5000).fill(65), /^FILE_CORRUPT: .* beyond byte 0: it is damaged there \(Invalid tar/],
      [
        Uint8Array.from(whole, (byte, i) => (i === 2049 ? byte + 1 : byte)),
        /^FILE_CORRUPT: .* beyond byte 2048: it is damaged there \(Invalid tar header checksum/,
      ],
      [withHeader(whole, 2048, 124, "7".repeat(11)), /^a FILE_CORRUPT: the shard ends at byte \d+, within its file "b\.png"/],
      [withHeader(whole, 2048, 124, "9".repeat(11)), /^FILE_CORRUPT: .* beyond byte 2048: it is damaged there \(Invalid tar number/],
    ] as const) {
      expect(await refusal(damaged)).toMatch(message);
      const skipped: SkippedSample[] = [];
      const read = await all(damaged, { onError: "skip", onSkip: (problem) => skipped.push(problem) });
      expect(read.every(({ key }) => key === "a")).toBe(true);
      expect(skipped.at(-1)!.key).toBeUndefined();
      expect(skipped.at(-1)!.shard).toBe("the shard");
    }
  });

  it("and compressed are too", async () => {
    const gz = await through(await tar(), new CompressionStream("gzip"));
    expect(await refusal(gz.slice(0, gz.length - 12))).toMatch(/FILE_CORRUPT: the shard is damaged: it can't be unpacked/);
    const garbled = Uint8Array.from(gz);
    garbled.fill(0, 30, 40);
    expect(await refusal(garbled)).toMatch(/FILE_CORRUPT: the shard (is damaged|can't be read)/);
  });

  it("hold no link that is followed", async () => {
    const links = await makeTar([
      ["a.png", "", { type: "symlink", linkname: "/etc/passwd" }],
      ["a.txt", "x"],
      ["b.png", "", { type: "link", linkname: "a.txt" }],
    ]);
    expect(await refusal(links)).toMatch(/the sample "a" at byte 512 has no image: it has \.txt/);
  });
});

it("refuses options that it doesn't know, and values that they can't have", async () => {
  const tar = await makeTar([]);
  expect(await refusal(tar, { shuffle: true } as never)).toMatch(/^UNKNOWN_OPTION: readWebDataset has no option "shuffle"/);
  expect(await refusal(tar, { onError: "ignore" as never })).toBe('INVALID_ARGUMENT: onError must be "throw" or "skip", got "ignore".');
  expect(await refusal(tar, { defaultSplit: "dev" as never })).toMatch(
    /^INVALID_ARGUMENT: defaultSplit must be one of train, val, test, got "dev"/,
  );
  expect(await refusal(tar, { images: [] })).toMatch(/^INVALID_ARGUMENT: images must list/);
  expect(await refusal(tar, { maxBytes: -1 })).toMatch(/^INVALID_ARGUMENT: maxBytes must be/);
  expect(await refusal(tar)).toBe(": no error");
});
