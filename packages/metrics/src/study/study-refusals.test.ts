import { createRandom } from "@rsdix/internal";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import type { WordNet } from "../wordnet/wordnet";
import type { PerturbedCaption } from "./captions";
import { deleteWords, repeatWords, shuffleWords } from "./disorder";
import { holm } from "./holm";
import { checkStudyOptions, type MetricStudyOptions, metricStudy } from "./metric-study";
import { replaceSynonyms } from "./replace-synonyms";
import { loadStudyFigure } from "./study-figure";
import type { StudyMetric } from "./study-metrics";
import type { Perturbation } from "./study-perturbations";
import { studyCaptionsTsv, studyJson, studyTsv } from "./study-text";
import { swapColour } from "./swap-colour";
import { swapNumber } from "./swap-number";
import { objectsOf, swapObject } from "./swap-object";
import { swapRelation } from "./swap-relation";
import { tagByWordNet } from "./tag-words";

const CAPTIONS = [["a red car .", "two cars ."], ["a green lake ."]];
const wordnet = {
  baseForms: (word: string) => [word],
  synsets: () => Int32Array.of(1),
  lemmas: () => ["baseball_field"],
} as unknown as WordNet;
const given = (scores: unknown): StudyMetric => ({ name: "mine", score: () => scores as number[] });
const changes = (...list: unknown[]): Perturbation => ({
  ...{ name: "mine", keepsMeaning: false },
  perturb: (caption) => ({ caption, changes: list as never }),
});
const study = (options: object) =>
  metricStudy(CAPTIONS, { resamples: 100, perturbations: ["colour"], ...options } as object as MetricStudyOptions);

