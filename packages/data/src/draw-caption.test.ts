import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { makeRecord } from "../test/make-dataset";
import { createRandom } from "./create-random";
import { drawCaption } from "./draw-caption";

describe("drawCaption", () => {
  it("draws all captions evenly, never a blank one, the same from the same seed", () => {
    const record = makeRecord(0, { sentences: [{ raw: "a" }, { raw: " " }, { raw: "b" }, { raw: "c" }] });
    const draw = (seed: number) => {
      const random = createRandom(seed);
      return Array.from({ length: 3000 }, () => drawCaption(record, random));
    };
    const drawn = draw(1);
    expect(new Set(drawn)).toEqual(new Set(["a", "b", "c"]));
    for (const caption of ["a", "b", "c"]) expect(Math.abs(drawn.filter((x) => x === caption).length - 1000)).toBeLessThan(120);
    expect(draw(1)).toEqual(drawn);
    expect(draw(2)).not.toEqual(drawn);
  });

  it.each([[[]], [[{ raw: "" }]]])("names the image without captions", (sentences) => {
    expect(() => drawCaption(makeRecord(7, { sentences }), createRandom(1))).toThrow(
      refusal("EMPTY_DATA", expect.stringContaining("image_7.png")),
    );
  });

  it("refuses what is no record or no generator", () => {
    for (const record of [undefined, {}, "a lake"])
      expect(() => drawCaption(record as never, createRandom(1))).toThrow(
        refusal("INVALID_ARGUMENT", /drawCaption takes an image's record/),
      );
    expect(() => drawCaption(makeRecord(0), 1 as never)).toThrow(
      refusal("INVALID_ARGUMENT", /random must be what createRandom\(seed\) gives, got 1/),
    );
  });
});
