import { expect, it } from "vitest";
import { toldOf } from "../src/ui/told";

it("All notes of captions that were taken are told, and how many more files than three were passed over", () => {
  const notes = ["one.", "two.", "three.", "four."];
  expect(toldOf({ notes, passed: [] })).toEqual(notes);
  expect(toldOf({ notes, passed: ["a", "b", "c", "d"] })).toEqual([...notes, "a", "b", "c", "And 1 file was passed over."]);
  expect(toldOf({ notes: [], passed: ["a", "b", "c", "d", "e"] }).at(-1)).toBe("And 2 files were passed over.");
});
