import { afterEach, expect, it, vi } from "vitest";
import { refusal } from "../../../../test/refusal";
import { usearchLibrary } from "./usearch";

afterEach(() => vi.doUnmock("usearch"));

it("says which package an index needs where it isn't installed", async () => {
  vi.doMock("usearch", () => {
    throw new Error("Cannot find package 'usearch'");
  });
  const message = /^A vector index needs the package usearch: npm install usearch/;
  await expect(usearchLibrary()).rejects.toEqual(refusal("MISSING_DEPENDENCY", message));
});
