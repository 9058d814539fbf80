import { describe, expect, it } from "vitest";
import golden from "../fixtures/published-averages.json" with { type: "json" };
import { publishedAverages, publishedResults } from "./published";

describe("published results", () => {
  const { zeroShot, captions, sets } = publishedResults();

  it("have averages as golden/train_published.py reckons them", () => {
    expect(zeroShot).toHaveLength(golden.length);
    zeroShot.forEach((table, i) => {
      const averages = publishedAverages(table, sets);
      expect(averages.map(({ set }) => set)).toEqual(Object.keys(golden[i]!));
      for (const { set, values } of averages) {
        const expected = golden[i]![set as keyof (typeof golden)[number]] as (number | null)[];
        expect(values.map((value) => value === null)).toEqual(expected.map((value) => value === null));
        values.forEach((value, k) => {
          if (value !== null) expect(value).toBeCloseTo(expected[k]!, 10);
        });
      }
    });
  });

  it("name every data set of a set, and every table has all of them", () => {
    for (const { rows, models, printed } of zeroShot) {
      expect(rows.map(({ label }) => label)).toEqual(sets["all thirteen"]);
      for (const { values } of [...rows, ...printed]) expect(values).toHaveLength(models.length);
    }
    expect(sets["all thirteen"]).toHaveLength(13);
    for (const members of Object.values(sets)) for (const name of members) expect(sets["all thirteen"]).toContain(name);
    for (const { rows, metrics } of captions) for (const { values } of rows) expect(values).toHaveLength(metrics.length);
  });

  it("were averaged over twelve sets for some models and over thirteen for others", () => {
    const table = zeroShot.find(({ models }) => models.includes("RSDiX-CLIP-S-BERT B/32"))!;
    const printed = table.printed.find(({ label }) => label.startsWith("Average"))!.values;
    const of = (name: string) => publishedAverages(table, sets).find(({ set }) => set === name)!.values;
    const column = (name: string) => table.models.indexOf(name);
    expect(printed[column("RSDiX-CLIP B/32")]!).toBeCloseTo(of("A")[column("RSDiX-CLIP B/32")]!, 1);
    expect(printed[column("RSDiX-CLIP-S-BERT B/32")]!).toBeCloseTo(of("all thirteen")[column("RSDiX-CLIP-S-BERT B/32")]!, 1);
  });

  it("are a copy that may be changed", () => {
    publishedResults().zeroShot[0]!.rows[0]!.values[0] = 0;
    expect(publishedResults().zeroShot[0]!.rows[0]!.values[0]).toBe(zeroShot[0]!.rows[0]!.values[0]);
    expect(publishedAverages({ caption: "", models: ["a"], rows: [], printed: [] }, { none: [], lost: ["X"] })).toEqual([
      { set: "none", values: [null] },
      { set: "lost", values: [null] },
    ]);
  });
});
