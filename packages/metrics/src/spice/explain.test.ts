import { describe, expect, it } from "vitest";
import { exactly, refusal } from "../../../../test/refusal";
import { explain } from "./explain";
import { spice } from "./spice";

describe("explain", () => {
  it("shows which tuple matched which", async () => {
    const result = await explain("an airplane near a big terminal .", ["a plane near a large terminal .", "a road ."]);
    expect(result.candidate.every(({ matches }) => matches !== undefined)).toBe(true);
    const found = result.candidate.find(({ tuple }) => tuple.length === 1 && tuple[0]!.includes("airplane"))!;
    expect(found.matches).toEqual([["plane"]]);
    expect(result.references.filter(({ isMatched }) => !isMatched).map(({ tuple }) => tuple)).toEqual([[["road"]]]);
    expect(result.precision).toBe(1);
    expect(result.recall).toBeCloseTo(4 / 5, 12);
  });

  it("shows the words that were merged", async () => {
    const { references } = await explain("a plane .", ["a plane .", "an airplane ."]);
    expect(references.map(({ tuple }) => tuple)).toEqual([[["plane", "airplane"]]]);
  });

  it("has the F of spice", async () => {
    const references = ["several green trees are around a church .", "a church with a red roof near a road ."];
    const { f } = await explain("green trees near a church with a roof .", references);
    expect(f).toBe((await spice(["green trees near a church with a roof ."], [references])).spice);
    expect(f).toBeGreaterThan(0);
  });

  it("refuses what it cannot explain", async () => {
    await expect(explain("a", [])).rejects.toThrow(refusal("EMPTY_DATA"));
    await expect(explain(1 as unknown as string, ["a"])).rejects.toThrow(
      refusal("INVALID_ARGUMENT", exactly("candidate must be a string, got 1.")),
    );
    await expect(explain("a", ["a"], { parse: 1 } as never)).rejects.toThrow(refusal("UNKNOWN_OPTION"));
  });
});
