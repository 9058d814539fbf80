import { createRandom as internal } from "@rsdix/internal";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { createRandom } from "./create-random";

describe("createRandom", () => {
  it("is the project's one generator", () => {
    for (const seed of [0, 1, 2 ** 40, Number.MAX_SAFE_INTEGER]) expect(createRandom(seed).next()).toBe(internal(seed).next());
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53, "1", undefined])("refuses the seed %s", (seed) => {
    expect(() => createRandom(seed as never)).toThrow(refusal("INVALID_ARGUMENT"));
  });
});
