import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { createRandom } from "../create-random";
import { backTranslate, type Translate } from "./back-translate";

const captions = Array.from({ length: 200 }, (_, i) => `caption ${i}`);

/** Writes down the way a text went, and the calls. */
function recorder() {
  const calls: { from: string; to: string; count: number }[] = [];
  const translate: Translate = async (texts, from, to) => {
    calls.push({ from, to, count: texts.length });
    return texts.map((text) => `${text} ${from}>${to}`);
  };
  return { calls, translate };
}

describe("backTranslate", () => {
  it("sends half of the captions through one of the languages and back, each in its place", async () => {
    const { calls, translate } = recorder();
    const result = await backTranslate(captions, { translate, random: createRandom(1) });
    expect(result).toHaveLength(200);
    const changed = result.filter((text, i) => text !== captions[i]);
    expect(changed.length).toBeGreaterThan(75);
    expect(changed.length).toBeLessThan(125);
    result.forEach((text, i) => {
      if (text !== captions[i]) expect(text).toMatch(new RegExp(`^caption ${i} en>(es|fr|it|pt|ro) \\1>en$`));
    });
    expect(new Set(changed.map((text) => text.slice(-5, -3)))).toEqual(new Set(["es", "fr", "it", "pt", "ro"]));
    // two calls a language, one language after the other, as many texts back as there
    expect(calls.map(({ from, to }) => `${from}>${to}`)).toEqual(["es", "fr", "it", "pt", "ro"].flatMap((to) => [`en>${to}`, `${to}>en`]));
    expect(calls.reduce((sum, { count }) => sum + count, 0)).toBe(2 * changed.length);
  });

  it("depends on the seed alone", async () => {
    const run = (seed: number) => backTranslate(captions, { translate: recorder().translate, random: createRandom(seed) });
    expect(await run(3)).toEqual(await run(3));
    expect(await run(3)).not.toEqual(await run(4));
  });

  it("takes other languages and probabilities, and a translator without promises", async () => {
    const random = createRandom(1);
    const all = await backTranslate(["una barca"], {
      translate: (texts, from, to) => texts.map(() => `${from}-${to}`),
      random,
      languages: ["ca"],
      from: "es",
      probability: 1,
    });
    expect(all).toEqual(["ca-es"]);
    const { calls, translate } = recorder();
    expect(await backTranslate(captions, { translate, random, probability: 0 })).toEqual(captions);
    expect(await backTranslate([], { translate, random })).toEqual([]);
    expect(calls).toEqual([]);
    const repeated = await backTranslate(["x"], { translate, random, probability: 1, languages: ["fr", "fr"] });
    expect(repeated).toEqual(["x en>fr fr>en"]);
  });

  it("keeps a caption whose translation is blank", async () => {
    const random = createRandom(1);
    const options = { random, probability: 1, languages: ["fr"] };
    expect(
      await backTranslate(["a", "b"], {
        ...options,
        translate: (texts, _, to) => texts.map((text) => (to === "en" && text === "a" ? " " : text)),
      }),
    ).toEqual(["a", "b"]);
    expect(
      await backTranslate(["a", "b"], {
        ...options,
        translate: (texts, _, to) => texts.map((text) => (to === "fr" && text === "a" ? "" : `${text}!`)),
      }),
    ).toEqual(["a", "b!!"]);
  });

  it("gives the translator its signal, and stops between two calls", async () => {
    const controller = new AbortController();
    const seen: unknown[] = [];
    const translate: Translate = (texts, _, __, signal) => {
      seen.push(signal);
      controller.abort("enough");
      return texts;
    };
    await expect(backTranslate(captions, { translate, random: createRandom(1), signal: controller.signal })).rejects.toThrow(
      refusal("ABORTED", /./, { cause: "enough" }),
    );
    expect(seen).toEqual([controller.signal]);
  });

  it("stops at once, though the translator never answers", async () => {
    const controller = new AbortController();
    const translate = () => new Promise<never>(() => undefined);
    const run = backTranslate(captions, { translate, random: createRandom(1), signal: controller.signal });
    controller.abort("enough");
    await expect(run).rejects.toMatchObject({ code: "ABORTED", cause: "enough" });
  });

  it("lets through what the translator throws", async () => {
    const failure = new Error("no model");
    await expect(backTranslate(captions, { translate: () => Promise.reject(failure), random: createRandom(1) })).rejects.toBe(failure);
  });
});

describe("backTranslate refuses", () => {
  const good = { translate: recorder().translate, random: createRandom(1), probability: 1, languages: ["fr"] };
  it.each<[string, unknown, unknown, string, RegExp]>([
    [
      "too few",
      ["a", "b"],
      { ...good, translate: () => ["x"] },
      "INVALID_ARGUMENT",
      /translate must give a text for each of 2, got 1 \(en to fr\)/,
    ],
    ["too many", ["a"], { ...good, translate: () => ["x", "y"] }, "INVALID_ARGUMENT", /a text for each of 1, got 2/],
    ["one text", ["abc"], { ...good, translate: () => "abc" }, "INVALID_ARGUMENT", /a text for each of 1, got abc/],
    ["nothing", ["a"], { ...good, translate: () => undefined }, "INVALID_ARGUMENT", /for each of 1, got undefined/],
    [
      "objects",
      ["a"],
      { ...good, translate: () => [{ translation_text: "x" }] },
      "INVALID_ARGUMENT",
      /must give texts, got \[object Object\] for number 0 \(en to fr\)/,
    ],
    [
      "nulls on the way back",
      ["a"],
      { ...good, translate: (texts: string[], from: string) => (from === "fr" ? [null] : texts) },
      "INVALID_ARGUMENT",
      /must give texts, got null for number 0 \(fr to en\)/,
    ],
    ["no translator", ["a"], { ...good, translate: undefined }, "INVALID_ARGUMENT", /translate must be a function, got undefined/],
    ["no generator", ["a"], { ...good, random: undefined }, "INVALID_ARGUMENT", /random must be what createRandom\(seed\) gives/],
    ["no options", ["a"], undefined, "INVALID_ARGUMENT", /translate must be a function/],
    ["no languages", ["a"], { ...good, languages: [] }, "INVALID_ARGUMENT", /languages must be at least one/],
    ["its own language", ["a"], { ...good, languages: ["fr", "en"] }, "INVALID_ARGUMENT", /none the captions' own "en", got \[fr, en\]/],
    ["a language that is no text", ["a"], { ...good, languages: [1] }, "INVALID_ARGUMENT", /languages\[0\] must be a text, got 1/],
    ["from", ["a"], { ...good, from: 1 }, "INVALID_ARGUMENT", /from must be a language/],
    ["a probability", ["a"], { ...good, probability: -1 }, "INVALID_ARGUMENT", /probability must be/],
    ["an unknown option", ["a"], { ...good, language: "fr" }, "UNKNOWN_OPTION", /backTranslate has no option "language"/],
    ["one caption", "a", good, "INVALID_ARGUMENT", /captions must be a list of texts, got a/],
    ["a number", ["a", 3], good, "INVALID_ARGUMENT", /captions\[1\] must be a text, got 3/],
  ])("%s", async (_, given, options, code, message) => {
    await expect(backTranslate(given as never, options as never)).rejects.toThrow(refusal(code, message));
  });
});
