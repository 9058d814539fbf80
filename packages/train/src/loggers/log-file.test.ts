import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { refusal } from "../../../../test/refusal";
import { scratchFolder } from "../../../../test/scratch-folder";
import { jsonLinesLogger } from "./json-lines-logger";
import { replaceLog } from "./log-file";
import { openRunLog } from "./run-log";
import { tensorBoardLogger } from "./tensorboard-logger";
import { tsvLogger } from "./tsv-logger";

vi.mock("node:fs", async (actual) => {
  const real = await actual<typeof import("node:fs")>();
  return { ...real, appendFileSync: vi.fn(real.appendFileSync) };
});

it.each([
  ["jsonLinesLogger", (folder: string) => jsonLinesLogger(join(folder, "log"))],
  ["tsvLogger", (folder: string) => tsvLogger(join(folder, "log"))],
  ["tensorBoardLogger", (folder: string) => tensorBoardLogger(folder)],
])("%s leaves nothing half written on a full disk, and says which file it was", async (_, open) => {
  const folder = scratchFolder();
  const logger = open(folder);
  const validation = (step: number) => logger.write({ type: "validation", task: "clip", step, epoch: 1, metrics: { loss: 0.5 } });
  await validation(1);
  const contents = () => fs.readdirSync(folder).map((name) => fs.readFileSync(join(folder, name)).toString("hex"));
  const before = contents();
  const { appendFileSync } = await vi.importActual<typeof import("node:fs")>("node:fs");
  vi.mocked(fs.appendFileSync).mockImplementationOnce((path, content) => {
    appendFileSync(path, Buffer.from(content as string).subarray(0, 5));
    throw new Error("ENOSPC: no space left on device");
  });
  const failed = (async () => validation(2))();
  await expect(failed).rejects.toMatchObject({
    code: "WRITE_FAILED",
    message: expect.stringMatching(/^Cannot write .*: Error: ENOSPC: no space left on device\. What was written before is whole\.$/),
  });
  expect(contents()).toEqual(before);
  await validation(2);
  expect(contents()).not.toEqual(before);
});

it.skipIf(process.platform !== "linux").each([
  ["replaceLog", () => replaceLog("/proc/rsdix/runs/log", "")],
  ["tensorBoardLogger", () => tensorBoardLogger("/proc/rsdix/runs")],
])("%s refuses a folder below /proc, where Node's own way never ends", (_, open) => {
  const message = /^Cannot write \/proc\/rsdix\/runs.*ENOENT/;
  expect(open).toThrow(refusal("WRITE_FAILED", message));
});

it("makes the folders around a log", () => {
  const log = join(scratchFolder(), "a", "b", "log");
  for (const text of ["one", "two"]) {
    replaceLog(log, text);
    expect(fs.readFileSync(log, "utf8")).toBe(text);
  }
});

it.skipIf(process.platform === "win32")("refuses a pipe, on which it would wait for ever", () => {
  const pipe = join(scratchFolder(), "log");
  execFileSync("mkfifo", [pipe]);
  const refused = refusal("WRITE_FAILED", /it is a pipe, and a log needs a file/);
  expect(() => openRunLog(pipe)).toThrow(refused);
});
