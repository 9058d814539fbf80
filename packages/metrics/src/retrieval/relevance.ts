import { fail, show } from "@rsdix/internal";
import { isArrayLike } from "../check-classes";

/** Which items a query should find: by labels, or by lists. */
export interface RelevanceOptions {
  /** The label of each query, [queries]: what is relevant to it are the items of the same label. */
  readonly queryLabels?: ArrayLike<number> | readonly string[] | undefined;
  /** The label of each item, [items]. */
  readonly itemLabels?: ArrayLike<number> | readonly string[] | undefined;
  /** Instead of labels: for each query the rows of the items that are relevant to it, [queries][some]. */
  readonly relevant?: readonly ArrayLike<number>[] | undefined;
  /** Whether queries and items are the same rows, and none is to find itself; false when left out. */
  readonly excludeSelf?: boolean | undefined;
}

/** What an item is to a query. */
export const OTHER = 0;
export const RELEVANT = 1;
const ITSELF = 2;

/** Checks the options and gives, for a query, what each item is to it, [items]; valid until the next query. */
export function readRelevance(options: RelevanceOptions, queries: number, items: number): (query: number) => Uint8Array {
  const { queryLabels, itemLabels, relevant, excludeSelf = false } = options;
  if (typeof excludeSelf !== "boolean") fail("INVALID_ARGUMENT", `excludeSelf must be true or false, got ${show(excludeSelf)}.`);
  if (excludeSelf && queries !== items) {
    fail("SHAPE_MISMATCH", `excludeSelf is for queries that are the items themselves, got ${queries} queries and ${items} items.`);
  }
  const byLabels = queryLabels !== undefined || itemLabels !== undefined;
  if (byLabels === (relevant !== undefined)) fail("INVALID_ARGUMENT", "Give queryLabels and itemLabels, or relevant: one of the two.");
  const fill = relevant ? listed(relevant, queries, items) : labelled(queryLabels, itemLabels, queries, items);
  const flags = new Uint8Array(items);
  return (query) => {
    fill(query, flags);
    if (excludeSelf) flags[query] = ITSELF;
    return flags;
  };
}

type Fill = (query: number, flags: Uint8Array) => void;

function listed(relevant: readonly ArrayLike<number>[], queries: number, items: number): Fill {
  if (!Array.isArray(relevant) || relevant.length !== queries) {
    fail("SHAPE_MISMATCH", `relevant must be a list of rows for each of ${queries} queries, got ${show(relevant?.length)}.`);
  }
  for (const [query, rows] of relevant.entries()) {
    if (!isArrayLike(rows)) fail("INVALID_ARGUMENT", `relevant[${query}] must be a list of rows, got ${show(rows)}.`);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      if (!Number.isInteger(row) || row < 0 || row >= items) {
        fail("INVALID_ARGUMENT", `relevant[${query}][${i}] must be a row from 0 to ${items - 1}, got ${show(row)}.`);
      }
    }
  }
  return (query, flags) => {
    flags.fill(OTHER);
    const rows = relevant[query]!;
    for (let i = 0; i < rows.length; i++) flags[rows[i]!] = RELEVANT;
  };
}

function labelled(queryLabels: unknown, itemLabels: unknown, queries: number, items: number): Fill {
  const numbers = new Map<unknown, number>();
  const ofItems = numbered(itemLabels, items, "itemLabels", numbers);
  const ofQueries = numbered(queryLabels, queries, "queryLabels", numbers);
  return (query, flags) => {
    const own = ofQueries[query]!;
    for (let i = 0; i < items; i++) flags[i] = ofItems[i] === own ? RELEVANT : OTHER;
  };
}

/** Labels as whole numbers, the same for the same label. */
function numbered(labels: unknown, count: number, name: string, numbers: Map<unknown, number>): Int32Array {
  if (!isArrayLike(labels) || labels.length !== count) {
    const got = isArrayLike(labels) ? labels.length : show(labels);
    fail("SHAPE_MISMATCH", `${name} must be a label for each of ${count}, got ${got}.`);
  }
  const result = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const label: unknown = labels[i];
    if (typeof label !== "string" && !(typeof label === "number" && Number.isFinite(label))) {
      fail("INVALID_ARGUMENT", `${name}[${i}] must be a number or a text, got ${show(label)}.`);
    }
    let number = numbers.get(label);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(label, number);
    }
    result[i] = number;
  }
  return result;
}
