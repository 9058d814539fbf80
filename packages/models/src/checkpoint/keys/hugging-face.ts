import { checkOptions, fail } from "@rsdix/internal";
import { listNames } from "../checkpoint";
import { checkIsLazy, type LazyCheckpoint } from "../lazy-checkpoint";
import { convert } from "./convert";
import type { LayoutName, ModelType, Role } from "./key-table";
import { type CheckpointLayout, type FoundTable, findTables, KEY_TABLES, layoutOf, tableOf } from "./layouts";

/** Which of a checkpoint's models is meant; what is left out is found by the names. */
export interface LayoutChoice {
  /** The model; needed where the checkpoint holds more than one. */
  readonly model?: ModelType;
  /** The layout of its names. */
  readonly layout?: LayoutName;
  /** Of an RSDiX checkpoint: the student (the default) or the teacher. */
  readonly role?: Role;
  /** What stands before all names, for example `"module."`. */
  readonly prefix?: string;
}

/** A checkpoint under our models' names. */
export interface ConvertedCheckpoint {
  /**
   * The arrays, read when they are asked for. Names that the layout doesn't have are kept, so that a model that loads them reports them.
   */
  readonly tensors: LazyCheckpoint;
  /** The layout that it was in. */
  readonly layout: CheckpointLayout;
  /** Names left out because they hold nothing that was learned: buffers, sizes, the repetition of a tied array. */
  readonly ignored: readonly string[];
  /** Names below the prefix that the layout doesn't have; they are in `tensors` too. */
  readonly unknown: readonly string[];
  /** Names that aren't below the prefix: other models of the file, a loss's own weights. */
  readonly elsewhere: readonly string[];
}

/** Where a checkpoint is to be written to. */
export interface LayoutTarget {
  /** The model. */
  readonly model: ModelType;
  /** The layout to name its arrays by. */
  readonly layout: LayoutName;
  /** In RSDiX's layout: whose weights these are to be; the student by default. */
  readonly role?: Role;
  /** What to put before all names; by default what the layout has: nothing, or `_student.`, `_teacher.`, `_clipcap.` in RSDiX's. */
  readonly prefix?: string;
}

/** A checkpoint under another layout's names. */
export interface RenamedCheckpoint {
  /** The arrays, read when they are asked for. */
  readonly tensors: LazyCheckpoint;
  /** Names left out because they hold nothing that was learned. */
  readonly ignored: readonly string[];
  /** Names that the model doesn't have; they are kept, below the prefix. */
  readonly unknown: readonly string[];
}

/**
 * A model's arrays under the names that our models have, whichever of the known layouts the checkpoint is in: of transformers, open_clip,
 * OpenAI, RSDiX, and below any prefix (`module.`, `_forward_module.`, `0.auto_model.`). Nothing is read; an array that has to be split,
 * joined or transposed is when it is read.
 *
 * @param checkpoint The arrays of a file.
 * @param choice Which model, layout, role and prefix; found by the names where left out.
 * @returns The arrays, the layout that was found, and the names that were not carried over.
 * @throws CHECKPOINT_MISMATCH when no such model is found, a shape doesn't fit the layout, or two arrays would have the same name;
 * INVALID_ARGUMENT when several models fit the choice, or for an unknown model, layout or role; UNKNOWN_OPTION.
 *
 * @example
 * ```ts
 * import { lazyOf, toHuggingFace } from "@rsdix/models";
 *
 * const array = (...shape: number[]) => ({ dtype: "float32" as const, shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
 * const file = lazyOf(new Map([
 *   ["visual.class_embedding", array(4)],
 *   ["visual.transformer.resblocks.0.attn.in_proj_bias", array(12)],
 *   ["visual.head.weight", array(2)],
 * ]));
 * const { tensors, layout, unknown } = toHuggingFace(file);
 * console.log(layout.layout, unknown, tensors.get("vision_model.encoder.layers.0.self_attn.q_proj.bias")?.shape);
 * // openclip [ 'visual.head.weight' ] [ 4 ]
 * ```
 *
 * @see https://github.com/huggingface/transformers/blob/main/src/transformers/models/clip/modeling_clip.py,
 * https://github.com/openai/CLIP/blob/main/clip/model.py and https://github.com/mlfoundations/open_clip/blob/main/src/open_clip/transformer.py, whose names
 * they are
 */
export function toHuggingFace(checkpoint: LazyCheckpoint, choice: LayoutChoice = {}): ConvertedCheckpoint {
  checkIsLazy(checkpoint);
  const { table, prefix } = choose([...checkpoint.keys()], choice);
  const inside = new Map([...checkpoint].filter(([name]) => name.startsWith(prefix)).map(([name, t]) => [name.slice(prefix.length), t]));
  const { tensors, ignored, unknown } = convert(table, inside, "toOurs");
  return {
    tensors,
    layout: layoutOf({ table, prefix }),
    ignored: ignored.map((name) => prefix + name),
    unknown: unknown.map((name) => prefix + name),
    elsewhere: [...checkpoint.keys()].filter((name) => !name.startsWith(prefix)),
  };
}

