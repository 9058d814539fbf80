import { describe, expect, it } from "vitest";
import { clipScoreOfEmbeddings, refClipScoreOfEmbeddings } from "./clip-embeddings";
import { clipScore } from "./clip-score";
import { fense } from "./fense";
import { refClipScore } from "./ref-clip-score";
import { sbertSim } from "./sbert-sim";
import { spider } from "./spider";
import { spiderFl } from "./spider-fl";
import { spiderMax } from "./spider-max";
import { spiderOf } from "./spider-of";

/** Anything, where a type says what is right. */
const wrong = (value: unknown) => value as never;
const refuses = async (run: () => unknown, code: string, message: string) =>
  await expect((async () => run())()).rejects.toMatchObject({ code, message: expect.stringContaining(message) });

const embed = (texts: readonly unknown[]) => texts.map(() => [1, 0]);
const fluencyErrors = (texts: readonly string[]) => texts.map(() => 0);
const metric = (texts: readonly string[]) => ({ perImage: texts.map(() => 1) });
const models = {
  sbertSim: (candidates: unknown, references: unknown, more: object = {}) =>
    sbertSim(wrong(candidates), wrong(references), { embed, ...more }),
  fense: (candidates: unknown, references: unknown, more: object = {}) =>
    fense(wrong(candidates), wrong(references), { embed, fluencyErrors, ...more }),
  spider: (candidates: unknown, references: unknown, more: object = {}) =>
    spider(wrong(candidates), wrong(references), { ciderD: metric, spice: metric, ...more }),
  spiderFl: (candidates: unknown, references: unknown, more: object = {}) =>
    spiderFl(wrong(candidates), wrong(references), { ciderD: metric, spice: metric, fluencyErrors, ...more }),
  refClipScore: (candidates: unknown, references: unknown, more: object = {}) =>
    refClipScore(wrong(candidates), wrong(references), wrong(candidates), { embedImages: embed, embedTexts: embed, ...more }),
  clipScore: (candidates: unknown, _references: unknown, more: object = {}) =>
    clipScore(wrong(candidates), wrong(candidates), { embedImages: embed, embedTexts: embed, ...more }),
};
const all = Object.entries(models);
const withReferences = all.filter(([name]) => name !== "clipScore");
const withBatches = all.filter(([name]) => name !== "spider");

describe("captions that are none", () => {
  it.each(all)("%s refuses candidates", async (_name, run) => {
    await refuses(() => run([], []), "EMPTY_DATA", "candidates is empty: give at least one caption.");
    await refuses(() => run("a", [["a"]]), "INVALID_ARGUMENT", "candidates must be an array of strings, got string.");
    await refuses(() => run(["a", 3], [["a"], ["a"]]), "INVALID_ARGUMENT", "candidates[1] must be a string, got number.");
  });

  it.each(withReferences)("%s refuses references", async (_name, run) => {
    await refuses(() => run(["a"], ["a"]), "INVALID_ARGUMENT", "references[0] must be an array of strings, got string.");
    await refuses(() => run(["a"], [[]]), "EMPTY_DATA", "references[0] is empty: give at least one caption.");
    await refuses(() => run(["a"], [["a"], ["b"]]), "SHAPE_MISMATCH", "got 1 candidates and the references of 2 images.");
    await refuses(() => run(["a"], null), "INVALID_ARGUMENT", "references must be an array with a list of captions an image.");
  });

  it("spiderMax refuses both", async () => {
    const run = (candidates: unknown, references: unknown, more: object = {}) =>
      spiderMax(wrong(candidates), wrong(references), { ciderD: metric, spice: metric, ...more });
    await refuses(() => run([], []), "EMPTY_DATA", "candidates is empty");
    await refuses(() => run([[]], [["a"]]), "EMPTY_DATA", "candidates[0] is empty");
    await refuses(() => run(["a"], [["a"]]), "INVALID_ARGUMENT", "candidates[0] must be an array of strings, got string.");
    await refuses(() => run([["a"]], [["a"], ["b"]]), "SHAPE_MISMATCH", "got those of 1 images and the references of 2.");
    await refuses(
      () => run([["a"]], [["a"]], { spice: null }),
      "INVALID_ARGUMENT",
      "spice must be a function of candidates and references, got null.",
    );
    await refuses(() => run([["a"]], [["a"]], { max: 1 }), "UNKNOWN_OPTION", 'spiderMax has no option "max".');
    const short = () => ({ perImage: [1] });
    const two = [["a", "b"]];
    await refuses(
      () => run(two, [["a"]], { spice: short }),
      "SHAPE_MISMATCH",
      "spice must give { perImage } with a score for each of 2 images, got 1.",
    );
    await refuses(
      () => run([["a"], ["b"]], [["a"], ["a"]], { ciderD: short }),
      "SHAPE_MISMATCH",
      "ciderD must give { perImage } with a score for each of 2",
    );
  });
});

