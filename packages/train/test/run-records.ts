import type { FitRecord, StepRecord, ValidationRecord } from "../src/fit/records";

/** A step's record, as `fit` yields it. */
export function stepRecord(step: number, more: Partial<StepRecord> = {}): StepRecord {
  return {
    ...{ type: "step", task: "clip", step, steps: 100, epoch: step / 10 },
    loss: { total: 3 / step, contrastive: 2 / step, distillation: 1 / step },
    logs: { scale: 14.5, accuracy: 1 - 1 / step },
    ...{ learningRate: 1e-4, gradientNorm: 0.5, seconds: 2, itemsPerSecond: 32, tensors: 250, memory: 4_000_000 },
    ...more,
  };
}

/** A validation's record. */
export function validationRecord(step: number, metrics: Record<string, number> = { loss: 2 / step }): ValidationRecord {
  return { type: "validation", task: "clip", step, epoch: step / 10, metrics };
}

/** What a run yields: steps from one to another, with a validation and a checkpoint at every tenth. */
export function runRecords(from: number, to: number, steps = to): FitRecord[] {
  const records: FitRecord[] = [{ type: "start", task: "clip", step: from, steps }];
  for (let step = from + 1; step <= to; step++) {
    records.push(stepRecord(step, { steps }));
    if (step % 10 === 0)
      records.push(validationRecord(step), { type: "checkpoint", task: "clip", step, location: `checkpoints/step-${step}` });
  }
  if (to === steps)
    records.push({ type: "end", task: "clip", step: to, reason: "finished", best: { metric: "loss", value: 0.02, step: to } });
  return records;
}