/**
 * The way back: a model's arrays under the names of another layout.
 *
 * @param checkpoint The arrays under our model's names, for example `lazyOf(await parameters.toCheckpoint())`.
 * @param target The model, the layout, and in RSDiX's the role.
 * @returns The arrays, read when they are asked for, and the names that were not carried over.
 * @throws CHECKPOINT_MISMATCH when a shape doesn't fit the layout; INVALID_ARGUMENT for an unknown model, layout or role, or a role
 * where the layout has none; UNKNOWN_OPTION.
 *
 * @example
 * ```ts
 * import { fromHuggingFace, lazyOf } from "@rsdix/models";
 *
 * const scale = { dtype: "float32" as const, shape: [], data: Float32Array.of(2.6592) };
 * const { tensors } = fromHuggingFace(lazyOf(new Map([["logit_scale", scale]])), { model: "clip", layout: "rsdix", role: "teacher" });
 * console.log([...tensors.keys()]); // [ '_teacher.logit_scale' ]
 * ```
 *
 * @see https://github.com/huggingface/transformers/blob/main/src/transformers/models/clip/modeling_clip.py,
 * https://github.com/openai/CLIP/blob/main/clip/model.py and https://github.com/mlfoundations/open_clip/blob/main/src/open_clip/transformer.py, whose names
 * they are
 */
export function fromHuggingFace(checkpoint: LazyCheckpoint, target: LayoutTarget): RenamedCheckpoint {
  checkIsLazy(checkpoint);
  checkOptions(target, ["model", "layout", "role", "prefix"], "fromHuggingFace");
  if (target === undefined) fail("INVALID_ARGUMENT", "fromHuggingFace needs { model, layout }: which layout to write.");
  checkChoice(target);
  const table = tableOf(target.model, target.layout);
  if (target.role && !table.writes) {
    fail("INVALID_ARGUMENT", `Only RSDiX's layout has a student and a teacher, got layout "${target.layout}" and role "${target.role}".`);
  }
  const prefix = target.prefix ?? table.writes?.[target.role ?? "student"] ?? "";
  const { tensors, ignored, unknown } = convert(table, checkpoint, "toTheirs");
  return { tensors: new Map([...tensors].map(([name, tensor]) => [prefix + name, tensor])), ignored, unknown };
}

function choose(names: readonly string[], choice: LayoutChoice): FoundTable {
  checkOptions(choice, ["model", "layout", "role", "prefix"], "toHuggingFace");
  checkChoice(choice);
  const all = findTables(names, KEY_TABLES);
  let fitting = fittingTables(all, choice);
  if (fitting.length === 0 && choice.model !== undefined) {
    // A model that is part of another one (ClipCap's GPT-2) is found where only its own tables are looked at.
    const ofModel = KEY_TABLES.filter((table) => table.model === choice.model);
    fitting = fittingTables(findTables(names, ofModel), choice);
  }
  if (fitting.length === 1) return fitting[0]!;
  if (fitting.length > 1) {
    const several = fitting.map((one) => describe(layoutOf(one))).join("; ");
    fail("INVALID_ARGUMENT", `The checkpoint holds several models: ${several}. Choose by model, layout, role or prefix.`);
  }
  const wanted = describe(choice);
  const has = all.length > 0 ? `holds ${all.map((one) => describe(layoutOf(one))).join("; ")}` : `has the arrays ${listNames(names)}`;
  return fail(
    "CHECKPOINT_MISMATCH",
    `The checkpoint holds no model that is known${wanted && ` as ${wanted}`}: it ${has}.${all.some(({ prefix }) => prefix.endsWith("_teacher.")) && choice.role === undefined ? ' For the teacher give role: "teacher".' : ""}`,
  );
}

function fittingTables(found: readonly FoundTable[], { model, layout, role, prefix }: LayoutChoice): FoundTable[] {
  return preferred(found, role).flatMap((one) => {
    if ((model ?? one.table.model) !== one.table.model || (prefix ?? one.prefix) !== one.prefix) return [];
    if (layout === undefined || layout === one.table.layout) return [one];
    // Layouts that name arrays alike (OpenAI's and open_clip's) can't be told apart: the choice decides.
    const table = KEY_TABLES.find((other) => other.rules === one.table.rules && other.layout === layout);
    return table && (!table.prefix || table.prefix.test(one.prefix)) ? [{ ...one, table }] : [];
  });
}

/** Those of the role; a checkpoint without roles has the weights that were trained. */
function preferred(found: readonly FoundTable[], role: Role | undefined): FoundTable[] {
  const other = role === "teacher" ? "_student." : "_teacher.";
  return found.filter(({ prefix }) => !prefix.endsWith(other) && (role === undefined || /_(student|teacher)\.$/.test(prefix)));
}

function describe(choice: LayoutChoice): string {
  const parts = [choice.model, choice.layout && `layout ${choice.layout}`, choice.role, choice.prefix && `below "${choice.prefix}"`];
  return parts.filter(Boolean).join(", ");
}

/** What is chosen from a list is in it. */
function checkChoice({ model, layout, role }: LayoutChoice): void {
  const known = {
    model: KEY_TABLES.map((table) => table.model),
    layout: KEY_TABLES.map((table) => table.layout),
    role: ["student", "teacher"],
  };
  for (const [name, value] of Object.entries({ model, layout, role })) {
    const list = [...new Set<string>(known[name as keyof typeof known])];
    if (value !== undefined && !list.includes(value)) {
      fail("INVALID_ARGUMENT", `${name} must be one of ${list.join(", ")}, got "${String(value)}".`);
    }
  }
}
