import { expect, it } from "vitest";
import { answersInTurns, roundsWithin } from "../bench/turns.mjs";

it("sides take turns in alternating order, and each one's answers are listed round by round", async () => {
  const order = [];
  const side = (name) => async () => order.push(name);
  expect(await answersInTurns([side("a"), side("b"), side("c")], 3)).toEqual([
    [1, 6, 7],
    [2, 5, 8],
    [3, 4, 9],
  ]);
  expect(order.join("")).toBe("abccbaabc");
  expect(await answersInTurns([() => 1], 0)).toEqual([[]]);
});

it("a budget has room for whole rounds, at least and at most so many", () => {
  expect([1000, 300, 1, 0].map((round) => roundsWithin({ budget: 1000, least: 2, most: 5 }, round))).toEqual([2, 3, 5, 5]);
});
