import { createRandom } from "@rsdix/internal";
import { describe, expect, it } from "vitest";
import { exactly, refusal } from "../../../../test/refusal";
import golden from "../fixtures/spice.json";
import { loadWordNet } from "../wordnet/load-wordnet";
import { SceneGraph } from "./scene-graph";
import { createSpice, spice } from "./spice";
import { loadSpiceParser } from "./spice-parser";

type Image = [candidate: number, references: number[], f: number, isHandWritten: number];
const images = golden.images as Image[];

async function ours(chosen: readonly Image[]) {
  const parts = { wordnet: await loadWordNet(), parser: await loadSpiceParser() };
  return createSpice(parts)(
    chosen.map(([candidate]) => golden.captions[candidate]!),
    chosen.map(([, references]) => references.map((i) => golden.captions[i]!)),
  );
}

/** Micro F1 of the tuples of the candidates, each caption once; two are the same where all the words that were merged are. */
async function tupleF1(chosen: readonly Image[]): Promise<number> {
  const wordnet = await loadWordNet();
  const parser = await loadSpiceParser();
  const written = (tuple: readonly string[]) => tuple.map((words) => words.split("/").sort().join("/")).join(",");
  let hits = 0;
  let found = 0;
  let wanted = 0;
  for (const i of new Set(chosen.map(([candidate]) => candidate))) {
    const texts = golden.tuples[i]!.split(";").filter((text) => text !== "");
    const theirs = new Set(texts.map((text) => written(text.split(","))));
    const own = SceneGraph.of(parser.tuples(golden.captions[i]!), wordnet).tuples();
    found += own.length;
    wanted += theirs.size;
    hits += own.filter((tuple) => theirs.has(written(tuple.map(({ words }) => words.join("/"))))).length;
  }
  return (2 * hits) / (found + wanted);
}

function pearson(a: readonly number[], b: readonly number[]): number {
  const mean = (x: readonly number[]) => x.reduce((sum, value) => sum + value, 0) / x.length;
  const [ma, mb] = [mean(a), mean(b)];
  const product = (x: readonly number[], mx: number, y: readonly number[], my: number) =>
    x.reduce((sum, value, i) => sum + (value - mx) * (y[i]! - my), 0);
  return product(a, ma, b, mb) / Math.sqrt(product(a, ma, a, ma) * product(b, mb, b, mb));
}

/** Of all images, which take seconds. */
let scores: ReturnType<typeof ours> | undefined;
const ourScores = () => (scores ??= ours(images));

async function agreement(chosen: readonly Image[]) {
  const java = chosen.map(([, , f]) => f);
  const all = (await ourScores()).perImage;
  const perImage = chosen.map((image) => all[images.indexOf(image)]!);
  return {
    pearson: pearson(perImage, java),
    meanDifference: perImage.reduce((sum, f, i) => sum + Math.abs(f - java[i]!), 0) / java.length,
    tupleF1: await tupleF1(chosen),
  };
}