describe("options that are none", () => {
  it.each(all)("%s refuses them", async (name, run) => {
    await refuses(() => run(["a"], [["a"]], { model: "x" }), "UNKNOWN_OPTION", `${name} has no option "model".`);
  });

  it.each(withBatches)("%s refuses how a model is called", async (_name, run) => {
    for (const batchSize of [0, 1.5, Number.NaN, "2"]) {
      await refuses(() => run(["a"], [["a"]], { batchSize }), "INVALID_ARGUMENT", "batchSize must be a whole number at least 1, got");
    }
    await refuses(() => run(["a"], [["a"]], { onProgress: 3 }), "INVALID_ARGUMENT", "onProgress must be a function, got 3.");
    await refuses(() => run(["a"], [["a"]], { signal: {} }), "INVALID_ARGUMENT", "signal must be an AbortSignal, got [object Object].");
  });

  it("no options at all", async () => {
    await refuses(
      () => sbertSim(["a"], [["a"]], wrong(undefined)),
      "INVALID_ARGUMENT",
      "embed must be a function that gives an embedding an item, got undefined.",
    );
    await refuses(() => fense(["a"], [["a"]], wrong(undefined)), "INVALID_ARGUMENT", "fluencyErrors must be a function");
    await refuses(() => clipScore(["a"], ["b"], wrong(undefined)), "INVALID_ARGUMENT", "embedTexts must be a function");
    await refuses(() => spider(["a"], [["a"]]), "INVALID_ARGUMENT", "CIDEr-D needs two images or more");
    await refuses(() => spider(["a"], [["a"]], wrong(null)), "INVALID_ARGUMENT", "spider's options must be an object");
    await refuses(
      () => clipScoreOfEmbeddings([1], [1], wrong(undefined)),
      "INVALID_ARGUMENT",
      "dim must be a whole number at least 1, got undefined.",
    );
    await refuses(() => spiderOf(wrong(undefined)), "INVALID_ARGUMENT", "ciderD must be an array with a score an image, got undefined.");
  });

  it("values out of range", async () => {
    for (const [name, value] of [
      ["threshold", 1.1],
      ["threshold", Number.NaN],
      ["penalty", -0.1],
      ["penalty", "1"],
    ] as const) {
      await refuses(
        () => models.fense(["a"], [["a"]], { [name]: value }),
        "INVALID_ARGUMENT",
        `${name} must be a finite number at least 0 and at most 1`,
      );
      await refuses(
        () => models.spiderFl(["a"], [["a"]], { [name]: value }),
        "INVALID_ARGUMENT",
        `${name} must be a finite number at least 0 and at most 1`,
      );
    }
    for (const weight of [0, -1, Number.POSITIVE_INFINITY]) {
      await refuses(() => models.clipScore(["a"], [], { weight }), "INVALID_ARGUMENT", "weight must be a finite number");
      await refuses(() => clipScoreOfEmbeddings([1], [1], { dim: 1, weight }), "INVALID_ARGUMENT", "weight must be a finite number");
    }
    await refuses(() => models.clipScore(["a"], [], { prefix: 3 }), "INVALID_ARGUMENT", "prefix must be a text");
  });
});

describe("encoders that give something else", () => {
  it.each([
    [null, "INVALID_ARGUMENT", "embed must give an array or typed array of embeddings, got null."],
    ["ab", "INVALID_ARGUMENT", "embed must give an array or typed array of embeddings, got ab."],
    [[[1]], "SHAPE_MISMATCH", "embed must give an embedding for each of 2, got 1."],
    [[[1], 2], "INVALID_ARGUMENT", "embed must give an array of numbers an item, got 2 for item 1 of a batch."],
    [[[1], [1, 2]], "SHAPE_MISMATCH", "embed must give embeddings of one width, got 2 values after 1."],
    [[[], []], "SHAPE_MISMATCH", "embed must give embeddings of at least one value, got none."],
    [[], "SHAPE_MISMATCH", "embed must give embeddings of at least one value, got none."],
    [[1, 2, 3], "SHAPE_MISMATCH", "got 3 values."],
    [new Float32Array(3), "SHAPE_MISMATCH", "got 3 values."],
    [[[1], [Number.NaN]], "NOT_A_NUMBER", "What embed gives must be finite, got NaN in row 0."],
    [new Float32Array([1, Number.POSITIVE_INFINITY]), "NOT_A_NUMBER", "What embed gives must be finite, got Infinity in row 1."],
    [["1", "2"], "NOT_A_NUMBER", "What embed gives must be finite, got 1 in row 0."],
  ])("%j", async (given, code, message) => {
    await refuses(() => sbertSim(["a"], [["b"]], { embed: () => wrong(given) }), code, message);
  });

  it("one width in one batch and another in the next", async () => {
    const uneven = (texts: readonly string[]) => texts.map((text) => (text === "a" ? [1] : [1, 2]));
    await refuses(() => sbertSim(["a"], [["b"]], { embed: uneven, batchSize: 1 }), "SHAPE_MISMATCH", "got 2 values after 1.");
  });

  it("images and texts of different widths or numbers", async () => {
    const options = { embedImages: (images: readonly string[]) => images.map(() => [1, 2, 3]), embedTexts: embed };
    await refuses(() => clipScore(["a"], ["b"], options), "SHAPE_MISMATCH", "got 3 and 2. Are both encoders of one model?");
    await refuses(() => clipScore(["a"], ["b", "c"], options), "SHAPE_MISMATCH", "got 1 candidates and 2 images.");
    await refuses(() => clipScore(["a"], wrong("b"), options), "INVALID_ARGUMENT", "images must be an array of images, got b.");
    await refuses(
      () => clipScore(["a"], ["b"], { ...options, embedImages: wrong(3) }),
      "INVALID_ARGUMENT",
      "embedImages must be a function",
    );
  });

  it("probabilities that are none", async () => {
    for (const run of [models.fense, models.spiderFl]) {
      const given = (value: unknown) => run(["a"], [["b"]], { fluencyErrors: () => value });
      await refuses(() => given([]), "SHAPE_MISMATCH", "What fluencyErrors gives must be a probability for each of 1 captions, got 0.");
      await refuses(() => given(0.5), "SHAPE_MISMATCH", "must be a probability for each of 1 captions, got 0.5.");
      for (const value of [-0.1, 1.1, Number.NaN, "0.5"]) {
        await refuses(() => given([value]), "INVALID_ARGUMENT", `must be from 0 to 1, got ${value} for caption 0.`);
      }
    }
  });
});

