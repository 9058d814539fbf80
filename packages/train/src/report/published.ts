import { fail, show } from "@rsdix/internal";
import { checkList } from "../check-given";
import published from "./published.json" with { type: "json" };

/** Zero-shot accuracy that was published, in percent. */
export interface PublishedZeroShot {
  /** What the table is. */
  caption: string;
  /** The models, a column each. */
  models: string[];
  /** Top-1 accuracy by data set; null where none was reported. */
  rows: { label: string; values: (number | null)[] }[];
  /** Averages and other rows as they were printed: some mix data sets. */
  printed: { label: string; values: (number | null)[] }[];
}

/** Scores of captions that were published, from 0 to 1. */
export interface PublishedCaptions {
  /** What the table is. */
  caption: string;
  /** The metrics, a column each. */
  metrics: string[];
  /** Scores by model, and by data set where they are no averages; null where none was reported. */
  rows: { model: string; dataset?: string; values: (number | null)[] }[];
}

/** Results that the original published. */
export interface PublishedResults {
  /** Sets of data sets that averages are taken over, by what they hold. */
  sets: Record<string, string[]>;
  /** Tables of zero-shot classification. */
  zeroShot: PublishedZeroShot[];
  /** Tables of captions. */
  captions: PublishedCaptions[];
}

/**
 * The results that the original published, rows as they were printed.
 *
 * @returns A copy of the data.
 * @example
 * ```ts
 * import { publishedAverages, publishedResults } from "@rsdix/train";
 * const { zeroShot, sets } = publishedResults();
 * console.log(zeroShot[0]!.models[0], publishedAverages(zeroShot[0]!, sets)[0]); // RSDiX-CLIP B/32 { set: "all thirteen", values: [72.43..., ...] }
 * ```
 * @see "RSDiX", IJCNN 2025, https://ieeexplore.ieee.org/document/11228553
 */
export function publishedResults(): PublishedResults {
  return structuredClone(published) as PublishedResults;
}

/**
 * Averages over named sets, reckoned from the rows: the printed ones mix sets of twelve and of thirteen.
 *
 * @param table Its rows are averaged.
 * @param sets Names of data sets, by what the average is called.
 * @returns For each set the mean of each model, null where one of its data sets was not reported.
 * @throws INVALID_ARGUMENT for what is no table, and no lists by name.
 * @example
 * ```ts
 * import { publishedAverages } from "@rsdix/train";
 * const rows = [{ label: "AID", values: [90, null] }, { label: "RSICD", values: [80, 70] }];
 * console.log(publishedAverages({ caption: "", models: ["a", "b"], rows, printed: [] }, { both: ["AID", "RSICD"] })); // [{ set: "both", values: [85, null] }]
 * ```
 * @see "RSDiX", IJCNN 2025, https://ieeexplore.ieee.org/document/11228553
 */
export function publishedAverages(
  table: PublishedZeroShot,
  sets: Readonly<Record<string, readonly string[]>>,
): { set: string; values: (number | null)[] }[] {
  checkList(table?.models, "publishedAverages: the table's models", "names");
  checkList(table.rows, "publishedAverages: the table's rows", "{ label, values }");
  for (const [i, row] of table.rows.entries())
    checkList(row?.values, `publishedAverages: the table's rows[${i}].values`, "numbers, one a model");
  if (show(sets) !== "[object Object]")
    fail("INVALID_ARGUMENT", `publishedAverages: sets must be lists of data sets by name, got ${show(sets)}.`);
  const { models, rows } = table;
  return Object.entries(sets).map(([set, members]) => {
    checkList(members, `publishedAverages: the set "${set}"`, "data sets");
    const used = members.map((name) => rows.find(({ label }) => label === name));
    const values = models.map((_, i) => {
      const each = used.map((row) => row?.values[i] ?? null);
      return each.length === 0 || each.includes(null) ? null : each.reduce((sum: number, value) => sum + value!, 0) / each.length;
    });
    return { set, values };
  });
}
