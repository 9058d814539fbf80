import { expect, it } from "vitest";
import { fileWithin } from "./values";

it.each(["../x.tsv", "a/../../x.tsv", "a\\..\\x.tsv", "/x.tsv", "\\x.tsv", "C:x.tsv"])(
  "a file's name within a folder is not %s",
  (name) => {
    expect(() => fileWithin("--scores-dir")(name)).toThrow("It must be a name within --scores-dir, which names the folder.");
  },
);

it.each(["x.tsv", "a/x.tsv", "x..tsv", ".x.tsv"])("a file's name within a folder may be %s", (name) => {
  expect(fileWithin("--scores-dir")(name)).toBe(name);
});
