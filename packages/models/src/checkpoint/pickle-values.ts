import { fail } from "@rsdix/internal";

/** What a pickle names: a class or a function of Python. It is only ever a name here; nothing is looked up and nothing is called. */
export class PickleGlobal {
  /** `torch._utils._rebuild_tensor_v2`, as Python writes it. */
  readonly path: string;

  constructor(
    readonly module: string,
    readonly name: string,
  ) {
    this.path = `${module}.${name}`;
  }
}

/** An object of a class that means nothing here: its name and what the pickle says about it. */
export class PickleObject {
  /** What its `__setstate__` would have been given. */
  state: unknown;
  /** What a subclass of list, or of dict, holds. */
  items: unknown[] | undefined;
  entries: Map<unknown, unknown> | undefined;

  constructor(
    readonly type: PickleGlobal,
    readonly args: readonly unknown[],
  ) {}
}

/** What plain data may hold when every sharing is written out, as JSON.stringify would: beyond it, a small file makes a huge text. */
const MAX_PLAIN_VALUES = 200_000;
/** Options are nested a few deep; an object that contains itself would be so without end. */
const MAX_PLAIN_DEPTH = 64;

/** A class that is a record of attributes or entries and nothing else. */
const RECORDS = new Set([
  "argparse.Namespace",
  "lightning_fabric.utilities.data.AttributeDict",
  "lightning.fabric.utilities.data.AttributeDict",
  "pytorch_lightning.utilities.parsing.AttributeDict",
]);

/**
 * What a pickle holds as plain data: dictionaries and namespaces as objects, lists, tuples and sets as arrays; a class or function as its
 * path; any other object as `{ class, args, state, items, entries }` with what there is of these.
 *
 * @param special Gives the plain form of values that aren't Python's own, undefined for the others.
 */
export function toPlain(value: unknown, special: (value: object) => unknown): unknown {
  let left = MAX_PLAIN_VALUES;
  const record = (entries: Iterable<[unknown, unknown]>, depth: number) =>
    Object.fromEntries(Array.from(entries, ([key, item]) => [keyText(key), plain(item, depth)]));
  const plain = (current: unknown, depth: number): unknown => {
    if (--left < 0) fail("FILE_TOO_LARGE", `The pickle's plain data has more than ${MAX_PLAIN_VALUES} values.`);
    if (depth > MAX_PLAIN_DEPTH)
      fail("FILE_CORRUPT", `The pickle's plain data is nested more than ${MAX_PLAIN_DEPTH} deep, or contains itself.`);
    if (typeof current !== "object" || current === null || current instanceof Uint8Array) return current;
    if (current instanceof PickleGlobal) return current.path;
    if (Array.isArray(current) || current instanceof Set) return Array.from(current, (item) => plain(item, depth + 1));
    if (current instanceof Map) return record(current, depth + 1);
    if (!(current instanceof PickleObject)) return special(current);
    const { type, args, state, items, entries } = current;
    if (RECORDS.has(type.path)) return record([...(state instanceof Map ? state : []), ...(entries ?? [])], depth + 1);
    return {
      class: type.path,
      ...(args.length > 0 && { args: plain(args, depth + 1) }),
      ...(state !== undefined && { state: plain(state, depth + 1) }),
      ...(items && { items: plain(items, depth + 1) }),
      ...(entries && { entries: plain(entries, depth + 1) }),
    };
  };
  return plain(value, 0);
}

function keyText(key: unknown): string {
  const isText = typeof key !== "object" || key === null;
  return isText
    ? String(key)
    : fail("FILE_CORRUPT", "The pickle has a dictionary whose keys are neither text nor numbers: it has no plain form.");
}
