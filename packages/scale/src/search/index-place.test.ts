import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { withMetadata } from "../../test/metadata-file";
import { buildIndex } from "./build-index";

let folder: string;
let parquet: string;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rsdix-index-place-"));
  parquet = at("few.parquet");
  await writeFile(parquet, await withMetadata([1, 2, 3].map((n) => Float32Array.of(Math.cos(n), Math.sin(n)))));
});
afterAll(() => rm(folder, { recursive: true }));

const refused = (code: string, message: RegExp) => expect.objectContaining({ code, message: expect.stringMatching(message) });

it("makes the folders around an index", async () => {
  await buildIndex(parquet, at("a", "b", "index"));
  expect(await readdir(at("a", "b"))).toEqual(["index"]);
});

it.skipIf(process.platform !== "linux")("refuses a folder below /proc, where Node's own way never ends", async () => {
  const message = /^\/proc\/rsdix\/index could not be written: ENOENT/;
  await expect(buildIndex(parquet, "/proc/rsdix/index")).rejects.toEqual(refused("WRITE_FAILED", message));
});
