import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cli } from "../../test/run-cli";
import { runRecords } from "../../test/run-records";
import { scratchFolder } from "../../test/scratch-folder";

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

  it("finds the last run, and one by its name", async () => {
    const runs = scratchFolder();
    for (const name of ["b", "a"]) folderOf({ "log.jsonl": LOG }, join(runs, name));
    writeFileSync(join(runs, "last"), "a\n");
    expect(await cli(["report", "last", "--runs", runs])).toMatchObject({ code: 0, out: `${join(runs, "a", "report.html")}\n` });
    writeFileSync(join(runs, "b", "config.yaml"), "model: {}\n");
    expect(await cli(["report", "b", "--runs", runs])).toMatchObject({ code: 0, out: `${join(runs, "b", "report.html")}\n` });
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
      1,
      /^error: FILE_NOT_FOUND: .*config\.yaml cannot be read/,
      () => {
        const folder = folderOf({ "log.jsonl": LOG });
        mkdirSync(join(folder, "config.yaml"));
        return [folder];
      },
    ],
    [1, /^error: WRITE_FAILED: .*none/, () => [folderOf({ "log.jsonl": LOG }), "--out", join(scratchFolder(), "none", "page.html")]],
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