describe("a study", () => {
  it("is refused without options", async () => {
    await expect(metricStudy(CAPTIONS, undefined as never)).rejects.toEqual(refusal("INVALID_ARGUMENT", "^metrics must be a list"));
  });

  it.each<[object, string]>([
    [{ metrics: ["bleu"], tag: 5 }, "^tag must be a function that gives each word's part of speech, got 5"],
    [{ metrics: ["bleu"], tag: null }, "^tag must be a function"],
    [{ metrics: ["bleu"], wordnet: null }, "^wordnet must be what loadWordNet resolves to, got null"],
    [{ metrics: ["bleu"], reference: "no" }, "^reference must be true or false, got no"],
    [{ metrics: ["bleu"], reference: null }, "^reference must be true or false, got null"],
    [{ metrics: ["bleu"], synonyms: null }, "^metricStudy's synonyms must be an object of protectedWords, .* got null"],
    [{ metrics: ["bleu"], synonyms: { protectedWords: "lake" } }, "^protectedWords must be a list of words and phrases, got lake"],
    [{ metrics: ["bleu"], synonyms: { protectedWords: [5] } }, "^protectedWords\\[0\\] must be a string, got 5"],
    [{ metrics: new Array(2) }, "^metrics\\[0\\] must be a name or { name, score }, got undefined"],
    [{ metrics: ["bleu"], perturbations: null }, "^perturbations must be a list of names"],
    [
      { metrics: ["bleu"], perturbations: new Array(2) },
      "^perturbations\\[0\\] must be a name or { name, keepsMeaning, perturb }, got undefined",
    ],
    [{ metrics: ["bleu"], perturbations: [changes(1)] }, "^perturbations: mine's changes\\[0\\] must be { index, from, to }.* got 1"],
    [{ metrics: ["bleu"], perturbations: [changes({ index: 0, from: "a" })] }, "mine's changes\\[0\\] must be"],
    [{ metrics: ["bleu"], perturbations: [changes(...new Array(1))] }, "mine's changes\\[0\\] must be .* got undefined"],
    ...["__proto__", "constructor", "toString"].flatMap((name): [object, string][] => [
      [{ metrics: ["bleu", { name, score: () => [] }] }, `^metrics\\[1\\]\\.name must be another than ${name}, which every object has`],
      [{ metrics: ["bleu"], perturbations: [{ ...changes(), name }] }, `^perturbations\\[0\\]\\.name must be another than ${name}`],
    ]),
    [{ metrics: [given("123")] }, '^mine must give a list of numbers, got the text "123"'],
    [{ metrics: [given({ perImage: "123" })] }, '^mine must give a list of numbers, got the text "123"'],
  ])("refuses %j", async (options, message) => {
    await expect(study(options)).rejects.toEqual(refusal("INVALID_ARGUMENT", message));
  });

  it("has options that are checked before there are captions", () => {
    const checking = (options: object) => () => checkStudyOptions(options as MetricStudyOptions);
    expect(checking({ metrics: ["bleu"], perturbations: ["synonyms"], reference: true })).not.toThrow();
    for (const [options, message] of [
      [{ metrics: ["blue"] }, '^metrics\\[0\\]: there is no metric "blue"'],
      [{ metrics: ["bleu"], perturbations: ["x"] }, '^perturbations\\[0\\]: there is no perturbation "x"'],
      [{ metrics: ["bleu"], perturbations: ["colour"], reference: true }, '^reference is about captions changed by "synonyms"'],
      [{ metrics: ["bleu"], resamples: 1 }, "^resamples must be"],
    ] as const)
      expect(checking(options)).toThrow(refusal("INVALID_ARGUMENT", message));
    expect(checking({ metrics: [] })).toThrow(refusal("EMPTY_DATA", "^metrics is empty"));
    expect(checking({ metrics: ["bleu"], color: 1 })).toThrow(refusal("UNKNOWN_OPTION", 'metricStudy has no option "color"'));
  });

  it.each([
    ["null", null],
    ['the text "0.5"', "0.5"],
    ["true", true],
    ["undefined", undefined],
    ["5", 5n],
    ["NaN", Number.NaN],
    ["Infinity", Number.POSITIVE_INFINITY],
  ])("takes no %s for a score", async (got, score) => {
    for (const list of [[1, score, 1], { perImage: [1, score, 1] }]) {
      await expect(study({ metrics: [given(list)] })).rejects.toEqual(
        refusal("NOT_A_NUMBER", `^mine gave ${got} for the caption "two cars \\."\\.$`),
      );
    }
    await expect(study({ metrics: [given(Float32Array.of(1, 0.5, 1))] })).resolves.toMatchObject({ captions: 3 });
  });

  it.each<[string, string, PerturbedCaption["changes"]]>([
    ['^perturbations: mine made "the lake" of the caption "a lake \\.", and names no change', "the lake", []],
    ['^perturbations: mine names changes of the caption "a lake \\.", and left it', "a lake .", [{ index: 0, from: "a", to: "a" }]],
    ["changes\\[0\\]\\.index must be less than the number of words, 2, .* got 2", "a", [{ index: 2, from: ".", to: "" }]],
    [
      'changes\\[0\\]\\.from must be what stands at word 1 .* which is "lake", got "pond"',
      "a sea .",
      [{ index: 1, from: "pond", to: "sea" }],
    ],
    [
      "changes\\[1\\] must come behind the words of the change before it .* got word 0",
      "the sea .",
      [
        { index: 1, from: "lake", to: "sea" },
        { index: 0, from: "a", to: "the" },
      ],
    ],
    [
      "changes\\[1\\] must come behind the words of the change before it .* got word 1",
      "the sea .",
      [
        { index: 0, from: "a lake", to: "the sea" },
        { index: 1, from: "lake", to: "sea" },
      ],
    ],
  ])("takes no changes that are not true: %s", async (message, caption, list) => {
    const untrue: Perturbation = { name: "mine", keepsMeaning: false, perturb: () => ({ caption, changes: list }) };
    await expect(metricStudy([["a lake ."]], { metrics: ["rougeL"], perturbations: [untrue], resamples: 100 })).rejects.toEqual(
      refusal("INVALID_ARGUMENT", message),
    );
  });

  it("keeps what a perturbation said of each caption, though it fills the same object again", async () => {
    const own = { caption: "", changes: [{ index: 0, from: "", to: "the" }] };
    const reusing: Perturbation = {
      ...{ name: "mine", keepsMeaning: false },
      perturb: (caption) => {
        own.caption = caption.replace(/^\w+/, "the");
        own.changes[0]!.from = /^\w+/.exec(caption)![0];
        return own;
      },
    };
    const { details } = await study({ metrics: ["rougeL"], perturbations: [reusing] });
    expect(details.perturbed.mine).toEqual([
      { caption: "the red car .", changes: [{ index: 0, from: "a", to: "the" }] },
      { caption: "the cars .", changes: [{ index: 0, from: "two", to: "the" }] },
      { caption: "the green lake .", changes: [{ index: 0, from: "a", to: "the" }] },
    ]);
  });

  it("does not ask what a caption without words becomes", async () => {
    const all: Perturbation = {
      ...{ name: "mine", keepsMeaning: true },
      perturb: () => ({ caption: "the lake", changes: [{ index: 0, from: "a", to: "the" }] }),
    };
    const { perturbations, details } = await metricStudy([["..."], ["a lake"]], {
      metrics: ["rougeL"],
      perturbations: [all],
      resamples: 100,
    });
    expect(perturbations[0]).toMatchObject({ captions: 1, wordsChanged: 0.5 });
    expect(details.perturbed.mine![0]).toEqual({ caption: "...", changes: [] });
  });
});

