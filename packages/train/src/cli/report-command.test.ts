import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { trusted } from "@rsdix/internal";
import { describe, expect, it, vi } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { cli } from "../../test/run-cli";
import { runRecords } from "../../test/run-records";
import * as drawing from "../report/draw";

vi.mock("../report/draw", { spy: true });

const LOG = runRecords(0, 20)
  .map((record) => `${JSON.stringify(record)}\n`)
  .join("");

/** A folder with files in it. */
function folderOf(files: Record<string, string>, folder = scratchFolder()): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const page = (folder: string, name = "report.html") => readFileSync(join(folder, name), "utf8");

describe("rsdix report", () => {
  it("renders a run with its settings and without taking the tables of its steps for results", async () => {
    const steps = "step\tloss\n1\t2\n";
    const folder = folderOf({
      "log.jsonl": `${LOG}{"type":"st`,
      "config.yaml": "model: b32",
      "metrics.tsv": steps,
      "metrics.validation.tsv": steps,
      "none.tsv": "",
    });
    expect(await cli(["report", folder])).toEqual({ code: 0, out: `${join(folder, "report.html")}\n`, err: "" });
    expect(page(folder)).toContain("minimised: 3 → 0.15");
    expect(page(folder)).toContain("<pre>model: b32</pre>");
    expect(page(folder)).toContain("Published results");
    expect(page(folder)).not.toContain("metrics.tsv");
    expect(readdirSync(folder)).toHaveLength(6); // no temporary file
  });

  it("makes the folder of the page, where it is whole", async () => {
    const folder = folderOf({ "log.jsonl": LOG });
    const out = join(folder, "new", "pages", "page.html");
    expect(await cli(["report", folder, "--out", out])).toEqual({ code: 0, out: `${out}\n`, err: "" });
    expect(readdirSync(join(folder, "new", "pages"))).toEqual(["page.html"]);
  });

  it("is stopped while it draws, and writes nothing", async () => {
    const folder = folderOf({ "log.jsonl": LOG });
    const stop = new AbortController();
    vi.spyOn(drawing, "loadDraw").mockImplementationOnce(async () => {
      const draw = await drawing.loadVega();
      return async (spec) => {
        stop.abort(new Error("interrupted"));
        await draw(spec);
        return trusted("");
      };
    });
    expect(await cli(["report", folder], { signal: stop.signal })).toEqual({ code: 130, out: "", err: "Stopped: interrupted\n" });
    expect(stop.signal.aborted).toBe(true);
    expect(readdirSync(folder)).toEqual(["log.jsonl"]);
  });

  it("renders results, beside published ones of the data set that is named", async () => {
    const folder = folderOf({ "scores.tsv": "b32\t0.4567\t0.5\t0.6\t0.7\t0.8\n" });
    const out = join(folder, "page.html");
    const run = await cli(["report", folder, "--dataset", "eurosat-rgb", "--title", "A <b>", "--out", out, "--json"]);
    expect(run).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(run.out)).toEqual({ report: out, records: 0, evaluations: 1 });
    expect(page(folder, "page.html")).toContain("<h1>A &lt;b&gt;</h1>");
    expect(page(folder, "page.html").match(/>45\.67</g)).toHaveLength(3);
    expect(await cli(["report", folder, "--no-published"])).toMatchObject({ code: 0, err: "" });
    expect(page(folder)).not.toContain("Published results");
  });

  it("reads what the original wrote, its captions' rows with a tab at the end, and every row of a model", async () => {
    const folder = folderOf({
      "clip_cap_scores.tsv":
        "cap\tmeteor\t0.598\trouge_l\t0.659\tno_meteor_count\t2.000\t\ncap\tmeteor\t0.800\trouge_l\t0.797\tno_meteor_count\t0.000\t\n",
      "scores.tsv": "b32\t0.4567\t0.5\t0.6\t0.7\t0.8\nb32\t0.1234\t0.5\t0.6\t0.7\t0.8\n",
    });
    expect(await cli(["report", folder, "--no-published"])).toMatchObject({ code: 0, err: "" });
    for (const text of ["METEOR", "ROUGE-L", ">0.598<", "0.800", ">0.123<", "0.457"]) expect(page(folder)).toContain(text);
    expect(page(folder)).not.toContain("no_meteor_count");
  });

  it("puts rows to the sets that their records name, and shows the same predictions once", async () => {
    const record = (model: string, dataset: string, score: number) => ({ model, dataset, images: 3, scores: { "score@1": score } });
    const row = "b32\t0.457\t0.500\t0.600\t0.700\t0.800";
    const lines = [
      { ...record("b32", "EuroSAT-RGB", 0.45671), row },
      { ...record("b32", "AID", 0.56782), splits: ["test"], row: row.replace("0.457", "0.568") },
      { ...record("gone", "AID", 0.1), row: "gone\t0.100\t0.1\t0.1\t0.1\t0.1" },
    ];
    const images = "a/1.png\ta\ta\t0.90000\tb\t0.10000\n";
    const folder = folderOf({
      "scores.tsv": `old\t0.333\t0.5\t0.6\t0.7\t0.8\n${lines[1]!.row}\n${row}\n`,
      "scores.jsonl": lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
      ...{ "b32.tsv": images, "b32.zoo.tsv": images, "b16.tsv": images },
    });
    const { out } = await cli(["report", folder, "--json", "--dataset", "RSICD"]);
    expect(JSON.parse(out)).toMatchObject({ evaluations: 5 }); // three sets, and predictions of b32 and b16
    for (const text of [
      "scores.tsv: EuroSAT-RGB",
      "scores.tsv, test: AID",
      "scores.tsv: RSICD",
      ">45.67<",
      ">56.78<",
      ">33.30<",
      "b32.zoo.tsv",
    ])
      expect(page(folder)).toContain(text);
    expect(page(folder)).not.toContain("b32.tsv");
    expect(page(folder)).not.toContain("gone");
  });

  it("goes on where a file cannot be read, and says so", async () => {
    const folder = folderOf({
      ...{ "a.tsv": "a\nb\n", "b.tsv": "b32\t0.4567\t0.5\t0.6\t0.7\t0.8\n", "b.jsonl": "{", "log.jsonl": "{}\n" },
    });
    for (const name of ["c.tsv", "config.yaml"]) mkdirSync(join(folder, name));
    const { code, out, err } = await cli(["report", folder, "--json"]);
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, records: 0, evaluations: 1, leftOut: expect.any(Array) });
    const said = err.split("\n").slice(0, -1);
    expect(said.map((line) => /^left out: .*?([\w.]+)(:| is| cannot|, line)/.exec(line)?.[1]).sort()).toEqual([
      "a.tsv",
      "b.jsonl",
      "c.tsv",
      "config.yaml",
      "log.jsonl",
    ]);
    expect(JSON.parse(out).leftOut.map((message: string) => `left out: ${message}`)).toEqual(said);
    expect(page(folder)).toContain(">0.457<");
  });

  it("renders what of a log can be read, and names the line that cannot", async () => {
    const lines = LOG.split("\n");
    lines.splice(4, 0, "\0\0\0");
    const folder = folderOf({ "log.jsonl": lines.join("\n") });
    expect(await cli(["report", folder])).toEqual({
      ...{ code: 0, out: `${join(folder, "report.html")}\n` },
      err: expect.stringMatching(/^left out: .*log\.jsonl: line 5 is no record of a run: .*\.\n$/),
    });
    expect(page(folder)).toContain("minimised: 3 → 0.15");
  });

  it("finds the last run, and one by its name", async () => {
    const runs = scratchFolder();
    for (const name of ["b", "a"]) folderOf({ "log.jsonl": LOG }, join(runs, name));
    writeFileSync(join(runs, "last"), "a\n");
    expect(await cli(["report", "last", "--runs", runs])).toMatchObject({ code: 0, out: `${join(runs, "a", "report.html")}\n` });
    writeFileSync(join(runs, "b", "config.yaml"), "model: {}\n");
    expect(await cli(["report", "b", "--runs", runs])).toMatchObject({ code: 0, out: `${join(runs, "b", "report.html")}\n` });
  });

  it("writes nothing when it is stopped", async () => {
    for (const stopAt of ["before", "while it reads"]) {
      const folder = folderOf({ "log.jsonl": LOG, "scores.tsv": "b32\t0.4567\t0.5\t0.6\t0.7\t0.8\n" });
      const stop = new AbortController();
      if (stopAt === "before") stop.abort(new Error("interrupted"));
      else queueMicrotask(() => stop.abort(new Error("interrupted")));
      const run = await cli(["report", folder], { signal: stop.signal });
      expect(run).toEqual({ code: 130, out: "", err: expect.stringContaining("Stopped: ") });
      expect(readdirSync(folder).sort()).toEqual(["log.jsonl", "scores.tsv"]);
    }
  });

  it.each([
    [2, /^error: missing required argument 'folder'/, () => []],
    [1, /^error: FILE_NOT_FOUND: .*lost cannot be read: there is no such folder\.\n$/, () => [join(scratchFolder(), "lost")]],
    [
      1,
      /^error: FILE_NOT_FOUND: .*a\.tsv cannot be read: it is a file; name its folder\.\n$/,
      () => [join(folderOf({ "a.tsv": "" }), "a.tsv")],
    ],
    [1, /^error: EMPTY_DATA: .* has neither a log\.jsonl with records nor a table of results/, () => [folderOf({ "log.jsonl": "" })]],
    [1, /^error: FILE_CORRUPT: .*log\.jsonl: line 1 is no record of a run/, () => [folderOf({ "log.jsonl": "{}\n" })]],
    [1, /^error: FILE_CORRUPT: .*b\.tsv is no table of results\./, () => [folderOf({ "b.tsv": "a\nb\n" })]],
    [1, /^error: FILE_NOT_FOUND: There is no last run in /, () => ["last", "--runs", scratchFolder()]],
    [
      2,
      /^error: INVALID_ARGUMENT: Of "Nonsense" no result is published\. --dataset takes RSICD, RSI-CB128, /,
      () => [folderOf({ "a.tsv": "m\t1\t1\t1\t1\t1\n" }), "--dataset", "Nonsense"],
    ],
    [
      2,
      /^error: INVALID_ARGUMENT: --dataset would do nothing: .* has no scores that don't name their data set\./,
      () => [folderOf({ "log.jsonl": LOG }), "--dataset", "AID"],
    ],
    [
      1,
      /^error: WRITE_FAILED: .*new\/ cannot be written: it is a folder\./,
      () => [folderOf({ "log.jsonl": LOG }), "--out", `${join(scratchFolder(), "new")}/`],
    ],
    [
      1,
      /^error: WRITE_FAILED: .*report\.html cannot be written: it is a folder\./,
      () => {
        const folder = folderOf({ "log.jsonl": LOG });
        mkdirSync(join(folder, "report.html"));
        return [folder];
      },
    ],
    [
      1,
      /^error: WRITE_FAILED: The folder .*log\.jsonl cannot be made: a file is in its place\./,
      () => {
        const folder = folderOf({ "log.jsonl": LOG });
        return [folder, "--out", join(folder, "log.jsonl", "page.html")];
      },
    ],
  ] as [number, RegExp, () => string[]][])("ends with %d and %s", async (code, message, args) => {
    const run = await cli(["report", ...args()]);
    expect(run).toMatchObject({ code, out: "" });
    expect(run.err).toMatch(message);
  });

  it("says what it takes", async () => {
    const { code, out } = await cli(["report", "--help"]);
    expect(code).toBe(0);
    for (const part of ["--out", "--runs", "--title", "--dataset", "--no-published", "--json", "$ rsdix report runs/clip-b32"])
      expect(out).toContain(part);
  });
});