describe("scores and embeddings that are none", () => {
  it("spiderOf refuses rows of different lengths, empty ones and what is no number", async () => {
    await refuses(() => spiderOf({ ciderD: [1], spice: [1, 2] }), "SHAPE_MISMATCH", "got 1 of CIDEr-D and 2 of SPICE.");
    await refuses(() => spiderOf({ ciderD: [], spice: [] }), "EMPTY_DATA", "ciderD is empty");
    await refuses(
      () => spiderOf({ ciderD: [1], spice: [Number.NaN] }),
      "NOT_A_NUMBER",
      "spice must be finite numbers, got NaN for image 0.",
    );
    await refuses(
      () => spiderOf(wrong({ ciderD: [1], spice: "1" })),
      "INVALID_ARGUMENT",
      "spice must be an array with a score an image, got 1.",
    );
    await refuses(() => spiderOf(wrong({ ciderD: [1], spice: [1], cider: 1 })), "UNKNOWN_OPTION", 'has no option "cider".');
  });

  it("spider refuses what its metrics give", async () => {
    const options = { ciderD: metric, spice: () => wrong(undefined) };
    await refuses(
      () => spider(["a"], [["b"]], options),
      "SHAPE_MISMATCH",
      "spice must give { perImage } with a score for each of 1 images, got undefined.",
    );
    const nan = () => ({ perImage: [Number.NaN] });
    await refuses(
      () => spider(["a"], [["b"]], { ...options, ciderD: metric, spice: nan }),
      "NOT_A_NUMBER",
      "spice must be finite numbers, got NaN",
    );
  });

  it("clipScoreOfEmbeddings and refClipScoreOfEmbeddings refuse rows and owners that do not fit", async () => {
    const run = (candidates: unknown, images: unknown, dim = 2) => clipScoreOfEmbeddings(wrong(candidates), wrong(images), { dim });
    await refuses(() => run([1, 2], [1, 2, 3, 4]), "SHAPE_MISMATCH", "got 1 candidates and 2 images.");
    await refuses(() => run([1, 2, 3], [1, 2]), "SHAPE_MISMATCH", "candidates must be rows of 2 values, got 3 values.");
    await refuses(() => run([], [1, 2]), "EMPTY_DATA", "candidates is empty");
    await refuses(() => run([1, 2], "12"), "INVALID_ARGUMENT", "images must be an array or typed array of numbers");
    await refuses(() => run([1, Number.NaN], [1, 2]), "NOT_A_NUMBER", "candidates must be finite, got NaN in row 0.");
    await refuses(() => run([1, 2], [1, 2], 0), "INVALID_ARGUMENT", "dim must be a whole number at least 1, got 0.");
    const withOwners = (owner: unknown) => refClipScoreOfEmbeddings([1, 2, 3, 4], [1, 2, 3, 4], wrong(owner), [1, 2, 3, 4], { dim: 2 });
    await refuses(() => withOwners([0]), "SHAPE_MISMATCH", "referenceOwner must hold the image of each of the 2 references, got 1 owners.");
    await refuses(() => withOwners(null), "SHAPE_MISMATCH", "got null.");
    await refuses(() => withOwners([0, 2]), "INVALID_ARGUMENT", "referenceOwner[1] must be a row from 0 to 1, got 2.");
    await refuses(() => withOwners([1, 1]), "INVALID_ARGUMENT", "Image 0 has no reference: leave it out or give it one.");
  });
});
