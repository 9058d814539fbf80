import { copyFile, cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { nwpuJson, rsicdJson, s2lcdXml } from "../../test/make-annotations";
import { cli } from "../../test/run-cli";
import { readKarpathy } from "../read-karpathy";
import { webDataset } from "../webdataset/web-dataset";

let folder: string;
let rsicd: string;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = scratchFolder("file");
  rsicd = at("RSICD");
  await mkdir(join(rsicd, "RSICD_images"), { recursive: true });
  const json = rsicdJson(5);
  await writeFile(join(rsicd, "dataset_rsicd.json"), JSON.stringify(json));
  for (const { filename } of json.images) await writeFile(join(rsicd, "RSICD_images", filename), filename);
});

it("writes a set in each form by how the target ends, and nothing is lost on the way", async () => {
  const before = await readKarpathy(join(rsicd, "dataset_rsicd.json"));
  for (const [form, ending] of [
    ["karpathy", "json"],
    ["csv", "csv"],
    ["jsonl", "jsonl"],
    ["s2lcd", "xml"],
  ]) {
    const file = at(`rsicd.${ending}`);
    const run = await cli(["convert", "rsicd", rsicd, file]);
    expect(run).toEqual({ code: 0, out: `5 images, 25 captions to ${file}\n`, err: "" });
    const back = at(`back-from-${ending}.json`);
    expect((await cli(["convert", form!, file, back])).code).toBe(0);
    const { dataset, ...images } = await readKarpathy(back);
    expect(images).toEqual({ images: before.images });
    expect(dataset).toBe(ending === "csv" ? "captions" : "RSICD");
  }
});

it("takes an annotation file alone: S2LCD's XML with splits as told, NWPU's JSON and back", async () => {
  await writeFile(at("annotations.xml"), s2lcdXml(10));
  expect((await cli(["convert", "s2lcd", at("annotations.xml"), at("s2lcd.json")])).code).toBe(0);
  const splits = async (file: string) => (await readKarpathy(file)).images.map(({ split }) => split);
  expect((await splits(at("s2lcd.json"))).filter((split) => split === "train")).toHaveLength(8);
  await cli(["convert", "s2lcd", at("annotations.xml"), at("tests.json"), "--split", "0,0,1"]);
  expect(new Set(await splits(at("tests.json")))).toEqual(new Set(["test"]));

  const nwpu = nwpuJson(["dense_residential", "airport"], 3);
  await writeFile(at("dataset_nwpu.json"), JSON.stringify(nwpu));
  await cli(["convert", "nwpu-captions", at("dataset_nwpu.json"), at("plain.json")]);
  expect((await readKarpathy(at("plain.json"))).images[0]!.label).toBe("dense residential");
  await cli(["convert", "karpathy", at("plain.json"), at("back.nwpu.json")]);
  expect(JSON.parse(await readFile(at("back.nwpu.json"), "utf8"))).toEqual(nwpu);
});

it("writes shards with images into a folder", async () => {
  const run = await cli(["convert", "rsicd", rsicd, `${at("shards")}/`, "--shard-size", "2", "--name", "train"]);
  expect(run).toEqual({ code: 0, out: `5 images, 25 captions to 3 shards in ${at("shards")}/\n`, err: "" });
  expect((await readdir(at("shards"))).sort()).toEqual(["train-000000.tar", "train-000001.tar", "train-000002.tar"]);
  const set = await webDataset(at("shards"));
  expect(new TextDecoder().decode(await set.files.read(set.images[4]!.filename))).toBe(set.images[4]!.filename);
  await set.files.close();
  const back = at("from-shards.json");
  expect((await cli(["convert", "webdataset", at("shards"), back])).code).toBe(0);
  expect((await readKarpathy(back)).images).toEqual((await readKarpathy(join(rsicd, "dataset_rsicd.json"))).images);
  const again = await cli(["convert", "rsicd", rsicd, at("shards"), "--name", "train"]);
  expect([again.code, again.err]).toEqual([2, expect.stringContaining("has shards of this name already")]);
});

