import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import * as fs from "node:fs/promises";
import { basename, join } from "node:path";
import { expect, it, vi } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { readBegun, writeBegun } from "./trial-files";
import type { TrialRecord } from "./trials";

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof fs>();
  return { ...real, rm: vi.fn(real.rm) };
});

const JOB = "0f8fad5b-d9cb-469f-a165-70867728950e";

it("a search that goes on removes what one that was killed left of trials that are over, and nothing else", async () => {
  const out = scratchFolder();
  const space = { learningRate: { type: "continuous", min: 0, max: 1 } } as const;
  const ended = [{ trial: 1, parameters: { learningRate: 0.1 } }] as unknown as TrialRecord[];
  for (const trial of [1, 2]) {
    mkdirSync(join(out, `trial-00${trial}`));
    for (const name of ["claim", `${JOB}.result`, "log"]) writeFileSync(join(out, `trial-00${trial}.${name}`), "");
    await writeBegun(out, { trial, parameters: { learningRate: trial / 10 }, origin: "model", job: JOB });
  }
  writeFileSync(join(out, "trial-001.result"), "somebody's own");
  expect(await readBegun(out, { kind: "bayes", space, ended, most: 1 })).toEqual([
    { trial: 2, parameters: { learningRate: 0.2 }, origin: "model", job: JOB },
  ]);
  // A worker that finds itself asked, and no result, begins the trial: what asks goes first.
  const removed = vi.mocked(fs.rm).mock.calls.map(([path]) => basename(String(path)));
  expect([removed[0], removed.length]).toEqual(["trial-001.json", 3]);
  expect(readdirSync(out).sort()).toEqual(
    ["001", "001.log", "001.result", "002", `002.${JOB}.result`, "002.claim", "002.json", "002.log"].map((name) => `trial-${name}`),
  );
});
