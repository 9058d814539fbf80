import { copyFile, mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createRandom } from "@rsdix/internal";
import { ByteWriter } from "hyparquet-writer";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { refusal } from "../../../../test/refusal";
import { scratchFolder } from "../../../../test/scratch-folder";
import { metadataOf, withMetadata } from "../../test/metadata-file";
import { openIndex, type VectorIndex } from "../index";
import { parquetWriter, ROWS_PER_GROUP } from "../parquet";
import { seal, sealNote } from "../seal";
import { buildIndex } from "./build-index";

const DIM = 16;
const ROWS = 5000;

let folder: string;
let parquet: string;
let vectors: Float32Array[];
const at = (...names: string[]) => join(folder, ...names);
const random = createRandom(5);
const vector = () => Float32Array.from({ length: DIM }, () => random.normal());

beforeAll(async () => {
  folder = scratchFolder("file");
  vectors = Array.from({ length: ROWS }, vector);
  parquet = at("all.parquet");
  await writeFile(parquet, await withMetadata(vectors));
  await buildIndex(parquet, at("index"));
});
afterEach(() => vi.restoreAllMocks());

/** What is nearest, by looking at all in the simplest way. */
function nearest(query: Float32Array, k: number, wanted: (i: number) => boolean = () => true) {
  const cosine = (a: Float32Array, b: Float32Array) =>
    a.reduce((sum, value, j) => sum + value * b[j]!, 0) / Math.hypot(...a) / Math.hypot(...b);
  const scores = vectors.map((each, i) => ({ i, score: cosine(each, query) })).filter(({ i }) => wanted(i));
  return scores.sort((a, b) => b.score - a.score).slice(0, k);
}

async function opened<T>(use: (index: VectorIndex) => Promise<T>, name = "index"): Promise<T> {
  const index = await openIndex(at(name));
  return use(index).finally(() => index.close());
}

