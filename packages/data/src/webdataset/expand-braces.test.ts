import { expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { bracedTexts, expandBraces } from "./expand-braces";

it("counts and lists", () => {
  expect(expandBraces("a.tar")).toEqual(["a.tar"]);
  expect(expandBraces("s-{08..11}.tar")).toEqual(["s-08.tar", "s-09.tar", "s-10.tar", "s-11.tar"]);
  expect(expandBraces("{train,val}-{0..1}.tar")).toEqual(["train-0.tar", "train-1.tar", "val-0.tar", "val-1.tar"]);
  expect(expandBraces("{a}/{}.tar")).toEqual(["{a}/{}.tar"]);
});

it("makes one text at a time", () => {
  for (const pattern of ["a.tar", "{train,val}-{08..11}{x,,y}.tar", "{a}/{}{1..3}"]) {
    const { count, at } = bracedTexts(pattern);
    expect(Array.from({ length: count }, (_, index) => at(index))).toEqual(expandBraces(pattern));
  }
  expect(bracedTexts("{000000..999999}.tar").at(999_999)).toBe("999999.tar");
  expect(expandBraces("{a,b}{0..1}{x,y}")).toEqual(["a0x", "a0y", "a1x", "a1y", "b0x", "b0y", "b1x", "b1y"]);
});

it("counts exactly, however large the numbers are", () => {
  const numbers = ["1700000000000000000", "1700000000000000001", "1700000000000000002", "1700000000000000003"];
  expect(expandBraces("t-{1700000000000000000..1700000000000000003}.tar")).toEqual(numbers.map((number) => `t-${number}.tar`));
  expect(expandBraces("{9007199254740991..9007199254740994}")).toEqual([1, 2, 3, 4].map((digit) => `900719925474099${digit}`));
  expect(expandBraces(`{${"9".repeat(100)}..${"9".repeat(100)}}`)).toEqual(["9".repeat(100)]);
});

it("refuses to count down, and to count for ever", () => {
  const refused = (pattern: string, message: RegExp) => expect(() => expandBraces(pattern)).toThrow(refusal("INVALID_ARGUMENT", message));
  refused("{9..1}.tar", /^The pattern \{9\.\.1\}\.tar counts from 9 down to 1/);
  refused("{0..99999999999}.tar", /more than 1000000 shards/);
  refused("{0..9999}{0..9999}.tar", /more than 1000000 shards/);
  refused("{1700000000000000003..1700000000000000000}.tar", /counts from 1700000000000000003 down to 1700000000000000000/);
  for (const digits of [101, 309, 100_000])
    refused(`{0..${"9".repeat(digits)}}`, RegExp(`^A pattern .* a number of ${digits} digits: give one of at most 100\\.$`));
});
