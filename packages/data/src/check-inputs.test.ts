import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { memoryFiles } from "../test/memory-files";
import * as data from "./index";

/** What is thrown, or rejected with. */
const problem = async (work: () => unknown) => {
  try {
    await work();
  } catch (error) {
    return error;
  }
  return "nothing";
};

const FUNCTIONS = {
  stringifyKarpathy: data.stringifyKarpathy,
  stringifyNwpu: data.stringifyNwpu,
  stringifyCaptionsCsv: data.stringifyCaptionsCsv,
  stringifyCaptionsJsonLines: data.stringifyCaptionsJsonLines,
  stringifyS2lcdXml: data.stringifyS2lcdXml,
  checkDataset: data.checkDataset,
  describe: data.describe,
  verify: (set: never) => data.verify(Object.assign({ files: memoryFiles({}) }, set)),
  randomSplit: (set: never) => data.randomSplit(set, { seed: 1 }),
  subsetDataset: (set: never) => data.subsetDataset(set, { count: 1, seed: 1 }),
};

describe.each(Object.entries(FUNCTIONS))("%s", (name, work) => {
  it.each([undefined, null, 5, {}, { images: 5 }])("refuses %j for a data set", async (set) => {
    expect(await problem(() => work(set as never))).toEqual(refusal("INVALID_ARGUMENT", new RegExp(name)));
  });

  it("refuses images that are none, naming the first", async () => {
    const good = { filename: "x/a.png", imgid: 0, split: "test", label: "x", sentences: [{ raw: "one" }] };
    for (const wrong of [null, 5, {}, { ...good, sentences: undefined }, { ...good, sentences: [null] }]) {
      const set = { dataset: "d", images: [good, wrong] };
      expect(await problem(() => work(set as never))).toEqual(refusal("INVALID_ARGUMENT", new RegExp(`^${name}: images\\[1\\]`)));
    }
  });
});

const parsers = {
  parseCaptionsCsv: data.parseCaptionsCsv,
  parseCaptionsJsonLines: data.parseCaptionsJsonLines,
  parseS2lcdXml: data.parseS2lcdXml,
};

it.each(Object.entries(parsers))("%s refuses what is no text", async (name, parse) => {
  for (const text of [5, null, undefined, {}, Uint8Array.of(65)]) {
    expect(await problem(() => parse(text as never, "here"))).toEqual(
      refusal("INVALID_ARGUMENT", new RegExp(`^${name} takes the file's text, got`)),
    );
  }
});

const files = memoryFiles({ "Forest/1.jpg": "", "a.csv": "filename,caption\nForest/1.jpg,one\n" });
const set = { dataset: "d", images: [], files };
const CALLS: [message: RegExp, work: () => unknown][] = [
  [/^images must be a folder's name among the files, got 5/, () => data.eurosatRgb(files, { images: 5 } as never)],
  [/^randomSplit's options must be an object/, () => data.eurosatRgb(files, { split: null } as never)],
  [/^subsetDataset's options must be an object/, () => data.eurosatRgb(files, { subset: null } as never)],
  [/^subsetDataset's options must be an object/, () => data.captionsCsv(files, { subset: null } as never)],
  [/^openClasses takes a declaration \(AID\) or the name/, () => data.openClasses(files, undefined as never)],
  [/^onSkip must be a function, got 5/, () => data.eurosatRgb(files, { onSkip: 5 } as never)],
  [/^onSkip must be a function, got 5/, () => data.captionsCsv(files, { onSkip: 5 } as never)],
  [/^onSkip must be a function, got 5/, () => data.parseKarpathy({}, "here", { onSkip: 5 } as never)],
  [/^signal must be an AbortSignal.*got \[object Object\]/, () => data.eurosatRgb(files, { signal: {} } as never)],
  [/^signal must be an AbortSignal/, () => data.openFiles(files, { signal: { aborted: false, addEventListener() {} } } as never)],
  [/^signal must be an AbortSignal/, () => data.openSentinel2(new Uint8Array(3), { signal: {} } as never)],
  [/^signal must be an AbortSignal/, async () => (await data.openFiles([new File([], "a")])).read("a", { signal: 5 } as never)],
  [/^signal must be an AbortSignal.*got 5/, () => data.captionsCsv(files, { signal: 5 } as never)],
  [/^signal must be an AbortSignal.*got null/, () => data.openFiles(files, { signal: null } as never)],
  [/^fetch must be a function, got 5/, () => data.openFiles(files, { fetch: 5 } as never)],
  [/^decode must be a function, got 5/, () => data.verify(set, { decode: 5 } as never)],
  [/^onProgress must be a function, got 5/, () => data.verify(set, { onProgress: 5 } as never)],
  [/^signal must be an AbortSignal/, () => data.verify(set, { signal: {} } as never)],
  [/^A subset is told by count or by fraction, got neither/, () => data.subsetDataset(set, undefined as never)],
  [
    /^random must be what createRandom\(seed\) gives, got null/,
    () => data.replaceSynonyms("a", null as never, { dictionary: { synonyms: () => [] } }),
  ],
];

it.each(CALLS)("refuses an argument: %s", async (message, work) => {
  expect(await problem(work)).toEqual(refusal("INVALID_ARGUMENT", message));
});