it("each perturbation refuses what is no caption, and no generator", () => {
  const each = {
    ...{ swapColour, swapNumber, swapRelation, shuffleWords, deleteWords, repeatWords },
    replaceSynonyms: (caption: string, random: ReturnType<typeof createRandom>) => replaceSynonyms(caption, random, { wordnet }),
    swapObject: (caption: string, random: ReturnType<typeof createRandom>) => swapObject(caption, random, { wordnet, objects: ["road"] }),
  };
  for (const perturb of Object.values(each)) {
    expect(() => perturb(null as never, createRandom(1))).toThrow(refusal("INVALID_ARGUMENT", "^caption must be a string, got null\\.$"));
    expect(() => perturb("a red car near two lakes", null as never)).toThrow(
      refusal("INVALID_ARGUMENT", "^random must be what createRandom"),
    );
  }
  expect(() => replaceSynonyms("a", createRandom(1), null as never)).toThrow(
    refusal("INVALID_ARGUMENT", "^replaceSynonyms's options must be"),
  );
  expect(() => replaceSynonyms("a", createRandom(1), { wordnet, protectedWords: "lake" as never })).toThrow(
    "protectedWords must be a list",
  );
});

it("a tagger is a function that gives a part of speech or null for each word", () => {
  const swap = (tag: unknown) => swapObject("a lake", createRandom(1), { wordnet, objects: ["road"], tag: tag as never });
  expect(() => swap(5)).toThrow(refusal("INVALID_ARGUMENT", "^tag must be a function"));
  expect(() => swap(() => undefined)).toThrow(refusal("INVALID_ARGUMENT", "for each of 2 words, got undefined"));
  expect(() => swap(() => ["n", "x"])).toThrow(refusal("INVALID_ARGUMENT", '^tag must give n, v, a, r or null, got x for "lake"'));
  expect(() => tagByWordNet(null as never)).toThrow(refusal("INVALID_ARGUMENT", "^wordnet must be what loadWordNet"));
  expect(() => objectsOf(["a"], null as never)).toThrow(refusal("INVALID_ARGUMENT", "^tag must be a function"));
  expect(() => objectsOf(null as never, () => [])).toThrow(refusal("INVALID_ARGUMENT", "^captions must be a list of captions, got null"));
  expect(() => objectsOf(["a", 1] as never, () => ["n"])).toThrow(refusal("INVALID_ARGUMENT", "^captions\\[1\\] must be a string, got 1"));
  expect(() => swapObject("a", createRandom(1), { wordnet, objects: [1] as never })).toThrow(
    refusal("INVALID_ARGUMENT", "^objects\\[0\\] must be"),
  );
});

it("holm takes p-values only", () => {
  const refused = (ps: unknown, message: string) => expect(() => holm(ps as number[])).toThrow(refusal("INVALID_ARGUMENT", message));
  refused(undefined, "^ps must be a list of p-values, got undefined");
  refused("0.1", "^ps must be a list of p-values, got 0\\.1");
  refused([0.1, Number.NaN], "^ps\\[1\\] must be a finite number at least 0 and at most 1, got NaN");
  refused([1.5], "^ps\\[0\\] must be .* got 1\\.5");
  refused([-0.1], "^ps\\[0\\] must be");
  refused(new Array(1), "^ps\\[0\\] must be .* got undefined");
});

it("what shows a study refuses what is none", async () => {
  const draw = await loadStudyFigure();
  for (const none of [null, undefined, {}, "study"]) {
    for (const show of [studyJson, studyTsv, studyCaptionsTsv]) {
      expect(() => show(none as never)).toThrow(refusal("INVALID_ARGUMENT", "^study must be what metricStudy found, got "));
    }
    await expect(draw(none as never)).rejects.toEqual(refusal("INVALID_ARGUMENT", "^study must be what metricStudy found"));
  }
  const read = JSON.parse(studyJson(await study({ metrics: ["rougeL"] })));
  expect(studyTsv(read)).toMatch(/^metric\t/);
  expect(() => studyCaptionsTsv(read)).toThrow(refusal("INVALID_ARGUMENT", "^study must have its details"));
});

it("protected words are found whatever joins them", () => {
  const changed = (caption: string, phrase: string) =>
    replaceSynonyms(caption, createRandom(1), {
      wordnet,
      protectedWords: [phrase],
      fraction: [1, 1],
      tag: (words) => words.map(() => "n"),
    }).changes.map(({ from }) => from);
  for (const phrase of ["baseball_field", "baseball field", "Baseball-Field", "baseball_field_"]) {
    expect(changed("a baseball field", phrase)).toEqual(["a"]);
    expect(changed("a baseball-field", phrase)).toEqual(["a"]);
    expect(changed("a baseball_field", phrase)).toEqual(["a"]);
    expect(changed("field baseball", phrase)).toEqual(["field", "baseball"]);
  }
  expect(changed("red-roofed sea-red red", "red")).toEqual(["red-roofed", "sea-red"]);
  expect(changed("a", "_")).toEqual(["a"]);
});