it("keeps a file that is there unless told to replace it", async () => {
  await writeFile(at("kept.json"), "mine");
  const run = await cli(["convert", "rsicd", rsicd, at("kept.json")]);
  expect([run.code, run.err]).toEqual([2, expect.stringContaining("kept.json is there already: give --force to replace it")]);
  expect(await readFile(at("kept.json"), "utf8")).toBe("mine");
  expect((await cli(["convert", "rsicd", rsicd, at("kept.json"), "--force"])).code).toBe(0);
  expect((await readKarpathy(at("kept.json"))).images).toHaveLength(5);
});

it("never replaces what it reads, by whatever name", async () => {
  const file = at("own.json");
  const folder = at("own");
  await cp(rsicd, folder, { recursive: true });
  await copyFile(join(rsicd, "dataset_rsicd.json"), file);
  const before = await readFile(file);
  await symlink(file, at("link.json"));
  await symlink(join("own", "dataset_rsicd.json"), at("link.csv"));
  for (const [source, target, form] of [
    [file, file, "karpathy"],
    [file, at("link.json"), "karpathy"],
    [at("link.json"), file, "karpathy"],
    [folder, join(folder, "dataset_rsicd.json"), "rsicd"],
    [folder, at("link.csv"), "rsicd"],
  ] as const) {
    const run = await cli(["convert", form, source, target, "--force"]);
    expect
      .soft([run.code, run.err])
      .toEqual([2, expect.stringMatching(/ is read as .*\.json, and would be replaced by .*: name another file/)]);
    for (const path of [file, join(folder, "dataset_rsicd.json")]) expect.soft((await readFile(path)).equals(before)).toBe(true);
  }
  for (const again of [false, true])
    expect((await cli(["convert", "rsicd", folder, join(folder, "rsicd.csv"), ...(again ? ["--force"] : [])])).code).toBe(0);
});

it("leaves out what is wrong when told to, and names it", async () => {
  await writeFile(at("numbers.jsonl"), '{"filename":"a.png","captions":["a",5]}\n{"filename":"b.png","captions":["b"]}\n');
  const strict = await cli(["convert", "jsonl", at("numbers.jsonl"), at("numbers.csv")]);
  expect([strict.code, strict.err]).toEqual([1, expect.stringMatching(/^error: FILE_CORRUPT: .*numbers\.jsonl: line 1/)]);
  const run = await cli(["convert", "jsonl", at("numbers.jsonl"), at("numbers.csv"), "--skip"]);
  expect([run.code, run.out]).toEqual([0, `2 images, 2 captions (1 left out) to ${at("numbers.csv")}\n`]);
  expect(run.err).toMatch(/^left out: .*numbers\.jsonl: line 1.*\n$/);
});

it.each([
  [["a.yaml"], 2, /a\.yaml must end in \.nwpu\.json, \.json, \.csv, \.jsonl, \.xml, or in "\/"/],
  [["a.json", "--shard-size", "3"], 2, /--shard-size and --name are for WebDataset shards/],
  [["a.nwpu.json"], 2, /NWPU's form has no place for an image that lies in no folder/],
  [["none/a.json"], 1, /^error: WRITE_FAILED: .*none\/a\.json could not be written/],
])("refuses %j", async ([target, ...flags], code, message) => {
  const run = await cli(["convert", "rsicd", rsicd, at(target!), ...flags]);
  expect([run.code, run.err]).toEqual([code, expect.stringMatching(message)]);
});

it("says what it wrote as JSON, too", async () => {
  const file = at("told.csv");
  const toFile = await cli(["convert", "rsicd", rsicd, file, "--json"]);
  expect({ ...toFile, out: JSON.parse(toFile.out) }).toEqual({
    ...{ code: 0, err: "" },
    out: { images: 5, captions: 25, leftOut: 0, target: file },
  });
  const shards = `${at("told")}/`;
  const { out } = await cli(["convert", "rsicd", rsicd, shards, "--shard-size", "2", "--json"]);
  expect(JSON.parse(out)).toEqual({ images: 5, captions: 25, leftOut: 0, target: shards, shards: 3 });
});
