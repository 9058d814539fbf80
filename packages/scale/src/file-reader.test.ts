import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";
import { fileReader } from "./file-reader";

let folder: string;
let path: string;

beforeAll(async () => {
  folder = scratchFolder("file");
  path = join(folder, "a");
  await writeFile(path, "seven b");
});

/** A clock on which each file that is read at once takes so many milliseconds; `asked`: how often it was looked at. */
function clock(milliseconds: number) {
  const told = { asked: 0, now: () => told.asked++ * milliseconds };
  return told;
}

test("files of a near disk are read at once, and those of a slow one side by side", async () => {
  for (const [milliseconds, least, most] of [
    [0.1, 100, 100],
    [50, 2, 2],
    [1.5, 10, 60],
  ] as const) {
    const timer = clock(milliseconds);
    const read = fileReader(timer.now);
    for (let i = 0; i < 50; i++) expect(Buffer.from(await read(path)).toString()).toBe("seven b");
    expect(timer.asked).toBeGreaterThanOrEqual(least);
    expect(timer.asked).toBeLessThanOrEqual(most);
  }
});

test("one file that the disk is woken for doesn't decide", async () => {
  let at = 0;
  const times = [0, 9, ...Array.from({ length: 98 }, (_, i) => 9 + i * 0.01)];
  const read = fileReader(() => times[at++]!);
  for (let i = 0; i < 50; i++) await read(path);
  expect(at).toBe(100);
});

test("a file that isn't there is an error either way", async () => {
  const timer = clock(100);
  const read = fileReader(timer.now);
  await expect(read(join(folder, "none"))).rejects.toThrow(/ENOENT/);
  await read(path);
  await expect(read(join(folder, "none"))).rejects.toThrow(/ENOENT/);
});
