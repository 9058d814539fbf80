import { expect, it } from "vitest";
import { inLanes } from "./lib/lanes.mjs";

/** Tasks that end when they are told to, and which of them run. */
function tasks(count) {
  const running = new Set();
  const started = [];
  const end = [];
  const list = Array.from({ length: count }, (_, index) => async () => {
    started.push(index);
    running.add(index);
    await new Promise((resolve) => {
      end[index] = resolve;
    });
    running.delete(index);
  });
  return { list, running, started, end };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

it("runs as many tasks at once as there are lanes, and the next as soon as one ends", async () => {
  const { list, running, started, end } = tasks(4);
  let ended = false;
  const all = inLanes(2, list).then(() => {
    ended = true;
  });
  expect([...running]).toEqual([0, 1]);
  end[1]();
  await settled();
  expect([...running]).toEqual([0, 2]);
  end[0]();
  end[2]();
  await settled();
  expect([...running]).toEqual([3]);
  expect(ended).toBe(false);
  end[3]();
  await all;
  expect(started).toEqual([0, 1, 2, 3]);
});

it("runs one after another where there is one lane, or less", async () => {
  for (const lanes of [1, 0]) {
    const { list, running, end } = tasks(2);
    const all = inLanes(lanes, list);
    expect([...running]).toEqual([0]);
    end[0]();
    await settled();
    expect([...running]).toEqual([1]);
    end[1]();
    await all;
  }
});

it("passes on what a task throws", async () => {
  await expect(inLanes(2, [async () => {}, () => Promise.reject(new Error("a gate that broke"))])).rejects.toThrow("a gate that broke");
});
