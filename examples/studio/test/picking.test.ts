import { expect, it, vi } from "vitest";
import { TaskError } from "../src/client";
import { droppedFiles, dropZone, lookAt } from "../src/ui/picking";

const file = (name: string) => ({
  ...{ name, isFile: true },
  file: (give: (file: File) => void, fail: (error: Error) => void) =>
    name.startsWith("locked") ? fail(new Error("it may not be read.")) : give(new File(["x"], name)),
});
function folder(name: string, entries: object[], breaksAfter = Number.POSITIVE_INFINITY) {
  let at = 0;
  const readEntries = (give: (entries: object[]) => void, fail: (error: Error) => void) =>
    at >= breaksAfter ? fail(new Error("it is gone.")) : give(entries.slice(at, ++at));
  return { name, isFile: false, createReader: () => ({ readEntries }) };
}
const items = (...entries: object[]) =>
  entries.map((entry) => ({ kind: "file", webkitGetAsEntry: () => entry })) as unknown as DataTransferItemList;

it("what can't be read of what is dropped costs none of the others", async () => {
  const inner = folder("in", [file("c.png"), file("never.png")], 1);
  const { files, unread } = await droppedFiles(
    items(folder("set", [file("a.png"), file("locked.png"), inner, file("b.png")]), file("d.png")),
  );
  expect(files.map(({ path }) => path)).toEqual(["set/a.png", "set/in/c.png", "set/b.png", "d.png"]);
  expect(unread).toEqual([
    { path: "set/locked.png", reason: "it may not be read." },
    { path: "set/in", reason: "it is gone." },
  ]);
});

it("what can't be read of what is dropped is named, and nothing is taken where there is nothing else", async () => {
  const app = { fail: vi.fn() };
  const taken = vi.fn();
  const element = Object.assign(new EventTarget(), { classList: { toggle: () => false } });
  dropZone(app as never, element as never, taken);
  const drop = (...entries: object[]) =>
    element.dispatchEvent(Object.assign(new Event("drop"), { dataTransfer: { items: items(...entries) } }));
  drop(file("locked.png"));
  await vi.waitFor(() => expect(app.fail).toHaveBeenCalledOnce());
  expect(app.fail.mock.calls[0]![0].message).toMatch(
    /^1 of the files and folders that were dropped can't be read, and are left out\. The first: locked\.png \(it may not be read\)\. /,
  );
  expect(taken).not.toHaveBeenCalled();
  drop(file("a.png"), file("locked.png"));
  await vi.waitFor(() => expect(taken).toHaveBeenCalledWith([expect.objectContaining({ path: "a.png" })]));
  expect(app.fail).toHaveBeenCalledTimes(2);
});

/** Files of which the browser asks the disk for 2 ms each. */
function slowFiles(count: number) {
  let asked = 0;
  const slow = (name: string) => ({
    get size() {
      for (const end = performance.now() + 2; performance.now() < end; ) Math.random();
      return ++asked;
    },
    name,
  });
  const files = Array.from({ length: count }, (_, i) => ({ path: `${i}.png`, file: slow(`${i}.png`) as unknown as File }));
  return { files, asked: () => asked };
}

it("many files are looked at a few at a time, and the page goes on between them", async () => {
  const { files, asked } = slowFiles(40);
  const told: string[] = [];
  let turns = 0;
  const turn = setInterval(() => turns++);
  await lookAt(files, { progress: ({ what, done, total }) => told.push(`${what} ${done} of ${total}`) });
  clearInterval(turn);
  expect(asked()).toBe(40);
  expect(turns).toBeGreaterThanOrEqual(5);
  expect(told.length).toBeGreaterThanOrEqual(5);
  expect(told[0]).toMatch(/^\d\.png \d of 40$/);
});

it("looking at files ends at once when it is stopped", async () => {
  const { files, asked } = slowFiles(40);
  const stop = new AbortController();
  await expect(
    lookAt(files, { signal: stop.signal, progress: () => stop.abort(new TaskError("ABORTED", "Stopped.")) }),
  ).rejects.toMatchObject({ code: "ABORTED" });
  expect(asked()).toBeLessThan(40);
});
