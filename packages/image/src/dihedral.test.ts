import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { noise } from "../test/noise";
import { dihedral, flipHorizontal, flipVertical, rotate90 } from "./dihedral";
import golden from "./fixtures/dihedral.json";

const image = noise(4, 3);

describe("flips", () => {
  it("equal Pillow's", () => {
    expect([...flipHorizontal(image).data]).toEqual(golden.flipHorizontal);
    expect([...flipVertical(image).data]).toEqual(golden.flipVertical);
  });

  it("undo themselves", () => {
    expect(flipHorizontal(flipHorizontal(image))).toEqual(image);
    expect(flipVertical(flipVertical(image))).toEqual(image);
  });

  it("refuse what is no image", () => {
    expect(() => flipHorizontal(undefined as never)).toThrow(/must be an RgbImage/);
    expect(() => flipVertical({ width: 1, height: 1, data: new Uint8Array(2) })).toThrow(/must have 3 bytes/);
  });
});

describe("rotate90", () => {
  it("turns back with the opposite turn and round with four", () => {
    for (let turns = -9; turns <= 9; turns++) {
      expect(rotate90(rotate90(image, turns), -turns)).toEqual(image);
      expect(rotate90(image, turns + 4)).toEqual(rotate90(image, turns));
    }
  });

  it("refuses half turns of a quarter", () => {
    expect(() => rotate90(image, 0.5)).toThrow(/whole number.*0\.5/);
  });
});

describe("dihedral", () => {
  it("equals Pillow's mirror and turns", () => {
    for (let symmetry = 0; symmetry < 8; symmetry++) {
      const result = dihedral(image, symmetry);
      const expected = golden.dihedral[symmetry]!;
      expect([result.width, result.height]).toEqual(expected.size);
      expect([...result.data]).toEqual(expected.data);
    }
  });

  it("gives eight different images and a copy for 0", () => {
    const square = noise(3, 3);
    expect(new Set(Array.from({ length: 8 }, (_, k) => dihedral(square, k).data.join())).size).toBe(8);
    expect(dihedral(square, 0).data).not.toBe(square.data);
  });

  it.each([-1, 8, 0.5, Number.NaN])("refuses %d", (symmetry) => {
    expect(() => dihedral(image, symmetry)).toThrow(refusal("INVALID_ARGUMENT"));
  });
});
