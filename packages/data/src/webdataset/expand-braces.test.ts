import { expect, it } from "vitest";
import { expandBraces } from "./expand-braces";

it("counts and lists", () => {
  expect(expandBraces("a.tar")).toEqual(["a.tar"]);
  expect(expandBraces("s-{08..11}.tar")).toEqual(["s-08.tar", "s-09.tar", "s-10.tar", "s-11.tar"]);
  expect(expandBraces("{train,val}-{0..1}.tar")).toEqual(["train-0.tar", "train-1.tar", "val-0.tar", "val-1.tar"]);
  expect(expandBraces("{a}/{}.tar")).toEqual(["{a}/{}.tar"]);
});

it("refuses to count down, and to count for ever", () => {
  const refused = (pattern: string, message: RegExp) =>
    expect(() => expandBraces(pattern)).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringMatching(message) }),
    );
  refused("{9..1}.tar", /^The pattern \{9\.\.1\}\.tar counts from 9 down to 1/);
  refused("{0..99999999999}.tar", /more than 1000000 shards/);
  refused("{0..9999}{0..9999}.tar", /more than 1000000 shards/);
});
