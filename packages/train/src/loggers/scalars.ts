import type { StepRecord, ValidationRecord } from "../fit/records";

/** A number of a record under a name that no other number has. */
export type Scalar = readonly [name: string, value: number];

/**
 * The numbers of a record, named as columns of tables and tags of TensorBoard are: "loss" and "loss/contrastive", "learningRate", "logs/accuracy",
 * "validation/recall". What comes before the slash keeps a task's own names apart from ours.
 */
export function scalarsOf(record: StepRecord | ValidationRecord): Scalar[] {
  if (record.type === "validation") return Object.entries(record.metrics).map(([name, value]) => [`validation/${name}`, value]);
  const { total, ...parts } = record.loss;
  return [
    ["loss", total],
    ...under("loss", parts),
    ["learningRate", record.learningRate],
    ...under("learningRate", record.learningRates ?? {}),
    ["gradientNorm", record.gradientNorm],
    ...under("logs", record.logs),
    ["seconds", record.seconds],
    ["itemsPerSecond", record.itemsPerSecond],
    ["tensors", record.tensors],
    ["memory", record.memory],
  ];
}

function under(prefix: string, values: Readonly<Record<string, number>>): Scalar[] {
  return Object.entries(values).map(([name, value]) => [`${prefix}/${name}`, value]);
}
