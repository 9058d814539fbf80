import { describe, expect, it } from "vitest";
import { makeTar, through, withHeader } from "../../test/make-tar";
import { memoryFiles } from "../../test/memory-files";
import { all, PNG, refusal } from "../../test/read-shards";
import type { FileStore } from "../files/file-store";
import { verify } from "../verify/verify";
import type { SkippedSample } from "./samples";
import { webDataset } from "./web-dataset";

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
      /its \.json is not JSON in UTF-8 \(/,
    ],
    "with a key twice in its .json": [
      [
        ["b.png", PNG],
        ["b.json", '{"caption":"x","caption":"y"}'],
      ],
      /its \.json has the key "caption" a second time/,
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
      [
        whole.slice(0, whole.length - 1024),
        /^a FILE_CORRUPT: .* beyond byte \d+: it was cut off, or its writer died before it was whole .*\. Fetch it again\.$/,
      ],
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

it("samples that webDataset left out are in the set's skipped, for verify to count", async () => {
  const tar = await makeTar([
    ["a.png", PNG],
    ["a.txt", "a lake"],
    ["b.png", PNG],
  ]);
  const set = await webDataset([new File([tar as Uint8Array<ArrayBuffer>], "s.tar")], { onError: "skip" });
  expect(set.images).toHaveLength(1);
  const message = expect.stringMatching(/the sample "b" at byte 2048 has neither a caption/);
  expect(set.skipped).toEqual([{ where: "s.tar: byte 2048", message }]);
  const report = await verify(set, { images: false });
  expect(report.problems).toEqual([{ kind: "left out of the annotation", severity: "error", count: 1, examples: [message] }]);
  expect(report.exitCode).toBe(1);
});

it.each(["names", "read", "stream"])("a signal ends the reading at once, though a store's %s never answers", async (name) => {
  const never = () => new Promise<never>(() => undefined);
  const stream: FileStore["stream"] = async function* (_, { start, end } = {}) {
    yield new Uint8Array(512).subarray(start, end);
    await never();
  };
  const whole = memoryFiles({ "s.tar": "" });
  const files = name === "stream" ? { ...whole, stream } : { ...whole, [name]: never };
  for (const read of name === "read" ? [all] : [all, webDataset]) {
    const controller = new AbortController();
    setTimeout(() => controller.abort("enough"), 20);
    await expect(read(files, { signal: controller.signal })).rejects.toMatchObject({ code: "ABORTED", cause: "enough" });
  }
});
