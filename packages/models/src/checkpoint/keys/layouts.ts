import { fail, show } from "@rsdix/internal";
import { BERT_TABLES } from "./bert-keys";
import { CLIP_TABLES } from "./clip-keys";
import { CLIPCAP_TABLES } from "./clipcap-keys";
import { GPT2_TABLES } from "./gpt2-keys";
import type { KeyTable, LayoutName, ModelType, Role } from "./key-table";
import { knownNames } from "./plan";
import { SIGLIP_TABLES } from "./siglip-keys";

/** Every table; where two explain a checkpoint equally well, the first is what it is. */
export const KEY_TABLES: readonly KeyTable[] = [...CLIPCAP_TABLES, ...CLIP_TABLES, ...SIGLIP_TABLES, ...GPT2_TABLES, ...BERT_TABLES];

/** The prefixes that may stand before a model in one file: published ones have three. */
const MAX_PREFIXES = 16;

/** The arrays of one file: the largest model here has 1,500, and the largest published file four models. */
const MAX_NAMES = 10_000;

/** A model that a checkpoint holds, and how it is named there. */
export interface CheckpointLayout {
  /** The model. */
  readonly model: ModelType;
  /** The layout of its names. */
  readonly layout: LayoutName;
  /** What stands before every name of this model, for example `"module._student."`; mostly nothing. */
  readonly prefix: string;
  /** Whose weights they are, in an RSDiX checkpoint of CLIP or SigLIP. */
  readonly role?: Role;
}

/** A layout with its table. */
export interface FoundTable {
  readonly table: KeyTable;
  readonly prefix: string;
}

/**
 * Which models a checkpoint holds, and in which layout each is named; found by the names alone.
 *
 * @param names The arrays' names.
 * @returns The models, the one with the most arrays first; none where no model is known. A model inside another one (ClipCap's GPT-2) is
 * part of that one.
 * @throws CHECKPOINT_MISMATCH when there are more arrays, or more prefixes that look like a model's, than any file of models has;
 * INVALID_ARGUMENT for what are no names.
 *
 * @example
 * ```ts
 * import { detectLayout } from "@rsdix/models";
 *
 * console.log(detectLayout(["module.visual.class_embedding", "module.visual.proj", "module.logit_scale"]));
 * // [ { model: 'clip', layout: 'openclip', prefix: 'module.' } ]
 * ```
 *
 * @see https://github.com/huggingface/transformers/blob/main/src/transformers/models/clip/modeling_clip.py,
 * https://github.com/openai/CLIP/blob/main/clip/model.py and https://github.com/mlfoundations/open_clip/blob/main/src/open_clip/transformer.py, whose names
 * they are
 */
export function detectLayout(names: Iterable<string>): CheckpointLayout[] {
  const list = typeof names?.[Symbol.iterator] === "function" ? [...names] : [undefined];
  if (!list.every((name) => typeof name === "string")) {
    fail("INVALID_ARGUMENT", `detectLayout needs the names of arrays, got ${show(names)}. Give it checkpoint.keys().`);
  }
  return findTables(list, KEY_TABLES).map(layoutOf);
}

/** The layout, as users see it. */
export function layoutOf({ table: { model, layout }, prefix }: FoundTable): CheckpointLayout {
  const role = /_(student|teacher)\.$/.exec(prefix)?.[1] as Role | undefined;
  return { model, layout, prefix, ...(role && { role }) };
}

/** The models that these tables find: each name belongs to one, and the table that explains the most names takes them first. */
export function findTables(names: readonly string[], tables: readonly KeyTable[]): FoundTable[] {
  if (names.length > MAX_NAMES) {
    fail("CHECKPOINT_MISMATCH", `The checkpoint has ${names.length} arrays, more than the ${MAX_NAMES} of any model here.`);
  }
  const candidates = tables.flatMap((table) => prefixesOf(table, names).map((prefix) => ({ table, prefix })));
  const below = new Map<string, string[]>();
  for (const { prefix } of candidates) below.set(prefix, []);
  if (below.size > MAX_PREFIXES) {
    fail("CHECKPOINT_MISMATCH", `More than ${MAX_PREFIXES} prefixes of the checkpoint's names look like a model's.`);
  }
  for (const [prefix, inside] of below) {
    for (const name of names) if (name.startsWith(prefix)) inside.push(name.slice(prefix.length));
  }
  const claimed = new Set<string>();
  return candidates
    .map((one) => ({ ...one, known: knownNames(one.table, below.get(one.prefix)!).map((name) => one.prefix + name) }))
    .sort((a, b) => b.known.length - a.known.length)
    .filter(({ known }) => {
      if (known.filter((name) => !claimed.has(name)).length * 2 <= known.length) return false;
      for (const name of known) claimed.add(name);
      return true;
    });
}

/** What stands before a table's anchors among the names. */
function prefixesOf({ anchors, prefix: expected }: KeyTable, names: readonly string[]): string[] {
  const prefixes = new Set<string>();
  for (const name of names) {
    for (const anchor of anchors) {
      const prefix = name.endsWith(anchor) ? name.slice(0, -anchor.length) : undefined;
      if (prefix === undefined || (prefix !== "" && !prefix.endsWith("."))) continue;
      if (!expected || expected.test(prefix)) prefixes.add(prefix);
    }
  }
  return [...prefixes];
}

/** The table of a model's layout. */
export function tableOf(model: ModelType, layout: LayoutName): KeyTable {
  const ofModel = KEY_TABLES.filter((table) => table.model === model);
  const layouts = ofModel.map((table) => table.layout).join(", ");
  return (
    ofModel.find((table) => table.layout === layout) ??
    fail("INVALID_ARGUMENT", `The layouts of "${model}" are ${layouts}; "${layout}" isn't one of them.`)
  );
}
