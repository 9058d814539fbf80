import type { KeyRule, KeyTable, Part } from "./key-table";
import { type Captures, fill, readings } from "./template";

/** Which way a table is read. */
export type Direction = "toOurs" | "toTheirs";

/** What of a table is read here. */
export type KeySource = Pick<KeyTable, "rules" | "ignored">;

/** Arrays of the result, and what they are made of. */
export interface Step {
  /** The names of the arrays that it is made of, in the rule's order. */
  readonly from: readonly string[];
  /** The names of what is made. */
  readonly to: readonly string[];
  /** How. */
  readonly rule: KeyRule;
}

/** What a table does with a list of names. */
export interface Plan {
  /** What is made of what. */
  readonly steps: readonly Step[];
  /** Second names for an array: `[second, first]`, both as the names were given. */
  readonly tied: readonly (readonly [second: string, first: string])[];
  /** Names of arrays that hold nothing that was learned. */
  readonly ignored: readonly string[];
  /** Names that the table doesn't know, and parts whose other parts are missing. */
  readonly unknown: readonly string[];
}

interface Side {
  readonly rule: KeyRule;
  readonly from: readonly Part[];
  readonly to: readonly Part[];
}

/** What a name is to a table. */
type Meaning = "ignored" | { readonly rule: number; readonly part: number; readonly captures: Captures };

/** Reads a table in one direction over names, whatever the arrays are. */
export function planConversion(table: KeySource, names: Iterable<string>, direction: Direction): Plan {
  const sides = sidesOf(table, direction);
  const meaning = meaningIn(table, direction);
  const groups = new Map<string, { side: Side; captures: Captures; names: string[] }>();
  const ignored: string[] = [];
  const unknown: string[] = [];
  for (const name of new Set(names)) {
    const found = meaning(name);
    if (found === undefined) unknown.push(name);
    else if (found === "ignored") ignored.push(name);
    else {
      const key = [found.rule, found.captures.i, found.captures.p].join(" ");
      const group = groups.get(key) ?? { side: sides[found.rule]!, captures: found.captures, names: [] };
      group.names[found.part] = name;
      groups.set(key, group);
    }
  }
  const steps: Step[] = [];
  const tied: [string, string][] = [];
  for (const { side, captures, names: found } of groups.values()) {
    const to = side.to.map(([part]) => fill(part, captures));
    const present = found.filter((name) => name !== undefined);
    if (side.rule.op === "tied") tied.push([found[0]!, to[0]!]);
    else if (present.length < side.from.length) unknown.push(...present);
    else steps.push({ from: found, to, rule: side.rule });
  }
  const plan = { steps: [...steps, ...tiedCopies(table.rules, steps, direction)], tied: [] as [string, string][], ignored, unknown };
  for (const [second, ours] of tied) {
    const first = steps.find((step) => step.to[0] === ours);
    if (first) plan.tied.push([second, first.from[0]!]);
    else unknown.push(second); // there is nothing that it repeats
  }
  return plan;
}

/** The names that a table knows. */
export function knownNames(table: KeySource, names: readonly string[]): string[] {
  const meaning = meaningIn(table, "toOurs");
  return names.filter((name) => meaning(name) !== undefined);
}

/** A rule's two ends in the direction of reading. */
function sidesOf({ rules }: KeySource, direction: Direction): Side[] {
  return rules.map((rule) => {
    const ours = rule.op === "rows" ? rule.ours : ([[rule.ours, 1]] as const);
    const theirs = rule.op === "rows" ? rule.theirs : ([[rule.theirs, 1]] as const);
    return direction === "toOurs" ? { rule, from: theirs, to: ours } : { rule, from: ours, to: theirs };
  });
}

/** What names are to a table in one direction. */
function meaningIn(table: KeySource, direction: Direction): (name: string) => Meaning | undefined {
  const templates = new Map<string, Omit<Exclude<Meaning, string>, "captures"> | "ignored">();
  for (const template of table.ignored) templates.set(template, "ignored");
  for (const [rule, side] of sidesOf(table, direction).entries()) {
    if (side.rule.op === "tied" && direction === "toTheirs") continue; // its array has a rule of its own
    for (const [part, [template]] of side.from.entries()) templates.set(template, { rule, part });
  }
  return (name) => {
    for (const { template, captures } of readings(name)) {
      const found = templates.get(template);
      if (found) return found === "ignored" ? found : { ...found, captures };
    }
    return undefined;
  };
}

/** In some layouts an array that we have once is written under its second name too. */
function tiedCopies(rules: readonly KeyRule[], steps: readonly Step[], direction: Direction): Step[] {
  if (direction === "toOurs") return [];
  return rules.flatMap((rule) => {
    const source = rule.op === "tied" && rule.written ? steps.find((step) => step.from[0] === rule.ours) : undefined;
    return rule.op === "tied" && source ? [{ from: source.from, to: [rule.theirs], rule }] : [];
  });
}
