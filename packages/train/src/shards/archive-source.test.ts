import { realpath, utimes, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { processorTime } from "../../../../test/processor-time";
import { refusal } from "../../../../test/refusal";
import { scratchFolder } from "../../../../test/scratch-folder";
import { archiveSource, withArchives } from "./shard-images";

let folder: string;
beforeEach(async () => {
  folder = await realpath(scratchFolder());
});
afterEach(() => vi.restoreAllMocks());
const source = (pattern: string) => ({ kind: "webdataset", pattern });

describe("archiveSource", () => {
  it("has names in full, so that a pattern in another folder is another run, and the same archives are the same", () => {
    vi.spyOn(process, "cwd").mockReturnValue(folder);
    const inFull = source(join(folder, "tiles/a-{00..11}.tar"));
    for (const pattern of ["tiles/a-{00..11}.tar", "./tiles/../tiles/a-{00..11}.tar", join(folder, "tiles/a-{00..11}.tar")])
      expect(archiveSource(pattern)).toEqual(inFull);
    vi.spyOn(process, "cwd").mockReturnValue(tmpdir());
    expect(archiveSource("tiles/a-{00..11}.tar")).toEqual(source(join(tmpdir(), "tiles/a-{00..11}.tar")));
    expect(archiveSource(join(relative(tmpdir(), folder), "tiles/a-{00..11}.tar"))).toEqual(inFull);
  });

  it("leaves addresses as they are, and takes braces that hold paths or addresses", () => {
    vi.spyOn(process, "cwd").mockReturnValue(folder);
    for (const pattern of ["https://host/a-{0..3}.tar?key=1", "{/a/b,/c/d}-{0..3}.tar", "{https://a,https://b}/0.tar"])
      expect(archiveSource(pattern)).toEqual(source(pattern));
    expect(archiveSource("~/a-{0..3}.tar")).toEqual(source(join(homedir(), "a-{0..3}.tar"))); // which no shell expands in quotes
    expect(archiveSource("{a/../b,/c}.tar")).toEqual(source(`{${join(folder, "b.tar")},/c.tar}`));
  });

  it("refuses a folder whose name would be taken for a pattern", () => {
    vi.spyOn(process, "cwd").mockReturnValue(join(folder, "{x,y}"));
    expect(() => archiveSource("a.tar")).toThrow(
      /^--shards a\.tar stands for other archives in full, as .*\{x,y\} has braces or commas: rename it/,
    );
  });

  it("knows archives by their sizes and times, of a near disk and of a slow one", async () => {
    for (const i of [0, 150, 199]) {
      await writeFile(join(folder, `a-${i}.tar`), "x".repeat(i));
      await utimes(join(folder, `a-${i}.tar`), 1e9, 1e9 + i);
    }
    const patterns = [
      join(folder, "a-{0..199}.tar"),
      `file://${folder}/a-{0..199}.tar`,
      `{https://a.b/a.tar,${join(folder, "a-150.tar")}}`,
    ];
    const all = () => Promise.all(patterns.map((pattern) => withArchives(archiveSource(pattern))));
    const quick = await all();
    const stamp = "150 bytes of 2001-09-09T01:49:10.000Z";
    expect(quick.map(({ images }) => images?.indexOf(stamp))).toEqual([150, 150, 1]);
    expect(quick[0]!.images!.filter((text) => text !== "")).toHaveLength(3);
    let now = 0;
    vi.spyOn(performance, "now").mockImplementation(() => (now += 1000));
    expect(await all()).toEqual(quick);
    expect(await withArchives(archiveSource("https://a.b/{0..99}.tar"))).toEqual(source("https://a.b/{0..99}.tar"));
  });

  it("refuses addresses that no archive is at, and archives that come twice", () => {
    vi.spyOn(process, "cwd").mockReturnValue(folder);
    const wrong: [string, RegExp][] = [
      ["file://host/a-{0..3}.tar", /^file:\/\/host\/a-0\.tar is no address of a file on this machine: .+\. Give a path/],
      ["file:///a%2Fb.tar", /is no address of a file on this machine/],
      ["file:///a%00b.tar", /is no address of a file on this machine/],
      ["s3://bucket/a-{0..3}.tar", /^--shards s3:\/\/bucket\/a-0\.tar is no address that can be read: give an https: one/],
      ["https://", /^--shards https:\/\/ is no address/],
      ["{a,b,a}.tar", /^--shards \{a,b,a\}\.tar stands for .+a\.tar twice/],
      ["{a,./a}.tar", /stands for .+a\.tar twice/],
      ["{1..11}{1..11}.tar", /twice/],
      [`{arcs/x.tar,file://${folder}/arcs/x.tar}`, /stands for file:.+\/arcs\/x\.tar twice/],
      [`{file://${folder}/x.tar,file://${folder}/%78.tar}`, /stands for file:.+\/%78\.tar twice/],
      ["a{0..1}/../arcs/x.tar", /stands for .+arcs\/x\.tar twice/],
      [`file://${folder}/a{0..1}/../x.tar`, /twice/],
      ["file:///x.tar?{0..1}", /twice/],
      ["https://host/a{0..1}/../x.tar", /twice/],
      ["https://host/x.tar#{0..1}", /twice/],
      ["{https://host,HTTPS://HOST}/x.tar", /twice/],
    ];
    for (const [pattern, message] of wrong) expect(() => archiveSource(pattern)).toThrow(refusal("INVALID_ARGUMENT", message));
    for (const pattern of ["a-{0..9}{0..9}.tar", "{a,b}-{0..9}.tar", "a{1..1}.tar", "https://host/x.tar?{0..1}"]) archiveSource(pattern);
  });

  it("makes no name of each archive where braces count once", () => {
    const seconds = processorTime();
    for (let i = 0; i < 100; i++) archiveSource("/data/a-{0..999999}.tar");
    expect(seconds()).toBeLessThan(1); // 100 million names take minutes
  });
});
