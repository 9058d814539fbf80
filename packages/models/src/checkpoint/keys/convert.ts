import { fail } from "@rsdix/internal";
import type { LazyCheckpoint, LazyTensor } from "../lazy-checkpoint";
import { equalTensor, LastRead, type Named, rowsAgain, transposedTensor, withLeadingOnes } from "./derive";
import type { KeyTable } from "./key-table";
import { type Direction, planConversion, type Step } from "./plan";

/** A checkpoint under other names, and what there was that the table doesn't carry over. */
export interface Renamed {
  /** The arrays under their new names; what the table doesn't know keeps its own. */
  readonly tensors: LazyCheckpoint;
  /** Names left out because they hold nothing that was learned: buffers, sizes, repetitions. */
  readonly ignored: readonly string[];
  /** Names that the table doesn't know. */
  readonly unknown: readonly string[];
}

/** Reads a table in one direction over a checkpoint: names at once, numbers when they are asked for. */
export function convert(table: Pick<KeyTable, "rules" | "ignored">, checkpoint: LazyCheckpoint, direction: Direction): Renamed {
  const { steps, tied, ignored, unknown } = planConversion(table, checkpoint.keys(), direction);
  const last = new LastRead();
  const checked = new Map(tied.map(([second, first]) => [first, second]));
  const named = (name: string): Named => {
    const tensor = checkpoint.get(name)!;
    const second = checked.get(name);
    return [name, second === undefined ? tensor : equalTensor([name, tensor], [second, checkpoint.get(second)!])];
  };
  const tensors = new Map<string, LazyTensor>();
  for (const step of steps) {
    const made = perform(step, step.from.map(named), direction, last);
    for (const [i, name] of step.to.entries()) tensors.set(name, made[i]!);
  }
  for (const name of unknown) {
    if (tensors.has(name)) fail("CHECKPOINT_MISMATCH", `The checkpoint has "${name}" in two layouts at once. Keep one of them.`);
    tensors.set(name, checkpoint.get(name)!);
  }
  return { tensors, ignored: [...ignored, ...tied.map(([second]) => second)], unknown };
}

function perform({ rule }: Step, from: readonly Named[], direction: Direction, last: LastRead): LazyTensor[] {
  switch (rule.op) {
    case "rename":
    case "tied":
      return [from[0]![1]];
    case "transpose":
      return [transposedTensor(from[0]!)];
    case "leading":
      return [withLeadingOnes(from[0]!, direction === "toTheirs" ? rule.ones : -rule.ones)];
    case "rows": {
      const [before, after] = direction === "toOurs" ? [rule.theirs, rule.ours] : [rule.ours, rule.theirs];
      return rowsAgain(
        from.map((named, i) => [named, before[i]![1]]),
        after.map(([, share]) => share),
        last,
      );
    }
  }
}
