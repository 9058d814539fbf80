import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CaptionDataset,
  parseKarpathy,
  stringifyCaptionsCsv,
  stringifyCaptionsJsonLines,
  stringifyKarpathy,
  stringifyNwpu,
  stringifyS2lcdXml,
} from "@rsdix/data";
import { printable } from "@rsdix/internal";
import { describe, expect, it, vi } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { grammarCaptions } from "../../../metrics/test/caption-grammar";
import { cli } from "../../test/run-cli";

const SPLITS = ["train", "val", "test"];
const DATASET: CaptionDataset = parseKarpathy(
  {
    dataset: "grammar",
    images: grammarCaptions(12, 5).map((captions, i) => ({
      ...{ filename: `park/park_${i}.jpg`, imgid: i, split: SPLITS[i % 3], label: "park" },
      sentences: captions.map((raw) => ({ raw })),
    })),
  },
  "grammar.json",
);
const QUICK = ["--resamples", "100", "--metrics", "rougeL,bleu4", "--perturbations", "colour,synonyms"];

/** A folder with an annotation file in it, and where the study goes. */
function prepared(name = "grammar.json", text = stringifyKarpathy(DATASET)): { file: string; out: string; folder: string } {
  const folder = scratchFolder();
  writeFileSync(join(folder, name), text);
  return { file: join(folder, name), out: join(folder, "out"), folder };
}

const json = (folder: string) => JSON.parse(readFileSync(join(folder, "study.json"), "utf8"));

describe("rsdix", () => {
  it("says what it takes, with an example", async () => {
    const { code, out, err } = await cli(["--help"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^ {2}study /m);
    const help = await cli(["study", "--help"]);
    expect([help.code, help.err]).toEqual([0, ""]);
    expect(help.out).toMatch(/\nExample:\n {2}\$ rsdix study dataset_rsicd\.json /);
    for (const flag of ["--metrics", "--perturbations", "--out", "--seed", "--limit", "--reference", "--debug"])
      expect(help.out).toContain(flag);
    expect(await cli(["--version"])).toEqual({ code: 0, out: "1.2.3\n", err: "" });
  });

  it.each([
    [[], /^Usage: rsdix/],
    [["lost"], /^error: unknown command 'lost'/],
    [["study"], /^error: missing required argument 'annotations'\n/],
    [["study", "a.json", "--seed", "x"], /argument 'x' is invalid\. It must be a whole number\./],
    [["study", "a.json", "--limit", "0"], /It must be at least 1\./],
    [["study", "a.json", "--metrics", "bleu,"], /It must be names with commas between them/],
    [["study", "a.json", "--split", "all"], /Allowed choices are train, val, test/],
    [["study", "a.json", "--form", "coco"], /Allowed choices are karpathy, nwpu, csv, jsonl, s2lcd/],
    [["study", "a.txt"], /^error: INVALID_ARGUMENT: a\.txt must end in \.json, .* or --form must say/],
    [["study", "a.json", "--no-fig"], /^error: unknown option '--no-fig'/],
  ])("refuses %j in one line", async (args, message) => {
    const { code, out, err } = await cli(args);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n\s+at /);
  });
});

