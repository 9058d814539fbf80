import { describe, expect, it } from "vitest";
import { exactly, refusal } from "../../../../test/refusal";
import { parseTrials } from "./trials";

describe("parseTrials", () => {
  const space = { x: { type: "continuous", min: 0, max: 1 } } as const;
  const done = { type: "trial", trial: 1, parameters: { x: 0.5 }, origin: "initial", seconds: 1, state: "done", value: 2 };
  const text = JSON.stringify(done);

  it("drops a last line that was being written", () => {
    expect(parseTrials(`${text}\n${text.slice(0, 20)}`, space)).toEqual([done]);
    expect(parseTrials("", space)).toEqual([]);
  });

  it("takes trials in the order in which they ended", () => {
    const records = [
      { ...done, trial: 3 },
      { ...done, trial: 1 },
    ];
    expect(parseTrials(records.map((record) => `${JSON.stringify(record)}\n`).join(""), space)).toEqual(records);
  });

  it("refuses what is no text", () => {
    expect(() => parseTrials(undefined as never, space)).toThrow(
      refusal("INVALID_ARGUMENT", exactly("parseTrials reads the text of trials, got undefined.")),
    );
  });

  it.each<[string, object | string]>([
    ["Line 1 is no JSON. Take the line out, or start a new search in another folder.", "x\n"],
    ["Line 1 must be a trial, got [object Array].", "[]\n"],
    ['Line 1 must have the type "trial", got step.', { type: "step" }],
    ["Line 1 must have a number from 1 on, got 0.", { trial: 0 }],
    ["Line 1 must have a number from 1 on, got 1.5.", { trial: 1.5 }],
    ["Line 2 must have a number of its own, and there was a trial 1 before.", `${text}\n${text}\n`],
    ['Line 1 must have the state "done" or "failed", got undefined.', { state: undefined }],
    ["Line 1 must have a finite value, got null.", { value: Number.NaN }],
    ["Line 1 must have a text as its error, got undefined.", { state: "failed" }],
    ["Line 1 must have seconds, got undefined.", { seconds: undefined }],
    ["Line 1 must have an origin of initial, model, grid, got me.", { origin: "me" }],
    ["Line 1 must have parameters, got null.", { parameters: null }],
    ['Line 1 was of another space: its parameter "x" is 2.', { parameters: { x: 2 } }],
    ['Line 1 was of another space: its parameter "x" is undefined.', { parameters: {} }],
    ['Line 1 was of another space: its parameter "y" is 1.', { parameters: { x: 1, y: 1 } }],
    [
      'Line 1 was of another space: its parameter "__proto__" is 1.',
      `{${text.slice(1).replace('"x"', '"x":1,"__proto__"').replace("0.5", "1")}\n`,
    ],
  ])("says %s", (message, change) => {
    const wrong = typeof change === "string" ? change : `${JSON.stringify({ ...done, ...change })}\n`;
    expect(() => parseTrials(wrong, space)).toThrow(refusal("FILE_CORRUPT", exactly(message)));
  });
});
