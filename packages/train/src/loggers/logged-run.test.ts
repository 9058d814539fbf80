import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Parameters } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { onEachBackend } from "../../../../test/tensors";
import { checkpointFolder } from "../checkpoints/checkpoint-folder";
import { fit } from "../fit/fit";
import type { Task } from "../fit/task";
import { cosineSchedule } from "../optim/schedule";
import { parseRunLog } from "../report/parse-run-log";
import { renderRunReport } from "../report/render-run-report";
import { jsonLinesLogger } from "./json-lines-logger";
import { logTo } from "./logger";
import { progressLogger } from "./progress-logger";
import { tensorBoardLogger } from "./tensorboard-logger";
import { tsvLogger } from "./tsv-logger";

const STEPS = 12;
const data = { stepsPerEpoch: 4, batchSize: 2, batch: (step: number) => step / 10 };

/** Trains into a folder; the loop is left after a step, as a killed process leaves it: with no checkpoint of that step. */
async function train(folder: string, { leave = Number.POSITIVE_INFINITY, resume = false } = {}): Promise<void> {
  const weights = Parameters.initialize([{ name: "w", shape: [1], init: "zeros" }], 1);
  const task: Task<number> = {
    name: "line",
    trainable: () => weights.trainable(),
    prepare: (target) => () => ({ loss: tf.sum(tf.square(tf.sub(weights.get("w"), target))) as tf.Scalar }),
    state: () => weights.toCheckpoint(),
    restore: (checkpoint) => weights.assign(checkpoint),
  };
  mkdirSync(folder, { recursive: true });
  const loggers = [
    jsonLinesLogger(join(folder, "log.jsonl")),
    tsvLogger(join(folder, "metrics.tsv")),
    tensorBoardLogger(join(folder, "events")),
    progressLogger({ stream: { write: () => undefined } }),
  ];
  const records = fit(task, data, {
    ...{ steps: STEPS, schedule: cosineSchedule({ learningRate: 0.1, totalSteps: STEPS }), resume },
    ...{ checkpoints: checkpointFolder(join(folder, "checkpoints")), checkpointEvery: 4 },
    validation: { every: 3, run: () => ({ weight: weights.get("w").dataSync()[0]! }) },
  });
  for await (const record of logTo(records, loggers)) if (record.type === "step" && record.step === leave) break;
  weights.dispose();
}

/** What a log holds, without what no two runs share. */
function logged(folder: string) {
  const path = join(folder, "log.jsonl");
  return parseRunLog(readFileSync(path, "utf8"), path)
    .filter(({ type }) => type !== "start")
    .map((record) => ({ ...record, seconds: 0, itemsPerSecond: 0, location: "", tensors: 0, memory: 0 }));
}

const column = (folder: string, file: string, index: number) =>
  readFileSync(join(folder, file), "utf8")
    .split("\n")
    .map((line) => line.split("\t")[index]);

onEachBackend("loggers of a run", () => {
  it("of a run that is left and resumed, twice, hold what those of one that is not do", async () => {
    const before = tf.memory().numTensors;
    const [whole, broken] = [scratchFolder(), scratchFolder()];
    await train(whole);
    await train(broken, { leave: 6 });
    await train(broken, { leave: 7, resume: true });
    await train(broken, { resume: true });
    expect(tf.memory().numTensors).toBe(before);
    expect(logged(whole).filter(({ type }) => type === "step")).toHaveLength(STEPS);
    expect(logged(broken)).toEqual(logged(whole));
    for (const file of ["metrics.tsv", "metrics.validation.tsv"]) {
      for (const index of [0, 1, 2]) expect(column(broken, file, index)).toEqual(column(whole, file, index));
    }
    expect(readdirSync(join(broken, "events"))).toHaveLength(3);
    const log = join(broken, "log.jsonl");
    expect(await renderRunReport(parseRunLog(readFileSync(log, "utf8"), log))).toContain(`of ${STEPS}`);
  });
});
