/** The models that have key tables. */
export type ModelType = "clip" | "siglip" | "gpt2" | "clipcap" | "bert";

/**
 * Ways to name a model's arrays. `"huggingface"` are the names that our models use: those of transformers, and of ClipCap's authors for its
 * mapper. `"bare"` leaves out the outer model's name (GPT2Model), `"gamma"` has the names of BERT's norms before 2019.
 */
export type LayoutName = "huggingface" | "openclip" | "openai" | "rsdix" | "bare" | "gamma";

/** Whose weights of an RSDiX checkpoint: those that were trained, or their moving average. */
export type Role = "student" | "teacher";

/**
 * What becomes of one array, or of a few that belong together. Names are templates: `{i}` stands for a whole number and `{p}` for
 * `weight` or `bias`, the same on both sides. Every rule reads in both directions.
 */
export type KeyRule =
  | RenameRule
  /** A matrix that the other layout has transposed. */
  | { readonly op: "transpose"; readonly ours: string; readonly theirs: string }
  /** The other layout's array has this many more leading dimensions of size 1; negative: fewer. */
  | { readonly op: "leading"; readonly ones: number; readonly ours: string; readonly theirs: string }
  /** The rows of ours, one array below the other, are the rows of theirs; a number says how many parts of the rows an array has. */
  | { readonly op: "rows"; readonly ours: readonly Part[]; readonly theirs: readonly Part[] }
  /** A second name that the other layout may have for an array that we have once: it must be equal, and is written where it is usual. */
  | { readonly op: "tied"; readonly ours: string; readonly theirs: string; readonly written: boolean };

/** The same array under another name. */
export interface RenameRule {
  /** What is done. */
  readonly op: "rename";
  /** The template of our names. */
  readonly ours: string;
  /** The template of the other layout's. */
  readonly theirs: string;
}

/** A name, and its share of the rows. */
export type Part = readonly [name: string, share: number];

/** How one layout of one model is named, as data. */
export interface KeyTable {
  /** The model. */
  readonly model: ModelType;
  /** The layout. */
  readonly layout: LayoutName;
  /** What becomes of each array; a name fits one rule. */
  readonly rules: readonly KeyRule[];
  /** Arrays that hold nothing that was learned, in either layout: buffers, sizes, weights that the model has no use for. */
  readonly ignored: readonly string[];
  /** Names to find the layout by: what stands before one of them is the prefix of all. */
  readonly anchors: readonly string[];
  /** What the prefix must end in. */
  readonly prefix?: RegExp;
  /** The prefix to write, of each role. */
  readonly writes?: Readonly<Record<Role, string>>;
}

/** Arrays that have the same name on both sides. */
export function same(...names: readonly string[]): RenameRule[] {
  return names.map((name) => ({ op: "rename", ours: name, theirs: name }));
}

/** Arrays that differ in name only: ours, then theirs. */
export function renamed(...pairs: readonly (readonly [ours: string, theirs: string])[]): RenameRule[] {
  return pairs.map(([ours, theirs]) => ({ op: "rename", ours, theirs }));
}

/** The table of our own names: every array by itself. */
export function identity(rules: readonly KeyRule[]): RenameRule[] {
  return rules.flatMap((rule) => {
    if (rule.op === "tied") return [];
    return same(...(rule.op === "rows" ? rule.ours.map(([name]) => name) : [rule.ours]));
  });
}

/** The same rules for a model inside another one, whose name stands before all on both sides. */
export function below(prefix: string, rules: readonly KeyRule[]): KeyRule[] {
  const parts = (side: readonly Part[]) => side.map(([name, share]): Part => [prefix + name, share]);
  return rules.map((rule) =>
    rule.op === "rows"
      ? { ...rule, ours: parts(rule.ours), theirs: parts(rule.theirs) }
      : { ...rule, ours: prefix + rule.ours, theirs: prefix + rule.theirs },
  );
}
