import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { runRecords, stepRecord, validationRecord } from "../../test/run-records";
import { describeDuration, describeNumber } from "./describe";
import { progressLogger } from "./progress-logger";

function screen(more: { isTTY?: boolean; columns?: number } = {}) {
  const said = { text: "" };
  const write = (text: string) => {
    said.text += text;
  };
  return { said, stream: { write, ...more } };
}

describe("progressLogger", () => {
  it("writes a line every so many seconds of training where nobody looks on", async () => {
    const { said, stream } = screen();
    const logger = progressLogger({ stream, seconds: 20 });
    for (const record of runRecords(0, 15)) await logger.write(record);
    await logger.close();
    expect(said.text.split("\n")).toEqual([
      "clip 1/15, loss 3, accuracy 0, rate 1.00e-4, 32 items/s, 28 s left",
      "validation at step 10: loss 0.2",
      "checkpoint of step 10: checkpoints/step-10",
      "clip 11/15, loss 0.2727, accuracy 0.9091, rate 1.00e-4, 32 items/s, 8 s left",
      "clip 15/15, loss 0.2, accuracy 0.9333, rate 1.00e-4, 32 items/s, 0 s left",
      "finished after step 15, best: loss 0.02",
      "",
    ]);
  });

  it("draws a bar in one line of a terminal", async () => {
    const { said, stream } = screen({ isTTY: true, columns: 60 });
    const logger = progressLogger({ stream });
    await logger.write({ type: "start", task: "clip", step: 39, steps: 80 });
    await logger.write(stepRecord(40, { steps: 80 }));
    await logger.write(validationRecord(40));
    await logger.write(stepRecord(80, { steps: 80, task: "\u001b[\n2J" }));
    await logger.close();
    const clear = "\r\u001b[K";
    expect(said.text).toBe(
      `goes on after step 39 of 80\n${clear}██████████░░░░░░░░░░ clip 40/80, loss 0.075, accuracy 0.975${clear}validation at step 40: loss 0.05\n` +
        `${clear}████████████████████ \\x1b[ 2J 80/80, loss 0.0375, accuracy ${clear}`,
    );
  });

  it("does not draw more often than anybody sees, but always the end", async () => {
    const { said, stream } = screen({ isTTY: true });
    const logger = progressLogger({ stream });
    for (let step = 1; step <= 500; step++) await logger.write(stepRecord(step, { steps: 500 }));
    expect(said.text.split("\r").length).toBeLessThan(100);
    expect(said.text).toContain("clip 500/500");
  });

  it("refuses what it cannot take", () => {
    expect(() => progressLogger({ seconds: -1 })).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => progressLogger({ second: 1 } as object)).toThrow(refusal("UNKNOWN_OPTION"));
  });
});

it("writes numbers and times as people read them", () => {
  const numbers = [0, 1, -0.123456, 14.512345, 999.96, 1234.5, 123456, 1e6, 1e-3, 1e-5, Number.NaN, Number.NEGATIVE_INFINITY];
  expect(numbers.map(describeNumber)).toEqual([
    "0",
    "1",
    "-0.1235",
    "14.51",
    "1000",
    "1,235",
    "123,456",
    "1.00e+6",
    "0.001",
    "1.00e-5",
    "NaN",
    "-Infinity",
  ]);
  expect([0, 59.4, 59.6, 462, 3599.6, 3600, 360000, Number.NaN].map(describeDuration)).toEqual([
    "0 s",
    "59 s",
    "1 min 00 s",
    "7 min 42 s",
    "1 h 00 min",
    "1 h 00 min",
    "100 h 00 min",
    "–",
  ]);
});
