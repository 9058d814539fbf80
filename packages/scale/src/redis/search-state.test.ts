import { expect, it } from "vitest";
import { searchesOf } from "./search-state";

it("gives the searches of the last week, by name, and none of what is somebody else's", () => {
  const state = { done: 1, failed: 0, running: 4, total: 15, metric: "loss", best: null };
  const now = 1_000_000_000_000;
  const said = (name: string, at: number) => JSON.stringify({ name, ...state, at });
  const week = 7 * 24 * 3600 * 1000;
  const hash = { b: said("b", now - 1), old: said("old", now - week), odd: "x", a: said("a", now - week + 1) };
  expect(searchesOf(hash, now)).toEqual([
    { name: "a", ...state },
    { name: "b", ...state },
  ]);
});
