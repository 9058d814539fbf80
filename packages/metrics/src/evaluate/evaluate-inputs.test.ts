import { describe, expect, it } from "vitest";
import { exactly, refusal } from "../../../../test/refusal";
import { fense } from "../fense";
import { createMeteor } from "../meteor/create-meteor";
import { meteor } from "../meteor/meteor";
import { createSpice } from "../spice/spice";
import { evaluate } from "./evaluate";

const error = (message: string) => refusal("INVALID_ARGUMENT", exactly(message));
const candidates = ["a lake ."];
const references = [["a lake ."]];

describe("an option of another kind", () => {
  it.each([
    [{ paraphrases: {} }, "paraphrases must be what loadParaphrases resolves to, got an object of nothing."],
    [{ paraphrases: "paraphrase-en.gz" }, "paraphrases must be what loadParaphrases resolves to, got paraphrase-en.gz."],
    [{ paraphrases: null }, "paraphrases must be what loadParaphrases resolves to, got null."],
    [
      { wordnet: { synsets: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7 } },
      "wordnet must be what loadWordNet resolves to, got an object of synsets, b, c, d, e.",
    ],
    [{ wordnet: null }, "wordnet must be what loadWordNet resolves to, got null."],
    [{ embed: null }, "embed must be a function that gives an embedding an item, got null."],
    [{ fluencyErrors: 5 }, "fluencyErrors must be a function that gives each caption's probability of an error, got 5."],
    [{ embedImages: { embedImages: 1 } }, "embedImages must be a function that gives an embedding an item, got an object of embedImages."],
    [{ embedTexts: "bert" }, "embedTexts must be a function that gives an embedding an item, got bert."],
    [{ images: { length: 1 } }, "images must be an array of images, got an object of length."],
    [{ images: null }, "images must be an array of images, got null."],
    [{ batchSize: 0 }, "batchSize must be a whole number at least 1, got 0."],
    [{ average: 10n }, 'average must be "image" or "corpus", got 10.'],
    [{ average: null }, 'average must be "image" or "corpus", got null.'],
    [{ metrics: null }, "metrics must be a list of names, got null."],
  ])("is refused by evaluate, whether a metric needs it or not: %o", async (options, message) => {
    await expect(evaluate(candidates, references, { metrics: ["bleu"], ...options } as never)).rejects.toThrow(error(message));
  });

  it("is refused by METEOR, whose score would be another without its table", async () => {
    for (const paraphrases of ["", false, null, 0]) {
      await expect(meteor(candidates, references, { paraphrases: paraphrases as never })).rejects.toThrow(
        error(`paraphrases must be what loadParaphrases resolves to, got ${paraphrases}.`),
      );
    }
    await expect(meteor(candidates, references, { wordnet: null as never })).rejects.toThrow(
      error("wordnet must be what loadWordNet resolves to, got null."),
    );
  });

  it("is named where all are missing", () => {
    const none = error("wordnet must be what loadWordNet resolves to, got undefined.");
    expect(() => createMeteor(undefined as never)).toThrow(none);
    expect(() => createSpice(undefined as never)).toThrow(none);
  });
});

it("evaluate scores what it was given, whatever becomes of it meanwhile", async () => {
  const given = {
    candidates: ["a lake near a road .", "two planes ."],
    references: [["a lake ."], ["a road ."]],
    images: [1, 2],
  };
  const embed = (texts: readonly string[]) => texts.map((text) => [text.length, 1]);
  const embedImages = (images: readonly number[]) => images.map((image) => [image, 1]);
  const options = () => ({
    metrics: ["sbertSim" as const, "clipScore" as const, "meteor" as const, "bleu" as const, "fense" as const],
    ...{ embed, embedTexts: embed, embedImages, images: given.images },
    fluencyErrors: (texts: readonly string[]) => texts.map(({ length }) => (length > 15 ? 1 : 0)),
  });
  const expected = await evaluate(given.candidates, given.references, options());
  const changed = options();
  const running = evaluate(given.candidates, given.references, changed);
  given.candidates.fill("x");
  given.references[0]![0] = "y";
  given.references.pop();
  given.images.reverse();
  changed.metrics.length = 1;
  changed.fluencyErrors = () => [0, 0];
  const { scores, perImage } = await running;
  expect({ scores, perImage }).toEqual({ scores: expected.scores, perImage: expected.perImage });
});

it("fense refuses a number in place of a model", async () => {
  const embed = (texts: readonly string[]) => texts.map(() => [1]);
  await expect(fense(candidates, references, { embed, fluencyErrors: 5 as never })).rejects.toThrow(
    error("fluencyErrors must be a function that gives each caption's probability of an error, got 5."),
  );
});
