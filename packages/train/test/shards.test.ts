import { copyFile, mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { writeWebDataset } from "@rsdix/data/node";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";
import { openCaptions } from "../src/recipes/open-captions";
import { buildCli, runProgram } from "./built-cli";
import { cli } from "./run-cli";
import { saveTinyCaptioner } from "./tiny-captioner";
import { type TinyWorld, tinyWorld } from "./tiny-world";

let program: string;
let remove: () => Promise<void>;

let folder: string;
let world: TinyWorld;
let embed: string[];
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  await startBackend("cpu");
  folder = scratchFolder("file");
  world = await tinyWorld(at("world"));
  const dataset = await openCaptions(world.annotations, { images: world.images, signal: new AbortController().signal });
  await writeWebDataset(dataset, at("tiles"), { shardSize: 5, name: "colours" });
  await dataset.files.close();
  embed = ["embed", "--model-pth", world.clip, "--accelerator", "cpu", "--batch-size", "4"];
  ({ program, remove } = await buildCli("shards"));
});
afterAll(() => remove());

const run = (args: readonly string[]) => runProgram(program, args);

interface EmbeddedRow {
  readonly id: string;
  readonly file: string;
  readonly embedding: number[];
}

async function rowsOf(path: string): Promise<EmbeddedRow[]> {
  const bytes = await readFile(path);
  return (await parquetReadObjects({
    file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
  })) as EmbeddedRow[];
}
const failed = (message: RegExp, code = 2) => ({ code, out: "", err: expect.stringMatching(message) });

