import { lstat, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { withMetadata } from "../../test/metadata-file";
import { buildIndex } from "./build-index";
import { openIndex } from "./open-index";

let folder: string;
let parquet: string;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rsdix-index-place-"));
  parquet = at("few.parquet");
  await writeFile(parquet, await withMetadata([1, 2, 3].map((n) => Float32Array.of(Math.cos(n), Math.sin(n)))));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const refused = (code: string, message: RegExp) => expect.objectContaining({ code, message: expect.stringMatching(message) });

it("makes the folders around an index", async () => {
  await buildIndex(parquet, at("a", "b", "index"));
  expect(await readdir(at("a", "b"))).toEqual(["index"]);
});

it("takes the place of an empty folder, itself or behind a link, which stays one", async () => {
  await mkdir(at("empty"));
  await mkdir(at("real", "empty"), { recursive: true });
  await symlink(at("real", "empty"), at("link"));
  for (const place of ["empty/", "link"]) {
    await buildIndex(parquet, at(place));
    await (await openIndex(at(place))).close();
  }
  await buildIndex(parquet, at("link"), { force: true });
  expect((await lstat(at("link"))).isSymbolicLink()).toBe(true);
  expect(await readdir(at("real"))).toEqual(["empty"]);
});

it("refuses at the start what can't give way to an index", async () => {
  const onProgress = vi.fn();
  const refuses = async (place: string, message: RegExp) =>
    expect(buildIndex(parquet, place, { onProgress })).rejects.toEqual(refused("WRITE_FAILED", message));
  await symlink(at("nowhere"), at("lost"));
  await refuses(at("lost"), /lost is a link that leads nowhere: remove it, or name another folder\.$/);
  await refuses("/", /is a disk's own folder, which the index can't take the place of: name a folder in it\.$/);
  await mkdir(at("here"));
  vi.spyOn(process, "cwd").mockReturnValue(at("here"));
  await refuses(".", /^\. is the folder that this is run in, which the index can't take the place of: name a folder in it\.$/);
  expect(await readdir(at("here"))).toEqual([]);
  expect(onProgress).not.toHaveBeenCalled();
});

it.skipIf(process.platform !== "linux")("refuses a folder below /proc, where Node's own way never ends", async () => {
  const message = /^\/proc\/rsdix\/index could not be written: ENOENT/;
  await expect(buildIndex(parquet, "/proc/rsdix/index")).rejects.toEqual(refused("WRITE_FAILED", message));
});
