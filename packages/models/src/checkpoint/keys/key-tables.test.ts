import { createRandom } from "@rsdix/internal";
import { describe, expect, it } from "vitest";
import type { Checkpoint, CheckpointTensor } from "../checkpoint";
import { lazyOf, readAll } from "../lazy-checkpoint";
import { convert } from "./convert";
import type { KeyRule, Part } from "./key-table";
import { KEY_TABLES } from "./layouts";
import { planConversion } from "./plan";
import { fill } from "./template";

const random = createRandom(1);

function array(shape: readonly number[]): CheckpointTensor {
  const length = shape.reduce((product, size) => product * size, 1);
  return { dtype: "float32", shape, data: Float32Array.from({ length }, () => Math.fround(random.normal())) };
}

/** Every name that a template stands for, with two numbers. */
function namesOf(template: string): string[] {
  const numbered = template.includes("{i}") ? ["0", "11"].map((i) => ({ i })) : [{}];
  const ended = template.includes("{p}") ? ["weight", "bias"].map((p) => ({ p })) : [{}];
  return numbered.flatMap((i) => ended.map((p) => fill(template, { ...i, ...p })));
}

/** Arrays of one side of a rule, of sizes that differ. */
function arraysOf(rule: KeyRule, side: "ours" | "theirs"): [string, CheckpointTensor][] {
  const [rows, columns] = [1 + Math.floor(random.next() * 4), 1 + Math.floor(random.next() * 4)];
  const ones = rule.op === "leading" && (side === "theirs") === rule.ones > 0 ? [1] : [];
  const parts: readonly Part[] = rule.op === "rows" ? rule[side] : [[rule[side], 1]];
  return parts.flatMap(([name, share]) =>
    namesOf(name).map((one): [string, CheckpointTensor] => [one, array([...ones, rows * share, columns])]),
  );
}

function checkpointOf(rules: readonly KeyRule[], side: "ours" | "theirs"): Checkpoint {
  const checkpoint: Checkpoint = new Map(rules.filter((rule) => rule.op !== "tied").flatMap((rule) => arraysOf(rule, side)));
  for (const rule of rules) {
    const written = rule.op === "tied" && rule.written && side === "theirs";
    if (written) checkpoint.set(rule.theirs, checkpoint.get(rule.ours)!);
  }
  return checkpoint;
}

const sorted = (checkpoint: Checkpoint) => [...checkpoint].sort(([a], [b]) => (a < b ? -1 : 1));

describe.each(KEY_TABLES)("the table of $model in layout $layout", (table) => {
  it("gives back what it was given, to ours and back", async () => {
    const theirs = checkpointOf(table.rules, "theirs");
    const ours = convert(table, lazyOf(theirs), "toOurs");
    expect(ours.unknown).toEqual([]);
    const back = convert(table, ours.tensors, "toTheirs");
    expect(back.unknown).toEqual([]);
    expect(sorted(await readAll(back.tensors))).toEqual(sorted(theirs));
  });

  it("gives back what it was given, from ours and back", async () => {
    const ours = checkpointOf(table.rules, "ours");
    const theirs = convert(table, lazyOf(ours), "toTheirs");
    expect(theirs.unknown).toEqual([]);
    const back = convert(table, theirs.tensors, "toOurs");
    expect(sorted(await readAll(back.tensors))).toEqual(sorted(ours));
  });

  it("leaves out buffers and says so, in both directions", () => {
    const names = table.ignored.flatMap(namesOf);
    for (const direction of ["toOurs", "toTheirs"] as const) {
      expect(planConversion(table, names, direction)).toEqual({ steps: [], tied: [], ignored: names, unknown: [] });
    }
  });

  it("has one rule for a name", () => {
    for (const side of ["ours", "theirs"] as const) {
      // A tied array has a rule of its own under our name.
      const rules = table.rules.filter((rule) => side === "theirs" || rule.op !== "tied");
      const templates = [
        ...rules.flatMap((rule) => (rule.op === "rows" ? rule[side].map(([name]) => name) : [rule[side]])),
        ...table.ignored,
      ];
      expect(templates.filter((name, i) => templates.indexOf(name) !== i)).toEqual([]);
    }
  });
});
