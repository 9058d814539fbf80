import { expect, it, vi } from "vitest";
import { firstMaker } from "./workers-node";

const cores = vi.hoisted(() => ({ now: 0 }));
vi.mock("node:os", () => ({ availableParallelism: () => cores.now }));

it("workers start beside the first batch where each has a core, the calling thread one and sharp another", () => {
  for (const now of [1, 2, 4, 8]) {
    cores.now = now;
    expect([1, 2, 3, 6, 7].filter((workers) => firstMaker(workers) === "caller")).toEqual(
      { 1: [], 2: [], 4: [1, 2], 8: [1, 2, 3, 6] }[now],
    );
    expect([1, 2, 3, 6, 7].filter((workers) => firstMaker(workers) === "caller alone")).toEqual(
      { 1: [1, 2, 3, 6, 7], 2: [1, 2, 3, 6, 7], 4: [3, 6, 7], 8: [7] }[now],
    );
  }
});
