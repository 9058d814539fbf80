import { appendFileSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { scratchFolder } from "../../../../test/scratch-folder";
import { runRecords, stepRecord, validationRecord } from "../../test/run-records";
import type { FitRecord } from "../fit/records";
import { parseRunLog } from "../report/parse-run-log";
import { jsonLinesLogger } from "./json-lines-logger";
import { type Logger, logTo } from "./logger";
import { tensorBoardLogger } from "./tensorboard-logger";
import { tsvLogger } from "./tsv-logger";

async function* stream(records: readonly FitRecord[], error?: Error): AsyncGenerator<FitRecord> {
  yield* records;
  if (error) throw error;
}

async function writeAll(logger: Logger, records: readonly FitRecord[]): Promise<void> {
  for await (const _ of logTo(stream(records), [logger])) {
    // only the log is wanted
  }
}

const read = (path: string) => readFileSync(path, "utf8");

describe("logTo", () => {
  const recording = (said: string[], name: string, more: Partial<Logger> = {}): Logger => ({
    write: (record) => void said.push(`${name} ${record.type}`),
    close: async () => void said.push(`${name} closed`),
    ...more,
  });

  it("hands records to every logger, then on, and closes them", async () => {
    const said: string[] = [];
    for await (const record of logTo(stream(runRecords(0, 1)), [recording(said, "a"), recording(said, "b")])) said.push(record.type);
    const each = ["start", "step", "end"].flatMap((type) => [`a ${type}`, `b ${type}`, type]);
    expect(said).toEqual([...each, "a closed", "b closed"]);
  });

  it("closes them when the stream breaks, when the loop is left, when one cannot write", async () => {
    const said: string[] = [];
    const all = async (records: AsyncIterable<FitRecord>, loggers: Logger[], leave = false) => {
      for await (const _ of logTo(records, loggers)) if (leave) break;
    };
    await expect(all(stream([], new Error("no more")), [recording(said, "a")])).rejects.toThrow("no more");
    await all(stream(runRecords(0, 2)), [recording(said, "b")], true);
    const full = () => Promise.reject(new Error("disk full"));
    await expect(all(stream(runRecords(0, 2)), [recording(said, "c", { write: full }), recording(said, "d")])).rejects.toThrow("disk full");
    expect(said).toEqual(["a closed", "b start", "b closed", "c closed", "d closed"]);
  });

  it("tells when one cannot be closed, but not in place of what went wrong before", async () => {
    const said: string[] = [];
    const stuck = recording(said, "a", { close: () => Promise.reject(new Error("stuck")) });
    await expect(writeAll(stuck, [])).rejects.toThrow("stuck");
    const broken = async () => {
      for await (const _ of logTo(stream([], new Error("first")), [stuck, recording(said, "b")]));
    };
    await expect(broken()).rejects.toThrow("first");
    expect(said).toEqual(["b closed"]);
  });
});

describe("jsonLinesLogger", () => {
  it("of a killed run that resumes holds what one that was not killed holds", async () => {
    const [whole, killed] = [join(scratchFolder(), "log.jsonl"), join(scratchFolder(), "log.jsonl")];
    await writeAll(jsonLinesLogger(whole), runRecords(0, 30));
    await writeAll(jsonLinesLogger(killed), runRecords(0, 25, 30));
    appendFileSync(killed, '{"type":"step","task":"cl'); // the kill
    await writeAll(jsonLinesLogger(killed), runRecords(20, 30));
    const steps = (path: string) => parseRunLog(read(path), path).filter(({ type }) => type !== "start");
    expect(steps(killed)).toEqual(steps(whole));
    expect(steps(whole)).toEqual(runRecords(0, 30).slice(1));
    await writeAll(jsonLinesLogger(whole), [{ type: "start", task: "clip", step: 30, steps: 40 }, stepRecord(31)]);
    expect(steps(whole)).toEqual([...runRecords(0, 30).slice(1, -1), stepRecord(31)]);
  });

  it("starts anew with a run that starts at step 0, and writes null for what is no number", async () => {
    const path = join(scratchFolder(), "log.jsonl");
    await writeAll(jsonLinesLogger(path), runRecords(0, 5));
    await writeAll(jsonLinesLogger(path), [
      runRecords(0, 1)[0]!,
      stepRecord(1, { gradientNorm: Number.POSITIVE_INFINITY, logs: { a: Number.NaN } }),
    ]);
    expect(read(path).split("\n")).toHaveLength(3);
    expect(parseRunLog(read(path), path)[1]).toMatchObject({ gradientNorm: Number.NaN, logs: { a: Number.NaN } });
  });

  it("refuses a file that it cannot write", () => {
    const path = join(scratchFolder(), "log.jsonl");
    mkdirSync(path);
    expect(() => jsonLinesLogger(path)).toThrow(refusal("WRITE_FAILED"));
  });
});

describe("tsvLogger", () => {
  it("writes these bytes", async () => {
    const folder = scratchFolder();
    const first = stepRecord(1, {
      loss: { total: 2.5, "a\tb": 1e-9 },
      logs: { scale: Number.NaN },
      learningRates: { towers: 1e-4, head: 0.001 },
    });
    await writeAll(tsvLogger(join(folder, "new", "metrics.tsv")), [runRecords(0, 1)[0]!, first, validationRecord(1, { loss: 1 / 3 })]);
    expect(read(join(folder, "new", "metrics.tsv"))).toBe(
      "step\tepoch\tloss\tloss/a\\tb\tlearningRate\tlearningRate/towers\tlearningRate/head\tgradientNorm\tlogs/scale\tseconds\titemsPerSecond\ttensors\tmemory\n" +
        "1\t0.1\t2.5\t1e-9\t0.0001\t0.0001\t0.001\t0.5\tNaN\t2\t32\t250\t4000000\n",
    );
    expect(read(join(folder, "new", "metrics.validation.tsv"))).toBe("step\tepoch\tvalidation/loss\n1\t0.1\t0.3333333333333333\n");
  });

  it("of a killed run that resumes is byte for byte that of one that was not killed", async () => {
    const [whole, killed] = [scratchFolder(), scratchFolder()];
    const options = (folder: string) => ({ validations: join(folder, "v.tsv") });
    await writeAll(tsvLogger(join(whole, "m.tsv"), options(whole)), runRecords(0, 30));
    await writeAll(tsvLogger(join(killed, "m.tsv"), options(killed)), runRecords(0, 25, 30));
    appendFileSync(join(killed, "m.tsv"), "26\t2.6\t0.0"); // the kill
    await writeAll(tsvLogger(join(killed, "m.tsv"), options(killed)), runRecords(20, 30));
    for (const name of ["m.tsv", "v.tsv"]) expect(read(join(killed, name))).toBe(read(join(whole, name)));
  });

  it("adds columns that come later at the right, and keeps those that go", async () => {
    const folder = scratchFolder();
    const path = join(folder, "m.tsv");
    const records = [{ b: 2 }, { c: 3, b: 4 }, {}].map((metrics, i) => validationRecord(i + 1, metrics as Record<string, number>));
    await writeAll(tsvLogger(path), records);
    const table = join(folder, "m.validation.tsv");
    expect(read(table)).toBe("step\tepoch\tvalidation/b\tvalidation/c\n1\t0.1\t2\t\n2\t0.2\t4\t3\n3\t0.3\t\t\n");
    await writeAll(tsvLogger(path), [{ type: "start", task: "clip", step: 2, steps: 9 }, validationRecord(3, { a: 1 })]);
    expect(read(table)).toBe("step\tepoch\tvalidation/b\tvalidation/c\tvalidation/a\n1\t0.1\t2\t\t\n2\t0.2\t4\t3\t\n3\t0.3\t\t\t1\n");
    await writeAll(tsvLogger(path), [{ type: "start", task: "clip", step: 0, steps: 9 }]);
    expect(read(table)).toBe("");
  });

  it("keeps names apart that only differ in a tab, a line break or a backslash", async () => {
    const path = join(scratchFolder(), "m.tsv");
    const metrics = { "a b": 1, "a\tb": 2, "a\nb": 3, "a\\tb": 4, "a\rb": 5 };
    for (const step of [1, 2]) {
      const start = { type: "start", task: "clip", step: step - 1, steps: 9 } as const;
      await writeAll(tsvLogger(path), [start, validationRecord(step, metrics)]);
    }
    expect(read(path.replace(".tsv", ".validation.tsv"))).toBe(
      "step\tepoch\tvalidation/a b\tvalidation/a\\tb\tvalidation/a\\nb\tvalidation/a\\\\tb\tvalidation/a\\rb\n" +
        "1\t0.1\t1\t2\t3\t4\t5\n2\t0.2\t1\t2\t3\t4\t5\n",
    );
  });

  it("refuses one file for both tables, whatever it is called, and what is no path", () => {
    const folder = scratchFolder();
    const path = join(folder, "m.tsv");
    const code = (message: RegExp) => refusal("INVALID_ARGUMENT", message);
    symlinkSync(path, join(folder, "link"));
    symlinkSync(folder, join(folder, "folder"));
    for (const other of [path, join(folder, ".", "x", "..", "m.tsv"), join(folder, "link"), join(folder, "folder", "m.tsv")]) {
      expect(() => tsvLogger(path, { validations: other })).toThrow(code(/^tsvLogger: steps and validations need a file each/));
    }
    expect(() => tsvLogger("")).toThrow(code(/^tsvLogger: the file of steps must be a path, got ""\.$/));
    expect(() => tsvLogger(undefined as never)).toThrow(code(/the file of steps must be a path, got undefined\.$/));
    expect(() => tsvLogger(path, { validations: "" })).toThrow(code(/validations must be a path, got ""\.$/));
    expect(() => jsonLinesLogger("")).toThrow(code(/^A log's file must be a path, got ""\.$/));
    expect(() => tensorBoardLogger(undefined as never)).toThrow(code(/^tensorBoardLogger: the folder must be a path, got undefined\.$/));
    expect(readdirSync(folder).sort()).toEqual(["folder", "link"]);
  });

  it("leaves a link what it is, and writes the file behind it", async () => {
    const [folder, other] = [scratchFolder(), scratchFolder()];
    const path = join(folder, "m.tsv");
    symlinkSync(join(other, "steps.tsv"), path); // not there yet
    for (let run = 0; run < 2; run++) {
      await writeAll(tsvLogger(path), runRecords(0, 2));
      expect(lstatSync(path).isSymbolicLink()).toBe(true);
      expect(readdirSync(other)).toEqual(["steps.tsv"]);
      expect(read(join(other, "steps.tsv")).split("\n")).toHaveLength(4);
    }
  });

  it("refuses what is not its own file, and options that it has not", () => {
    const path = join(scratchFolder(), "m.tsv");
    const refused = (message: RegExp) => expect(() => tsvLogger(path)).toThrow(refusal("FILE_CORRUPT", message));
    writeFileSync(path, "file\tlabel\na.png\tpark\n");
    refused(/m\.tsv is not a table of steps: its first column is not "step"\. Move the file away/);
    writeFileSync(path, "step\tloss\n1\t2\n2\n3\t4\n");
    refused(/m\.tsv: line 3 has 1 cells, not 2\./);
    expect(read(path)).toBe("step\tloss\n1\t2\n2\n3\t4\n");
    expect(() => tsvLogger(path, { sep: "," } as object)).toThrow(refusal("UNKNOWN_OPTION"));
  });
});
