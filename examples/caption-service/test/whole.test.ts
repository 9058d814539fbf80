import { expect, it } from "vitest";
import { whole } from "../src/whole";

it.each(["0x10", "1e3", "0b1", "0o7", "+5", "5.0", "5.", " 5", "5 ", "", " ", "-1", "1_000", "9007199254740992", "five"])(
  "a flag's whole number isn't %j",
  (text) => {
    expect(() => whole(0)(text)).toThrow("It must be a whole number from 0.");
  },
);

it("a flag's whole number is of decimal digits, from the least to the most", () => {
  expect(["1", "010", "1000"].map(whole(1, 1000))).toEqual([1, 10, 1000]);
  for (const text of ["0", "1001"]) expect(() => whole(1, 1000)(text)).toThrow("It must be a whole number, 1 to 1000.");
});