describe("spice", () => {
  it("agrees with SPICE 1.0 on more than 2,000 captions, written by grammar and by hand", async () => {
    expect(images.length).toBeGreaterThanOrEqual(2000);
    const all = await agreement(images);
    const byHand = await agreement(images.filter(([, , , hand]) => hand === 1));
    console.log("SPICE against Java, all captions:", all, "hand-written alone:", byHand);
    expect(all.pearson).toBeGreaterThanOrEqual(0.95);
    expect(all.meanDifference).toBeLessThanOrEqual(0.03);
    expect(all.tupleF1).toBeGreaterThanOrEqual(0.85);
    // Nothing like the hand-written captions is in the training text: what the parser does with other people's words.
    expect(byHand.pearson).toBeGreaterThanOrEqual(0.92);
    expect(byHand.meanDifference).toBeLessThanOrEqual(0.02);
    expect(byHand.tupleF1).toBeGreaterThanOrEqual(0.87);
  }, 120_000);

  it("has the sub-scores of SPICE 1.0, nearly", async () => {
    const result = await ourScores();
    for (const [name, { f, images: count }] of Object.entries(golden.classes)) {
      expect(Math.abs(result[name as "object"] - f), name).toBeLessThan(0.04);
      const counted = result.details.filter(({ classes }) => !Number.isNaN(classes[name as "object"])).length;
      expect(Math.abs(counted - count) / count, name).toBeLessThan(0.08);
    }
  }, 120_000);

  it("is one for a caption itself and zero for nothing in common", async () => {
    const { perImage, spice: mean } = await spice(
      ["two white planes near a terminal .", "a lake ."],
      [["two white planes near a terminal ."], ["a road ."]],
    );
    expect(perImage).toEqual([1, 0]);
    expect(mean).toBe(0.5);
  });

  it("gives nothing to an empty caption, and NaN to a class that no reference has", async () => {
    const result = await spice([""], [["a lake .", ""]]);
    expect(result.perImage).toEqual([0]);
    expect(result.object).toBe(0);
    expect(result.relation).toBeNaN();
  });

  it("doesn't depend on the order of references, but where words merge one by one: as SPICE 1.0", async () => {
    const byGrammar = images.filter(([, , , hand]) => hand === 0);
    const turned = byGrammar.map(([candidate, references]) => [candidate, [...references].reverse(), 0, 0] as Image);
    expect((await ours(turned)).perImage).toBeAllclose((await ours(byGrammar)).perImage, { rtol: 0, atol: 1e-12 });
    // A track and a runway are one thing, and then a cross joins them, which has a sense in common with a track alone.
    const candidates = ["a cross .", "the cross and the runway ."];
    const references = ["a track .", "a runway .", "a cross ."];
    const scores = async (captions: string[]) => (await spice(candidates, [captions, captions])).perImage;
    expect(await scores(references)).toEqual([1, 4 / 3]); // all of them SPICE 1.0's
    expect(await scores(references.reverse())).toEqual([2 / 3, 1]);
  });

  it("takes synonyms for one thing, and no hypernyms", async () => {
    expect((await spice(["an airplane ."], [["a plane ."]])).spice).toBe(1);
    expect((await spice(["a house ."], [["a building ."]])).spice).toBe(0);
  });

  it("scores each class by itself", async () => {
    const { details } = await spice(["two large trees near a green pond ."], [["two small trees near a green pond ."]]);
    expect(details[0]!.classes).toMatchObject({ object: 1, relation: 1, colour: 1, size: 0, cardinality: 1 });
    expect(details[0]!.classes.attribute).toBeCloseTo(2 / 3, 12);
  });

  it("is above 1 where two things match one, as SPICE 1.0", async () => {
    const { perImage } = await spice(
      golden.aboveOne.map(({ candidate }) => candidate),
      golden.aboveOne.map(({ references }) => references),
    );
    expect(perImage).toEqual(golden.aboveOne.map(({ f }) => f));
    expect(Math.min(...perImage)).toBeGreaterThan(1);
  });

  it("is finite and in its range for any text", async () => {
    const parts = { wordnet: await loadWordNet(), parser: await loadSpiceParser() };
    const { int: random } = createRandom(1);
    const letters = [
      "a",
      "b",
      " ",
      " ",
      ".",
      "tree ",
      "near ",
      "the ",
      "of ",
      "é",
      "湖",
      "𝔸",
      "\ud800",
      "\u0000",
      "-",
      "'",
      "n't",
      "5",
      "!",
      "(",
      "\n",
      "ing ",
      "s ",
    ];
    const text = () =>
      Array.from({ length: random(40) }, () =>
        random(8) === 0 ? String.fromCodePoint(random(0x10ffff)) : letters[random(letters.length)]!,
      ).join("");
    const candidates = Array.from({ length: 10_000 }, text);
    const { perImage } = createSpice(parts)(
      candidates,
      candidates.map(() => [text()]),
    );
    for (const f of perImage) expect(f >= 0 && f < 2).toBe(true);
  });

  it("bears long captions", async () => {
    const { perImage } = await spice([`${"a tree near a lake and ".repeat(500)}a road .`], [["a tree near a lake ."]]);
    expect(perImage[0]).toBeGreaterThan(0);
  });

  it("refuses what nobody waited for", async () => {
    expect(() => createSpice({ wordnet: loadWordNet() as never, parser: loadSpiceParser() as never })).toThrow(
      refusal("INVALID_ARGUMENT", exactly("wordnet must be what loadWordNet resolves to, got [object Promise].")),
    );
    await expect(spice(["a"], [["a"]], { parser: {} as never })).rejects.toThrow(
      refusal("INVALID_ARGUMENT", /^parser must be what loadSpiceParser/),
    );
  });

  it("refuses what it cannot score", async () => {
    await expect(spice(["a"], [["a"], ["b"]])).rejects.toThrow(refusal("SHAPE_MISMATCH"));
    await expect(spice(["a"], [[]])).rejects.toThrow(refusal("EMPTY_DATA"));
    await expect(spice([1 as unknown as string], [["a"]])).rejects.toThrow(
      refusal("INVALID_ARGUMENT", exactly("candidates[0] must be a string, got number.")),
    );
    await expect(spice(["a"], [["a"]], { wordNet: 1 } as never)).rejects.toThrow(refusal("UNKNOWN_OPTION", /wordNet/));
  });
});
