import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { namesClass } from "./names-class";

const CLASSES = ["port", "airport", "forest", "Dense Forest", ["lake", "lakes", "Étang"]] as const;
const named = (caption: string, label: number) => namesClass([caption], [label], CLASSES).perImage[0];

describe("namesClass", () => {
  it("finds whole words, whatever their case and the punctuation around them", () => {
    expect(named("An Airport.", 1)).toBe(true);
    expect(named("an airport", 0)).toBe(false);
    expect(named("the port,with ships", 0)).toBe(true);
    expect(named("some ports", 0)).toBe(false);
    expect(named("an airport1", 1)).toBe(false);
    expect(named("", 0)).toBe(false);
  });

  it("takes any of a class's names, in any alphabet and composition", () => {
    expect(named("two lakes", 4)).toBe(true);
    expect(named("un e\u0301tang", 4)).toBe(true);
    expect(named("un tang", 4)).toBe(false);
  });

  it("joins the words of a name over blanks and hyphens, and lets the longest name win", () => {
    expect(named("a dense-forest here", 3)).toBe(true);
    expect(named("a dense  forest here", 2)).toBe(false);
    expect(named("a dense forest and a forest", 2)).toBe(true);
    expect(named("dense trees in a forest", 3)).toBe(false);
  });

  it("lets classes share a name", () => {
    const shared = [
      ["river", "water"],
      ["lake", "water"],
    ];
    expect(namesClass(["open water", "open water", "a lake"], [0, 1, 0], shared)).toEqual({ share: 2 / 3, perImage: [true, true, false] });
  });

  it("refuses what it cannot judge", () => {
    const refuses = (run: () => unknown, code: string) => expect(run).toThrow(refusal(code));
    refuses(() => namesClass(["a"], [0, 1], ["x", "y"]), "SHAPE_MISMATCH");
    refuses(() => namesClass([], [], ["x"]), "EMPTY_DATA");
    refuses(() => namesClass(["a"], [1], ["x"]), "INVALID_ARGUMENT");
    refuses(() => namesClass(["a"], [0], []), "INVALID_ARGUMENT");
    refuses(() => namesClass(["a"], [0], [[]]), "EMPTY_DATA");
    refuses(() => namesClass(["a"], [0], ["..."]), "INVALID_ARGUMENT");
    refuses(() => namesClass(["a"], [0], [5 as unknown as string]), "INVALID_ARGUMENT");
    refuses(() => namesClass(["a"], [0], "x" as unknown as string[]), "INVALID_ARGUMENT");
    refuses(() => namesClass([undefined as unknown as string], [0], ["x"]), "INVALID_ARGUMENT");
  });
});
