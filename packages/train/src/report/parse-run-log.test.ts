import { describe, expect, it } from "vitest";
import { exactly, refusal } from "../../../../test/refusal";
import { runRecords, stepRecord } from "../../test/run-records";
import { parseRunLog } from "./parse-run-log";

const lines = (records: readonly object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join("");

describe("parseRunLog", () => {
  it("reads what was written", () => {
    const records = runRecords(0, 12);
    expect(parseRunLog(lines(records), "log")).toEqual(records);
    expect(parseRunLog("", "log")).toEqual([]);
  });

  it("leaves out a last line that is half written, and takes one without its end", () => {
    const records = runRecords(0, 2);
    const log = lines(records);
    for (let cut = 1; cut < 30; cut++) expect(parseRunLog(log.slice(0, -1 - cut), "log")).toEqual(records.slice(0, -1));
    expect(parseRunLog(log.slice(0, -1), "log")).toEqual(records);
  });

  it("has NaN for null", () => {
    const [record] = parseRunLog(lines([stepRecord(1, { loss: { total: Number.NaN }, gradientNorm: Number.POSITIVE_INFINITY })]), "log");
    expect(record).toEqual(stepRecord(1, { loss: { total: Number.NaN }, gradientNorm: Number.NaN }));
  });

  it("refuses what is no text", () => {
    expect(() => parseRunLog(undefined as never, "log")).toThrow(
      refusal("INVALID_ARGUMENT", exactly("parseRunLog reads the text of a log, got undefined.")),
    );
  });

  const { gradientNorm: _, ...withoutNorm } = stepRecord(1);
  it.each([
    ["x", /^log: line 1 is no record of a run: its type must be one of start, step, validation, checkpoint, end\.$/],
    ["null", /line 1 is no record of a run: its type/],
    ["[]", /line 1 is no record of a run: its type/],
    ['{"type":"toString"}', /line 1 is no record of a run: its type/],
    ['{"type":"__proto__"}', /line 1 is no record of a run: its type/],
    [JSON.stringify(withoutNorm), /line 1 is no record of a run: the gradientNorm of a record "step" is missing or wrong\./],
    [JSON.stringify({ ...stepRecord(1), loss: 5 }), /the loss of a record "step"/],
    [JSON.stringify({ ...stepRecord(1), loss: { part: 5 } }), /the loss of a record "step"/],
    [JSON.stringify({ ...stepRecord(1), logs: { a: "1" } }), /the logs of a record "step"/],
    [JSON.stringify({ ...stepRecord(1), step: -1 }), /the step of a record "step"/],
    [JSON.stringify({ ...stepRecord(1), step: 1.5 }), /the step of a record "step"/],
    ['{"type":"checkpoint","step":1,"location":{}}', /the location of a record "checkpoint"/],
    ['{"type":"end","step":1,"reason":"finished","best":{"metric":"loss","value":1}}', /the best of a record "end"/],
  ])("refuses %s", (line, message) => {
    expect(() => parseRunLog(`${line}\n${lines(runRecords(0, 1))}`, "log")).toThrow(refusal("FILE_CORRUPT", message));
  });
});
