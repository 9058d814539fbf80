import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { classPrompts } from "./class-prompts";
import { embedClasses } from "./embed-classes";
import { PROMPT_TEMPLATES } from "./prompt-templates";

/** An embedding that depends on the text's letters alone. */
const letters = async (texts: readonly string[]) =>
  Float32Array.from(texts.flatMap((text) => [text.length, (text.match(/a/g) ?? []).length, 1]));

describe("classPrompts", () => {
  it("goes through the templates for each class", () => {
    expect(classPrompts(["beach", "dense forest"], ["a {class}.", "{class} and {class}"])).toEqual([
      "a beach.",
      "beach and beach",
      "a dense forest.",
      "dense forest and dense forest",
    ]);
  });

  it("puts a name in as it is", () => {
    expect(classPrompts(["$& {class}"], ["a {class}"])).toEqual(["a $& {class}"]);
  });

  it.each([
    [[], ["{class}"], "EMPTY_DATA", "classes is empty"],
    [["a"], [], "EMPTY_DATA", "templates is empty"],
    [["a", " "], ["{class}"], "INVALID_ARGUMENT", "classes[1] must be a class's name"],
    [["a"], ["{class}", "photo"], "INVALID_ARGUMENT", 'templates[1] needs "{class}"'],
    ["beach", ["{class}"], "INVALID_ARGUMENT", "classes must be an array"],
    [["a"], "{class}", "INVALID_ARGUMENT", "templates must be an array"],
  ])("refuses %j with %j", (classes, templates, code, message) => {
    expect(() => classPrompts(classes as string[], templates as string[])).toThrow(refusal(code, expect.stringContaining(message)));
  });

  it("has the templates of the papers, each with one place for the class", () => {
    const all = Object.values(PROMPT_TEMPLATES).flat();
    expect(all.every((template) => template.split("{class}").length === 2)).toBe(true);
    expect(new Set(all).size).toBe(all.length);
    expect(PROMPT_TEMPLATES.rsdix).toEqual(["Aerial photograph of {class}"]); // as RSDiX's scores are published with, without a full stop
    expect(PROMPT_TEMPLATES.clip).toContain("aerial view of the {class}.");
    expect(PROMPT_TEMPLATES.clipEurosat[1]).toBe("a centered satellite photo of a {class}.");
  });
});

describe("embedClasses", () => {
  it("averages directions, not lengths", async () => {
    const axes = async () => Float32Array.of(100, 0, 0, 0.5);
    const [x, y] = await embedClasses(["beach"], axes, { templates: ["{class}", "a {class}"] });
    expect(x).toBeCloseTo(Math.SQRT1_2, 6);
    expect(y).toBeCloseTo(Math.SQRT1_2, 6);
  });

  it("uses RSDiX's prompt unless told otherwise", async () => {
    const texts: string[] = [];
    const rows = await embedClasses(["sea"], async (prompts) => {
      texts.push(...prompts);
      return letters(prompts);
    });
    expect(texts).toEqual(["Aerial photograph of sea"]);
    expect(Math.hypot(...rows)).toBeCloseTo(1, 6);
  });

  it("gives a row a class, whatever the other classes are", async () => {
    const two = await embedClasses(["sea", "dam"], letters, { templates: PROMPT_TEMPLATES.clip });
    const one = await embedClasses(["dam"], letters, { templates: PROMPT_TEMPLATES.clip });
    expect(two.slice(3)).toEqual(one);
  });

  it.each([
    ["too few rows", async () => new Float32Array(3), "SHAPE_MISMATCH", "each of 2 prompts, got 3 numbers"],
    ["no rows", async () => new Float32Array(0), "SHAPE_MISMATCH", "got 0 numbers"],
    ["another type", async () => [[1], [2]], "SHAPE_MISMATCH", "must give a Float32Array"],
    ["a zero", async () => Float32Array.of(1, 0, 0, 0), "NOT_A_NUMBER", 'the prompt "the dam" has the length 0'],
    ["opposites", async () => Float32Array.of(1, 0, -1, 0), "NOT_A_NUMBER", 'the class "dam"'],
    ["not a number", async () => Float32Array.of(Number.NaN, 0, 1, 0), "NOT_A_NUMBER", "NaN"],
    ["no function", "clip", "INVALID_ARGUMENT", "embed must be a function"],
  ])("refuses %s", async (_, embed, code, message) => {
    const run = embedClasses(["dam"], embed as typeof letters, { templates: ["a {class}", "the {class}"] });
    await expect(run).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });
});
