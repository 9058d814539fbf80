import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { scratchFolder } from "../../../../test/scratch-folder";
import { runRecords } from "../../test/run-records";
import { readRunLog } from "./read-run-log";

const RECORDS = runRecords(0, 12);
const LINES = RECORDS.map((record) => JSON.stringify(record));
const { signal } = new AbortController();

/** A log of such a text. */
function logOf(text: string): string {
  const path = join(scratchFolder(), "log.jsonl");
  writeFileSync(path, text);
  return path;
}

it("reads records, also in pieces and without their last line's end, and leaves out one that is half written", async () => {
  const text = `${LINES.join("\n")}\n`;
  for (const whole of [text, text.slice(0, -1)]) expect(await readRunLog(logOf(whole), signal)).toEqual({ records: RECORDS });
  expect(await readRunLog(logOf(text.slice(0, -5)), signal)).toEqual({ records: RECORDS.slice(0, -1) });
  expect(await readRunLog(logOf(""), signal)).toEqual({ records: [] });
  const many = Array.from({ length: 10_000 }, () => JSON.stringify({ type: "checkpoint", step: 1, location: "höher ".repeat(40) }));
  const { records } = await readRunLog(logOf(`${many.join("\n")}\n`), signal); // some megabytes, whose letters are of two bytes
  expect(new Set(records.map((record) => JSON.stringify(record)))).toEqual(new Set(many.slice(0, 1)));
  expect(records).toHaveLength(10_000);
});

it("leaves out lines that are no records, whatever their length, and names the first of them", async () => {
  const [one, two, ...rest] = LINES;
  const path = logOf([one, "x", two, "{}", `${"x".repeat(3 << 20)}`, ...rest, ""].join("\n"));
  const { records, problem } = await readRunLog(path, signal);
  expect(records).toEqual(RECORDS);
  expect(problem).toEqual(refusal("FILE_CORRUPT", /log\.jsonl: line 2 is no record of a run: its type must be one of .* So are 2 more\.$/));
});

it("ends where it is no log, has no end, or is too long", async () => {
  const noLog = logOf("word\n".repeat(5000));
  await expect(readRunLog(noLog, signal)).rejects.toEqual(
    refusal("FILE_CORRUPT", /line 1 is no record .* So are 1,000 more: it is no log/),
  );
  const long = logOf('{"type":"start","task":"a","step":0,"steps":1}\n'.repeat(1_500_001));
  await expect(readRunLog(long, signal)).rejects.toEqual(refusal("FILE_TOO_LARGE", /has more than 1,500,000 records/));
  const endless = join(scratchFolder(), "log.jsonl");
  symlinkSync("/dev/zero", endless);
  await expect(readRunLog(endless, signal)).rejects.toEqual(refusal("FILE_NOT_FOUND", /it is a pipe, a device or a socket/));
});

it("is stopped in the middle", async () => {
  const stop = new AbortController();
  const reading = readRunLog(logOf(`${LINES.join("\n")}\n`.repeat(4000)), stop.signal);
  setTimeout(() => stop.abort(new Error("interrupted")), 0);
  await expect(reading).rejects.toEqual(refusal("ABORTED", /was stopped/));
});
