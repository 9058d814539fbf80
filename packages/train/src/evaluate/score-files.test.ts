import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { scratchFolder } from "../../../../test/scratch-folder";
import { addScores, checkScoreFiles, SCORE_TABLES } from "./score-files";
import { parseScoreRecords } from "./score-records";

const record = (model: string) => ({ model, dataset: "AID", images: 2, scores: { "score@1": 0.5 }, row: `${model}\t0.500` });

describe("addScores", () => {
  it("loses nothing of evaluations at the same time", async () => {
    const table = join(scratchFolder(), "new", "scores.tsv");
    const models = Array.from({ length: 20 }, (_, i) => `m${i}`);
    await Promise.all(models.map((model) => addScores(table, record(model))));
    const rows = readFileSync(table, "utf8").split("\n");
    expect(rows.pop()).toBe("");
    expect(rows.sort()).toEqual(models.map((model) => `${model}\t0.500`).sort());
    const records = parseScoreRecords(readFileSync(table.replace(/tsv$/, "jsonl"), "utf8"), "x");
    expect(records.map(({ model }) => model).sort()).toEqual([...models].sort());
  });

  it("ends a last line that has no end", async () => {
    const table = join(scratchFolder(), "scores.tsv");
    writeFileSync(table, "a\t0.100");
    await addScores(table, record("b"));
    expect(readFileSync(table, "utf8")).toBe("a\t0.100\nb\t0.500\n");
  });

  it.each([
    ["scores.tsv", "scores.jsonl"],
    ["scores.jsonl", "scores.tsv"],
  ])("says that %s could not be written, and leaves %s as it was", async (full, other) => {
    const folder = scratchFolder();
    symlinkSync("/dev/full", join(folder, full));
    writeFileSync(join(folder, other), "before\n");
    await expect(addScores(join(folder, "scores.tsv"), record("b"))).rejects.toMatchObject({
      code: "WRITE_FAILED",
      message: expect.stringMatching(new RegExp(`^Nothing could be added to .*${full}: ENOSPC`)),
    });
    expect(readFileSync(join(folder, other), "utf8")).toBe("before\n");
  });
});

describe("checkScoreFiles", () => {
  it.each([
    ["zeroShot", "b32\t0.960\t0.990\t0.995\t1.000\t1.000\n\nb16\tnan\t0.1\t0.2\t0.3\t0.4\r\n"],
    ["zeroShot", "b32\t0.960\t0.990\t0.995\t1.000\nb32\t0.960\t0.980\t0.990\t0.995\t1.000\n"],
    ["captions", "cap\tmeteor\t0.598\tbleu_1\t0.685\t\ncap\tmeteor\t0.598\n"],
  ] as const)("takes the original's %s", async (form, text) => {
    const table = join(scratchFolder(), "scores.tsv");
    writeFileSync(table, text);
    await expect(checkScoreFiles(table, SCORE_TABLES[form])).resolves.toBeUndefined();
    const other = SCORE_TABLES[form === "captions" ? "zeroShot" : "captions"];
    await expect(checkScoreFiles(table, other)).rejects.toMatchObject({
      code: "FILE_CORRUPT",
      message: expect.stringMatching(/scores\.tsv is another table: its rows should be .* Name another --scores-file\.$/),
    });
  });

  it.each([3, 6])("takes no row of %i scores", async (count) => {
    const table = join(scratchFolder(), "scores.tsv");
    writeFileSync(table, `b32${"\t0.500".repeat(count)}\n`);
    await expect(checkScoreFiles(table, SCORE_TABLES.zeroShot)).rejects.toMatchObject({ code: "FILE_CORRUPT" });
  });

  it("takes no table with names", async () => {
    const table = join(scratchFolder(), "scores.tsv");
    writeFileSync(table, `model\tscore@1\n${"x".repeat(200)}\n`);
    await expect(checkScoreFiles(table, SCORE_TABLES.zeroShot)).rejects.toMatchObject({ code: "FILE_CORRUPT" });
  });
});

describe("parseScoreRecords", () => {
  it.each([
    ["{", /^x, line 1 is no JSON: /],
    ["\n7\n", /^x, line 2 is no record of an evaluation: got 7\.$/],
    [JSON.stringify({ ...record("a"), scores: { a: "1" } }), /^x, line 1 is no record of an evaluation/],
    [JSON.stringify({ ...record("a"), splits: "test" }), /^x, line 1 is no record of an evaluation/],
  ])("refuses %j", (text, message) => {
    expect(() => parseScoreRecords(text, "x")).toThrow(refusal("FILE_CORRUPT", message));
  });
});