describe("rsdix embed --shards, --parts; rsdix merge", () => {
  it("embeds parts of a list as embed does the whole, by one process or several, to the byte", async () => {
    const plain = await cli([...embed, "--img-dir", world.images, "--out-path", at("plain"), "--format", "safetensors"]);
    expect(plain).toMatchObject({ code: 0, err: "" });
    const one = await cli([...embed, "--img-dir", world.images, "--parts", "4", "--out-path", at("one")]);
    expect(one).toEqual({ code: 0, out: `4 of 4 shards are done: 32 images now: ${at("one")}\n`, err: "" });
    const two = await run([...embed, "--img-dir", world.images, "--parts", "4", "--jobs", "2", "--out-path", at("two"), "--json"]);
    expect({ ...two, out: JSON.parse(two.out) }).toEqual({
      code: 0,
      out: { done: 4, total: 4, rows: 32, bad: 0, failed: [], out: at("two") },
      err: "",
    });
    for (const name of ["one", "two"]) {
      const merged = await cli(["merge", at(name)]);
      expect(merged).toEqual({ code: 0, out: `32 images of 4 shards: ${at(`${name}/all.parquet`)}\n`, err: "" });
    }
    expect(Buffer.compare(await readFile(at("one/all.parquet")), await readFile(at("two/all.parquet")))).toBe(0);
    const rows = await rowsOf(at("one/all.parquet"));
    const bytes = await readFile(at("plain/embeddings.safetensors"));
    const data = bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)));
    const whole = new Float32Array(data.buffer.slice(data.byteOffset, data.byteOffset + 32 * 8 * 4));
    expect(rows.flatMap(({ embedding }) => embedding)).toEqual([...whole]);
    expect(rows[0]).toMatchObject({ id: "blue_test0.png", file: "blue_test0.png" });
  });

  it("embeds archives, goes on where it was stopped, and says what could not be used", async () => {
    const tiles = at("tiles/colours-{000000..000006}.tar");
    const first = await cli([...embed, "--shards", tiles, "--out-path", at("tars")]);
    expect(first).toEqual({ code: 0, out: `7 of 7 shards are done: 32 images now: ${at("tars")}\n`, err: "" });
    await rm(at("tars/shards/3-colours-000003.parquet"));
    expect(await cli(["merge", at("tars")])).toEqual(
      failed(/EMPTY_DATA: 1 of 7 shards are not done: 3-colours-000003\. Run the same command/, 1),
    );
    const again = await cli([...embed, "--shards", tiles, "--out-path", at("tars")]);
    expect(again).toEqual({ code: 0, out: `7 of 7 shards are done: 5 images now: ${at("tars")}\n`, err: "" });
    expect((await cli(["merge", at("tars"), "--out-path", at("new/tars.parquet")])).code).toBe(0); // whose folder is made
    const rows = await rowsOf(at("new/tars.parquet"));
    expect(new Set(rows.map(({ id }) => id)).size).toBe(32);
    const byName = new Map((await rowsOf(at("one/all.parquet"))).map(({ file, embedding }) => [file, embedding]));
    for (const { file, embedding } of rows)
      for (const [i, value] of embedding.entries()) expect(value).toBeCloseTo(byName.get(file)![i]!, 5);
  });

  it("refuses results of archives that others have taken the place of, and keeps those of archives that are gone", async () => {
    await mkdir(at("moved"));
    const [zero, one] = [at("moved/0.tar"), at("moved/1.tar")];
    await copyFile(at("tiles/colours-000000.tar"), zero);
    await copyFile(at("tiles/colours-000001.tar"), one);
    const args = [...embed, "--shards", at("moved/{0..1}.tar"), "--out-path", at("moved-out")];
    await utimes(zero, 1000, 1000);
    expect((await cli(args)).code).toBe(0);
    const { size } = await stat(zero);
    await copyFile(at("tiles/colours-000002.tar"), zero);
    await utimes(zero, 1000, 2000);
    const { size: other } = await stat(zero);
    expect(await cli(args)).toEqual({
      ...{ code: 2, out: "" },
      err: expect.stringContaining(
        `error: INVALID_ARGUMENT: ${at("moved-out")} holds results of another run: the archive of 0-0 is another file than when it was done ` +
          `(${zero} had ${size} bytes of 1970-01-01T00:16:40.000Z then, and has ${other} bytes of 1970-01-01T00:33:20.000Z now). Name another folder`,
      ),
    });
    await rm(at("moved-out/shards/0-0.parquet")); // as the message says
    expect((await cli(args)).out).toMatch(/^2 of 2 shards are done: 5 images now/);
    expect(await cli(["merge", at("moved-out")])).toMatchObject({ code: 0, out: expect.stringMatching(/^10 images of 2 shards/) });
    await rm(one);
    expect((await cli(args)).out).toMatch(/^2 of 2 shards are done: 0 images now/);
    await copyFile(at("tiles/colours-000003.tar"), one);
    await utimes(one, 1000, 3000);
    expect(await cli(args)).toMatchObject({
      code: 2,
      err: expect.stringContaining("the archive of 1-1 is another file than when it was done"),
    });
  });

  it("records images that can't be used beside the results", async () => {
    await mkdir(at("broken"));
    for (const name of ["blue_test0.png", "green_test0.png"]) await copyFile(join(world.images, name), join(at("broken"), name));
    await writeFile(join(at("broken"), "a.png"), "no image");
    await symlink("nowhere.png", join(at("broken"), "link.png"));
    const done = await cli([...embed, "--img-dir", at("broken"), "--parts", "3", "--out-path", at("some")]);
    expect(done.out).toMatch(/^3 of 3 shards are done: 2 images now, 2 could not be used/);
    expect((await cli(["merge", at("some")])).out).toMatch(/^2 images of 3 shards: .*, 2 could not be used: .*all\.bad\.jsonl/);
    const bad = (await readFile(at("some/all.bad.jsonl"), "utf8")).trimEnd().split("\n");
    expect(bad.map((line) => JSON.parse(line))).toEqual([
      { shard: "0-part", file: "a.png", reason: expect.stringMatching(/a\.png/) },
      { shard: "2-part", file: "link.png", reason: expect.stringMatching(/link\.png.*: it is a link that leads nowhere/) },
    ]);
  });

  it("merge replaces no list but an earlier one of its own, which goes where all could be used", async () => {
    for (const name of ["good", "mixed"]) await mkdir(at(name));
    for (const name of ["good", "mixed"]) await copyFile(join(world.images, "blue_test0.png"), join(at(name), "blue_test0.png"));
    await writeFile(join(at("mixed"), "a.png"), "no image");
    for (const name of ["good", "mixed"])
      expect(await cli([...embed, "--img-dir", at(name), "--parts", "1", "--out-path", at(`${name}-run`)])).toMatchObject({ code: 0 });
    const merge = (name: string) => cli(["merge", at(`${name}-run`), "--out-path", at("joined.parquet")]);
    const list = at("joined.bad.jsonl");
    for (const mine of ["my notes\n", '{"file":"a","reason":"b"}\n', '{"shard":"0","file":"a","reason":"b"}\nmine\n', "null\n"]) {
      await writeFile(list, mine);
      const message = /INVALID_ARGUMENT: .*joined\.bad\.jsonl is there already and is no list of what could not be used.*name another file/;
      for (const name of ["good", "mixed"]) expect(await merge(name)).toEqual(failed(message));
      expect(await readFile(list, "utf8")).toBe(mine);
      expect(await readdir(folder)).not.toContain("joined.parquet");
    }
    await writeFile(list, "");
    for (let i = 0; i < 2; i++) {
      expect((await merge("mixed")).out).toMatch(/^1 images of 1 shards: .*, 1 could not be used/);
      expect(JSON.parse(await readFile(list, "utf8"))).toEqual({ shard: "0-part", file: "a.png", reason: expect.any(String) });
    }
    expect(await merge("good")).toMatchObject({ code: 0, out: expect.not.stringContaining("could not be used") });
    expect(await readdir(folder)).not.toContain("joined.bad.jsonl");
  });

  it("does the other shards where one is damaged, fails, and does it when it is whole", async () => {
    await mkdir(at("cut"));
    for (const i of [0, 1]) await copyFile(at(`tiles/colours-00000${i}.tar`), at(`cut/${i}.tar`));
    const args = [...embed, "--shards", at("cut/{0..2}.tar"), "--out-path", at("cut-out")];
    const missing = await cli(args);
    expect(missing).toMatchObject({
      code: 1,
      err: expect.stringMatching(/not done: 2-2: .*2\.tar[\s\S]*PROCESS_FAILED: 1 of 3 shards are not done/),
    });
    expect(missing.out).toMatch(/^2 of 3 shards are done: 10 images now/);
    await copyFile(at("tiles/colours-000002.tar"), at("cut/2.tar"));
    expect((await cli(args)).out).toMatch(/^3 of 3 shards are done: 5 images now/);
  });

  it("doesn't take a cut-off archive for done, wherever it ends, and does it when it is whole", async () => {
    await mkdir(at("short"));
    const whole = await readFile(at("tiles/colours-000001.tar"));
    await copyFile(at("tiles/colours-000000.tar"), at("short/0.tar"));
    const args = [...embed, "--shards", at("short/{0..1}.tar"), "--out-path", at("short-out")];
    for (const length of [whole.length >> 1, whole.length - 1024, 0]) {
      await writeFile(at("short/1.tar"), whole.subarray(0, length));
      expect(await cli(args)).toEqual({
        code: 1,
        out: expect.stringMatching(/^1 of 2 shards are done/),
        err: expect.stringMatching(/not done: 1-1: .*1\.tar .*it was cut off.*\. Fetch it again\.\n[\s\S]*PROCESS_FAILED: 1 of 2 shards/),
      });
      expect(await readdir(at("short-out/shards"))).toEqual(["0-0.parquet"]);
    }
    await writeFile(at("short/1.tar"), whole);
    expect((await cli(args)).out).toMatch(/^2 of 2 shards are done: 5 images now/);
    expect((await cli(["merge", at("short-out")])).out).toMatch(/^10 images of 2 shards/);
  });

  it("refuses another model's results, and flags that don't go together", async () => {
    const other = [...embed, "--normalize", "--img-dir", world.images, "--parts", "4", "--out-path", at("one")];
    expect(await cli(other)).toEqual(
      failed(/INVALID_ARGUMENT: .*another run: normalized is "false" there and "true" now\. Name another folder/),
    );
    const cases: [string[], RegExp][] = [
      [["--shards", "a.tar", "--img-dir", "b"], /Either --img-dir or --shards/],
      [[], /--img-dir names a folder or a zip file, --shards/],
      [["--shards", "a.tar", "--parts", "3"], /--parts would do nothing with --shards/],
      [["--img-dir", "b", "--jobs", "2"], /--jobs would do nothing without --shards or --parts/],
      [["--shards", "a.tar", "--format", "npy"], /--format would do nothing with --shards or --parts/],
      [["--shards", "a.tar", "--split", "val"], /--split would do nothing with --shards/],
      [["--img-dir", "b", "--parts", "0"], /--parts/],
      [["--img-dir", world.images, "--parts", "4", "--jobs", "5000"], /--jobs .*It must be at most 1024/],
      [["--shards", "a-{9..1}.tar"], /counts from 9 down to 1/],
    ];
    for (const [flags, message] of cases) expect(await cli([...embed, "--out-path", at("none"), ...flags])).toEqual(failed(message));
    expect(await readdir(folder)).not.toContain("none");
    const none =
      /FILE_NOT_FOUND: .* holds no run: there is no plan\.json in it\. Give the folder that a run in shards or parts was written to\./;
    expect(await cli(["merge", at("nothing")])).toEqual(failed(none, 1));
    await writeFile(at("no-folder"), "");
    expect(await cli(["merge", at("no-folder")])).toEqual(failed(/FILE_NOT_FOUND: .*no-folder is a file: give the folder of a run\./, 1));
    expect(await cli(["merge"])).toEqual(failed(/missing required argument 'folder'/));
  });

  it("captions parts as caption does the whole", async () => {
    const captioner = join(folder, "captioner");
    await saveTinyCaptioner(captioner, world.clip);
    const caption = ["caption", "--model-pth", captioner, "--accelerator", "cpu", "--batch-size", "4", "--max-tokens", "6"];
    const plain = await cli([...caption, "--img-dir", world.images, "--out-path", at("captions.json")]);
    expect(plain).toMatchObject({ code: 0, err: "" });
    const parts = await cli([...caption, "--img-dir", world.images, "--parts", "4", "--out-path", at("captions")]);
    expect(parts).toEqual({ code: 0, out: `4 of 4 shards are done: 32 images now: ${at("captions")}\n`, err: "" });
    expect((await cli(["merge", at("captions")])).code).toBe(0);
    const rows = (await rowsOf(at("captions/all.parquet"))) as unknown as { file: string; caption: string }[];
    const whole = JSON.parse(await readFile(at("captions.json"), "utf8")) as Record<string, [string]>;
    expect(Object.fromEntries(rows.map((row) => [row.file, [row.caption]]))).toEqual(whole);
    const beams = await cli([...caption, "--img-dir", world.images, "--parts", "4", "--out-path", at("captions"), "--use-beam-search"]);
    expect(beams).toEqual(failed(/another run: decoding is .*maxTokens.* there and .*beams.* now/));
    const force = await cli([...caption, "--img-dir", world.images, "--parts", "4", "--out-path", at("captions"), "--force"]);
    expect(force).toEqual(failed(/--force would do nothing with --shards or --parts/));
  });

  it("is stopped by Ctrl-C, and keeps what is done", async () => {
    const stop = AbortSignal.abort(new Error("interrupted"));
    const { code, err } = await cli([...embed, "--img-dir", world.images, "--parts", "4", "--out-path", at("stopped")], { signal: stop });
    expect({ code, err }).toEqual({ code: 130, err: expect.stringMatching(/Stopped: /) });
  });
});
