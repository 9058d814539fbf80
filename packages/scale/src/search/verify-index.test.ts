import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { scratchFolder } from "../../../../test/scratch-folder";
import { withMetadata } from "../../test/metadata-file";
import { buildIndex } from "./build-index";
import { openIndex } from "./open-index";

let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = scratchFolder("file");
  await writeFile(at("all.parquet"), await withMetadata([1, 2, 3].map((n) => Float32Array.of(Math.cos(n), Math.sin(n)))));
  await buildIndex(at("all.parquet"), at("index"));
});

const opens = async (options: object) => (await openIndex(at("index"), options)).close();

it("verifies the bytes of an index's vectors where that is asked for", async () => {
  await opens({ verify: true });
  const path = at("index/vectors.f32");
  const bytes = await readFile(path);
  bytes[0]! ^= 1; // the vector is as long as before, all but
  await writeFile(path, bytes);
  await opens({});
  await expect(opens({ verify: true })).rejects.toEqual(refusal("FILE_CORRUPT", /vectors\.f32 is damaged: its bytes are not those/));
  await expect(opens({ check: true })).rejects.toEqual(refusal("UNKNOWN_OPTION", /check/));
});

it("says so where an index has no checksum of them", async () => {
  const path = at("index/index.json");
  const { vectorsSha256: _, ...earlier } = JSON.parse(await readFile(path, "utf8"));
  await writeFile(path, JSON.stringify(earlier));
  await opens({});
  await expect(opens({ verify: true })).rejects.toEqual(refusal("INVALID_ARGUMENT", /has no checksum of its vectors.*build it again/));
});