describe("rsdix study", () => {
  it("writes the study as JSON, table and figure, and says what it found", async () => {
    const { file, out } = prepared();
    const run = await cli(["study", file, "--out", out, "--captions", "--reference", ...QUICK]);
    expect([run.code, run.err]).toEqual([0, ""]);
    expect(readdirSync(out).sort()).toEqual(["captions.tsv", "study.json", "study.svg", "study.tsv"]);
    const study = json(out);
    expect(study).toMatchObject({
      ...{ images: 12, captions: DATASET.images.flatMap(({ sentences }) => sentences).length },
      settings: { seed: 42, compareTo: "bleu4", against: "original", unit: "image", resamples: 100 },
      original: { tests: [{ metric: "rougeL" }] },
    });
    const { robustness } = study.metrics[0];
    expect(run.out).toMatch(/^metric +robustness +sensitivity\nrougeL +/);
    expect(run.out).toContain(`${robustness.value.toFixed(3)} [${robustness.low.toFixed(3)}, ${robustness.high.toFixed(3)}]`);
    expect(run.out).toContain(join(out, "study.svg"));
    expect(readFileSync(join(out, "study.svg"), "utf8")).toMatch(/^<svg /);
    expect(readFileSync(join(out, "study.tsv"), "utf8").split("\n")).toHaveLength(1 + 2 * 4 + 1);
  });

  it("does not replace files, unless told to, and repeats with its seed", async () => {
    const { file, out } = prepared();
    const args = ["study", file, "--out", out, "--no-figure", ...QUICK];
    expect((await cli(args)).code).toBe(0);
    expect(readdirSync(out).sort()).toEqual(["study.json", "study.tsv"]);
    const first = readFileSync(join(out, "study.json"), "utf8");
    const again = await cli(args);
    expect(again).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^error: INVALID_ARGUMENT: .*study\.json is there already: give --force/),
    });
    expect((await cli([...args, "--force"])).code).toBe(0);
    expect(readFileSync(join(out, "study.json"), "utf8")).toBe(first);
    expect((await cli([...args, "--force", "--seed", "1"])).code).toBe(0);
    expect(readFileSync(join(out, "study.json"), "utf8")).not.toBe(first);
  });

  it.each([
    ["grammar.csv", stringifyCaptionsCsv(DATASET)],
    ["grammar.jsonl", stringifyCaptionsJsonLines(DATASET)],
    ["nwpu.json", stringifyNwpu(DATASET)],
    ["grammar.xml", stringifyS2lcdXml(DATASET)],
    ["captions.ndjson", stringifyCaptionsJsonLines(DATASET)],
  ])("reads %s as Karpathy's JSON", async (name, text) => {
    const { file, out, folder } = prepared(name, text);
    writeFileSync(join(folder, "grammar.json"), stringifyKarpathy(DATASET));
    const others = join(folder, "others");
    const run = await cli(["study", file, "--out", out, "--no-figure", ...QUICK]);
    expect([run.code, run.err]).toEqual([0, ""]);
    await cli(["study", join(folder, "grammar.json"), "--out", others, "--no-figure", ...QUICK]);
    // A form without classes protects "park" from synonyms no more, and captions have no park in this grammar's first words.
    expect(json(out).metrics[1].perturbations.colour).toEqual(json(others).metrics[1].perturbations.colour);
  });

  it("takes a split, some images, and the options of the study", async () => {
    const { file, out } = prepared();
    const args = ["study", file, "--out", out, "--no-figure", "--force", ...QUICK];
    const run = async (...more: string[]) => {
      expect(await cli([...args, ...more])).toMatchObject({ code: 0, err: "" });
      return json(out);
    };
    expect((await run("--split", "test")).images).toBe(4);
    const printed = await cli([...args, "--split", "test", "--json"]);
    expect(JSON.parse(printed.out)).toEqual(json(out));
    expect((await run("--limit", "3")).images).toBe(3);
    expect((await run("--limit", "3", "--split", "val")).images).toBe(3);
    expect((await run("--compare-to", "rougeL", "--against", "others", "--unit", "caption")).settings).toMatchObject({
      ...{ compareTo: "rougeL", against: "others", unit: "caption" },
    });
    const shares = (study: { perturbations: { wordsChanged: number }[] }) => study.perturbations[1]!.wordsChanged;
    expect(shares(await run("--aug-max", "1"))).toBeLessThan(shares(await run()) / 2);
    const example = (study: { perturbations: { example: object }[] }) => study.perturbations[1]!.example;
    expect(example(await run("--senses", "1"))).not.toEqual(example(await run()));
    const words = "a,plane,planes,building,buildings,road,roads,river,rivers,tree,trees,car,cars,boat,boats,lake,lakes,bridge,bridges";
    expect(shares(await run("--protect", words))).toBeLessThan(shares(await run()));
  });

  it("shows how far it is where somebody looks on", async () => {
    const { file, out } = prepared();
    const { err } = await cli(["study", file, "--out", out, "--no-figure", ...QUICK], { isTTY: true });
    expect(err).toContain("\r\u001b[K3 of 6: bleu4, unchanged");
    expect(err.endsWith("\r\u001b[K")).toBe(true);
  });

  it("stops when it is interrupted, and writes nothing", async () => {
    const { file, out } = prepared();
    const controller = new AbortController();
    const onErr = () => controller.abort(new Error("interrupted"));
    const run = await cli(["study", file, "--out", out, "--no-figure", ...QUICK], { isTTY: true, signal: controller.signal, onErr });
    expect(run.code).toBe(130);
    expect(run.err).toMatch(/Stopped: metricStudy was stopped after 0 of 6\.\n$/);
    expect(existsSync(out)).toBe(false);
  });

  it.each([
    ["cut.json", '{"images": [', 1, /^error: FILE_CORRUPT: .*cut\.json/],
    ["list.json", "[1]", 1, /^error: FILE_CORRUPT: .*list\.json/],
    ["empty.json", "{}", 1, /^error: (FILE_CORRUPT|EMPTY_DATA): .*empty\.json/],
    ["none.csv", "filename,caption\n", 1, /^error: EMPTY_DATA: .*none\.csv has no image with a caption/],
    ["bad.jsonl", "nonsense\n", 1, /^error: FILE_CORRUPT: .*bad\.jsonl/],
  ])("says in one line what is wrong with %s", async (name, text, code, message) => {
    const { file, out } = prepared(name, text);
    const run = await cli(["study", file, "--out", out, ...QUICK]);
    expect([run.code, run.out]).toEqual([code, ""]);
    expect(run.err).toMatch(message);
    expect(run.err.trimEnd().split("\n")).toHaveLength(1);
    expect(existsSync(out)).toBe(false);
  });

  it("says in one line what is wrong with a command", async () => {
    const { file, out, folder } = prepared();
    const refused = async (code: number, message: RegExp, ...args: string[]) => {
      const run = await cli(["study", ...args]);
      expect([run.code, run.out]).toEqual([code, ""]);
      expect(run.err).toMatch(message);
      expect(run.err.trimEnd().split("\n")).toHaveLength(1);
    };
    await refused(1, /FILE_NOT_FOUND: .*lost\.json cannot be read: there is no such file\./, join(folder, "lost.json"), "--out", out);
    await refused(1, /FILE_NOT_FOUND: .* cannot be read: it is a folder/, folder, "--form", "csv", "--out", out);
    await refused(2, /INVALID_ARGUMENT: metrics\[1\]: there is no metric "cider"/, file, "--out", out, "--metrics", "bleu,cider");
    await refused(2, /INVALID_ARGUMENT: perturbations\[0\]: there is no/, file, "--out", out, "--perturbations", "typos");
    await refused(2, /INVALID_ARGUMENT: compareTo must be one of/, file, "--out", out, "--compare-to", "sbert");
    expect(existsSync(out)).toBe(false);
    await refused(1, /WRITE_FAILED: The folder .* cannot be made: a file is in its place/, file, "--out", file, "--no-figure");
    await refused(1, /WRITE_FAILED: .* a file is in its place/, file, "--out", join(file, "below"), "--no-figure");
    await refused(
      1,
      /WRITE_FAILED: .* a file is in its place/,
      join(folder, "lost.json"),
      "--out",
      join(file, "far", "below"),
      "--no-figure",
    );
    const train = stringifyKarpathy({ ...DATASET, images: DATASET.images.map((image) => ({ ...image, split: "train" })) });
    const other = prepared("train.json", train);
    await refused(1, /EMPTY_DATA: .*train\.json has no image in the split "test"/, other.file, "--split", "test", "--out", other.out);
  });

  it("leaves out what is wrong where told to, and names it", async () => {
    const [first, ...rest] = DATASET.images;
    const { file, out } = prepared("grammar.json", stringifyKarpathy({ ...DATASET, images: [{ ...first!, sentences: [] }, ...rest] }));
    const args = ["study", file, "--out", out, "--no-figure", ...QUICK];
    expect(await cli(args)).toMatchObject({ code: 1, err: expect.stringMatching(/FILE_CORRUPT: .*images\[0\].* has no caption/) });
    const skipping = await cli([...args, "--skip"]);
    expect(skipping).toMatchObject({ code: 0, err: expect.stringMatching(/^left out: .*images\[0\].* has no caption\.\n$/) });
    expect(json(out).images).toBe(11);
  });

  it.each([
    [["--metrics", "blue"], /there is no metric "blue"\. Known are bleu, /],
    [["--perturbations", "colours"], /there is no perturbation "colours"\. Known are synonyms, /],
    [["--compare-to", "spice", "--metrics", "bleu"], /compareTo must be one of the metrics/],
    [["--resamples", "99"], /argument '99' is invalid\. It must be at least 100/],
    [["--reference", "--against", "others"], /reference is about captions changed by "synonyms"/],
    [["--aug-max", "2", "--senses", "1", "--perturbations", "colour,colour"], /perturbations names colour twice\./],
  ])("refuses %j before it reads the annotation, which is wrong too", async (wrong, message) => {
    const { file, out } = prepared("broken.json", "{");
    const { code, err } = await cli(["study", file, "--out", out, ...wrong]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(message) });
    expect(await cli(["study", file, "--out", out])).toMatchObject({ code: 1, err: expect.stringContaining("FILE_CORRUPT") });
  });

  it("shows where an error comes from when asked to", async () => {
    const run = await cli(["study", "lost.json", "--debug"]);
    expect(run.err).toMatch(/^error: FILE_NOT_FOUND: .*\n[\s\S]*\n\s+at /);
  });

  it("says what to install for the figure, or how to do without, before anything is scored", async () => {
    const { file, out } = prepared();
    mkdirSync(out);
    vi.doMock("vega-lite", () => {
      throw new Error("no such package");
    });
    vi.resetModules();
    const { cli: freshCli } = await import("../../test/run-cli");
    const run = await freshCli(["study", file, "--out", out, ...QUICK], { isTTY: true });
    expect(run).toMatchObject({
      code: 2,
      err: "error: MISSING_DEPENDENCY: The figure is drawn by vega and vega-lite: npm install vega vega-lite. Or leave it out with --no-figure.\n",
    });
    expect(readdirSync(out)).toEqual([]);
    vi.doUnmock("vega-lite");
  });
});

it("spells out what would steer a terminal", () => {
  expect(printable("a\u001b[2J\rb\u009b\nc é\u007f")).toBe("a\\x1b[2J\\x0db\\x9b\nc é\\x7f");
});
