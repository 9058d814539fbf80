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
 * @example
 * ```ts
 * import { publishedAverages } from "@rsdix/train";
 * const rows = [{ label: "AID", values: [90, null] }, { label: "RSICD", values: [80, 70] }];
 * console.log(publishedAverages({ caption: "", models: ["a", "b"], rows, printed: [] }, { both: ["AID", "RSICD"] })); // [{ set: "both", values: [85, null] }]
 * ```
 */
export function publishedAverages(
  { models, rows }: PublishedZeroShot,
  sets: Readonly<Record<string, readonly string[]>>,
): { set: string; values: (number | null)[] }[] {
  return Object.entries(sets).map(([set, members]) => {
    const used = members.map((name) => rows.find(({ label }) => label === name));
    const values = models.map((_, i) => {
      const each = used.map((row) => row?.values[i] ?? null);
      return each.length === 0 || each.includes(null) ? null : each.reduce((sum: number, value) => sum + value!, 0) / each.length;
    });
    return { set, values };
  });
}