describe("buildIndex, openIndex", () => {
  it("finds what is nearest, with its score and metadata, and says how much of it is found", async () => {
    await opened(async (index) => {
      expect(index).toMatchObject({ rows: ROWS, dim: DIM, key: { model: "its hash" } });
      expect(index.columns).toEqual({ id: "string", file: "string", split: "string", clouds: "number", year: "number", urban: "boolean" });
      expect(index.recall).toMatchObject({ k: 10, samples: 100 });
      expect(index.recall!.recall).toBeGreaterThan(0.9);
      let hits = 0;
      for (let n = 0; n < 50; n++) {
        const query = vector();
        const wanted = nearest(query, 5);
        const { results, matching, recall } = await index.query(query, { k: 5, exact: true });
        expect(matching).toBe(ROWS);
        expect(results.map(({ id }) => id)).toEqual(wanted.map(({ i }) => `id ${i}`));
        const [best] = wanted as [{ i: number; score: number }];
        expect(results[0]).toEqual({
          id: `id ${best.i}`,
          file: `tiles/${best.i}.png`,
          score: expect.closeTo(best.score, 5),
          values: metadataOf(best.i),
        });
        const quick = await index.query(query, { k: 5 });
        const found = quick.results.filter(({ id }) => wanted.some(({ i }) => id === `id ${i}`)).length;
        expect(recall).toBeCloseTo(found / 5, 9);
        hits += found;
      }
      expect(hits / 250).toBeGreaterThan(0.9);
    });
  });

  it("is a graph: it doesn't read all vectors to find some", async () => {
    await opened(async (index) => {
      const all = vi.spyOn((index as unknown as { vectors: { bestOfAll: () => unknown } }).vectors, "bestOfAll");
      await index.query(vector(), { k: 10 });
      await index.query(vector(), { k: 10, where: ["clouds<0.5"] });
      expect(all).not.toHaveBeenCalled();
      await index.query(vector(), { k: 10, where: ["split=test"] }); // so few that they are all looked at
      expect(all).toHaveBeenCalledTimes(1);
    });
  });

  it.each([
    [["split=test"], (i: number) => i % 10 === 0],
    [["split!=test"], (i: number) => i % 10 !== 0 && i % 97 !== 1],
    [["clouds<0.2", "urban=true"], (i: number) => i % 100 < 20 && i % 3 === 0],
    [["year >= 2020", "year<=2021"], (i: number) => [20, 21].includes(i % 25)],
    [["file=tiles/77.png"], (i: number) => i === 77],
    [["clouds>0.1"], (i: number) => i % 100 > 10],
  ])("filters by %j", async (where, wanted) => {
    await opened(async (index) => {
      const query = vector();
      const { results, matching } = await index.query(query, { where, exact: true });
      expect(results.map(({ id }) => id)).toEqual(nearest(query, 10, wanted).map(({ i }) => `id ${i}`));
      expect(matching).toBe(vectors.filter((_, i) => wanted(i)).length);
      const quick = await index.query(query, { where });
      expect(quick.results).toHaveLength(results.length);
      expect(quick.results.every(({ id }) => wanted(Number(id.slice(3))))).toBe(true);
    });
  });

  it("finds nothing where nothing meets the conditions, and all where more is asked for than there is", async () => {
    await opened(async (index) => {
      expect(await index.query(vector(), { where: ["clouds>7"], exact: true })).toEqual({ results: [], matching: 0 });
      expect((await index.query(vector(), { k: ROWS + 1 })).results).toHaveLength(ROWS);
      expect((await index.query(vector(), { k: 1 })).results).toHaveLength(1);
    });
  });

  it("refuses queries that can't be", async () => {
    await opened(async (index) => {
      const query = vector();
      await expect(index.query(query, { k: 0 })).rejects.toEqual(
        refusal("INVALID_ARGUMENT", /k must be a whole number at least 1 and at most 10000, got 0/),
      );
      await expect(index.query(vector().subarray(1))).rejects.toEqual(
        refusal("SHAPE_MISMATCH", /vectors of 16 numbers, and the query has 15/),
      );
      await expect(index.query([1] as never)).rejects.toEqual(refusal("INVALID_ARGUMENT", /a Float32Array, got object/));
      await expect(index.query(new Float32Array(DIM))).rejects.toEqual(refusal("NOT_A_NUMBER", /The query is zero/));
      await expect(index.query(query.map(() => Number.NaN))).rejects.toEqual(refusal("NOT_A_NUMBER", /The query has NaN/));
      await expect(index.query(query, { where: ["place=sea"] })).rejects.toEqual(
        refusal("INVALID_ARGUMENT", /no column "place".*split, clouds/),
      );
      await expect(index.query(query, { where: ["split"] })).rejects.toEqual(
        refusal("INVALID_ARGUMENT", /such as "split=test"; got "split"/),
      );
      await expect(index.query(query, { where: ["clouds<few"] })).rejects.toEqual(refusal("INVALID_ARGUMENT", /holds numbers, got "few"/));
      await expect(index.query(query, { where: ["urban=yes"] })).rejects.toEqual(refusal("INVALID_ARGUMENT", /true or false, got "yes"/));
      await expect(index.query(query, { exact: true, signal: AbortSignal.abort() })).rejects.toEqual(refusal("ABORTED", /was stopped/));
      await expect(index.query(query, { top: 3 } as never)).rejects.toEqual(refusal("UNKNOWN_OPTION", /no option "top"/));
      expect(() => index.checkKey({ model: "another" })).toThrow(
        refusal("CHECKPOINT_MISMATCH", /another model: its hash there and another now/),
      );
      index.checkKey({ model: "its hash", preprocessing: "of which the index says nothing" });
    });
  });

  it("takes more columns, and replaces an index only when told to", async () => {
    const extra = {
      columns: { place: "string" },
      valuesOf: ({ id, file }: { id: string; file: string }) => (file === "tiles/9.png" ? { place: id } : {}),
    } as const;
    await copyFile(parquet, at("other.parquet"));
    await buildIndex(at("other.parquet"), at("more"));
    await expect(buildIndex(parquet, at("more"), { extra })).rejects.toEqual(
      refusal("INVALID_ARGUMENT", /holds an index already: say force/),
    );
    await buildIndex(parquet, at("more"), { extra, force: true });
    await opened(async (index) => {
      const { results, matching } = await index.query(vector(), { where: ["place=id 9"] });
      expect({ matching, file: results[0]?.file, place: results[0]?.values.place }).toEqual({
        matching: 1,
        file: "tiles/9.png",
        place: "id 9",
      });
    }, "more");
    const twice = { ...extra, columns: { split: "string" } } as const;
    await expect(buildIndex(parquet, at("twice"), { extra: twice })).rejects.toEqual(
      refusal("INVALID_ARGUMENT", /has a column "split" already/),
    );
    await mkdir(at("mine"));
    await writeFile(at("mine", "notes.txt"), "mine");
    await expect(buildIndex(parquet, at("mine"), { force: true })).rejects.toEqual(
      refusal("WRITE_FAILED", /holds something that is no index \(notes\.txt\)/),
    );
    expect(await readdir(at("mine"))).toEqual(["notes.txt"]);
    await expect(buildIndex(parquet, parquet)).rejects.toEqual(refusal("WRITE_FAILED", /is no folder/));
  });

  it("lets one of two builds of the same index be there, whole, and the other say so", async () => {
    await writeFile(at("few.parquet"), await withMetadata(vectors.slice(0, 50)));
    const both = await Promise.allSettled([buildIndex(at("few.parquet"), at("both")), buildIndex(at("few.parquet"), at("both"))]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const lost = both.find((each) => each.status === "rejected");
    expect(lost!.reason).toEqual(refusal("INVALID_ARGUMENT", /both holds an index already: say force: true to replace it/));
    const again = await Promise.allSettled([1, 2, 3].map(() => buildIndex(at("few.parquet"), at("both"), { force: true })));
    for (const each of again) if (each.status === "rejected") expect(each.reason).toMatchObject({ name: "RsdixError" });
    await opened(async (index) => expect((await index.query(vector(), { k: 99 })).results).toHaveLength(50), "both");
    expect((await readdir(folder)).filter((name) => name.startsWith("both"))).toEqual(["both"]);
  });

  it("refuses embeddings that can't be searched, names the row, and leaves nothing", async () => {
    const bad = async (name: string, bytes: Uint8Array | string, code: string, message: RegExp) => {
      await writeFile(at(name), bytes);
      await expect(buildIndex(at(name), at("never"))).rejects.toEqual(refusal(code, message));
    };
    const changed = (i: number, values: ArrayLike<number>) =>
      withMetadata(vectors.slice(0, 900).map((each, at) => (at === i ? values : each)));
    await bad(
      "nan.parquet",
      await changed(
        800,
        vectors[0]!.map(() => Number.NaN),
      ),
      "NOT_A_NUMBER",
      /the embedding of "id 800" has NaN or Infinity/,
    );
    await bad("zero.parquet", await changed(3, new Float32Array(DIM)), "NOT_A_NUMBER", /the embedding of "id 3" is zero/);
    await bad(
      "dim.parquet",
      await changed(701, [1, 2, 3]),
      "SHAPE_MISMATCH",
      /the embedding of "id 701" has 3 numbers, and the first one has 16/,
    );
    await bad("empty.parquet", await withMetadata([]), "EMPTY_DATA", /has no rows/);
    await bad("text.parquet", "no Parquet", "FILE_CORRUPT", /is no Parquet file/);
    await bad("torn.parquet", (await readFile(parquet)).subarray(0, 9000), "FILE_CORRUPT", /is no Parquet file/);
    const captions = new ByteWriter();
    const writer = parquetWriter(captions, { caption: "string" }, sealNote);
    await writer.write({ columnData: ["id", "file", "caption"].map((name) => ({ name, data: ["a"] })), rowGroupSize: ROWS_PER_GROUP });
    await writer.finish();
    const unsealed = new Uint8Array(captions.getBuffer());
    await bad("captions.parquet", unsealed, "FILE_CORRUPT", /is not what was written there: its checksum is missing or another/);
    seal(unsealed);
    await bad("captions.parquet", unsealed, "FILE_CORRUPT", /its columns are id, file, caption/);
    await expect(buildIndex(at("none.parquet"), at("never"))).rejects.toEqual(refusal("FILE_NOT_FOUND", /none\.parquet cannot be read/));
    await expect(buildIndex(folder, at("never"))).rejects.toEqual(refusal("FILE_NOT_FOUND", /is a folder: give the Parquet file/));
    const stop = new AbortController();
    let told = 0;
    const onProgress = ({ done, total }: { done: number; total: number }) => {
      expect(total).toBe(ROWS);
      told = done;
      if (done > 1000) stop.abort();
    };
    await expect(buildIndex(parquet, at("never"), { onProgress, signal: stop.signal })).rejects.toEqual(
      refusal("ABORTED", /nothing is left of it/),
    );
    expect(told).toBeLessThan(2000);
    expect((await readdir(folder)).filter((name) => name.startsWith("never"))).toEqual([]);
  });

  it("refuses an index whose files aren't those that were written", async () => {
    const damage = async (name: string, change: (path: string) => Promise<unknown>, code: string, message: RegExp) => {
      await rm(at("damaged"), { recursive: true, force: true });
      await mkdir(at("damaged"));
      for (const each of await readdir(at("index"))) await copyFile(at("index", each), at("damaged", each));
      await change(at("damaged", name));
      const searched = openIndex(at("damaged")).then((index) => index.query(vector(), { k: ROWS }).finally(() => index.close()));
      await expect(searched).rejects.toEqual(refusal(code, message));
    };
    const overwrite = (bytes: number[]) => async (path: string) => {
      const all = await readFile(path);
      all.set(bytes, all.length >> 1);
      await writeFile(path, all);
    };
    await damage("graph.usearch", overwrite([1, 2, 3, 4]), "FILE_CORRUPT", /graph\.usearch is damaged: its bytes are not those/);
    await damage(
      "graph.usearch",
      (path) => truncate(path, 1000),
      "FILE_CORRUPT",
      /graph\.usearch is damaged: it has 1000 bytes in place of/,
    );
    await damage(
      "vectors.f32",
      (path) => truncate(path, 1000),
      "FILE_CORRUPT",
      /vectors\.f32 is damaged: it has 1000 bytes in place of 320000/,
    );
    await damage(
      "vectors.f32",
      overwrite([0, 0, 192, 127]),
      "FILE_CORRUPT",
      /vectors\.f32 is damaged: the vector of row 2500 is not of length 1/,
    );
    await damage("vectors.f32", (path) => rm(path), "FILE_CORRUPT", /it cannot be read/);
    await damage("rows.parquet", overwrite([7]), "FILE_CORRUPT", /rows\.parquet is damaged: its bytes are not those/);
    await damage("rows.parquet", (path) => writeFile(path, "PAR1"), "FILE_CORRUPT", /rows\.parquet is damaged/);
    await damage(
      "rows.parquet",
      (path) => copyFile(at("empty.parquet"), path),
      "FILE_CORRUPT",
      /rows\.parquet is damaged: its bytes are not those/,
    );
    await damage("index.json", (path) => writeFile(path, "{"), "FILE_CORRUPT", /index\.json is damaged/);
    await damage(
      "index.json",
      (path) => writeFile(path, '{"version": 2}'),
      "FILE_CORRUPT",
      /of version 2, and this program reads version 1/,
    );
    await damage("index.json", (path) => writeFile(path, '{"version": 1}'), "FILE_CORRUPT", /doesn't say what is in the index/);
    await damage("index.json", (path) => rm(path), "FILE_NOT_FOUND", /is no index: there is no index\.json in it/);
  });
});
