import { fail } from "@rsdix/internal";
import type { MetricName } from "@rsdix/metrics";
import { suggestion, withoutDashes } from "../config/names";

/** What was asked for. */
export interface AskedMetrics {
  /** For `evaluate`. */
  readonly names: MetricName[];
  /** Whether a score is to be shown: all of BLEU are computed together. */
  readonly shows: (score: string) => boolean;
}

/**
 * The metrics by the names that users and the original know; "bleu_4" is one of "bleu".
 *
 * @param known - those that can be had.
 * @param unknown - says of a name, in quotes, that it is none of them.
 */
export function askedMetrics(asked: readonly string[], known: readonly MetricName[], unknown: (name: string) => string): AskedMetrics {
  const orders = new Set<string>();
  const names = asked.map((name) => {
    const found = known.find((each) => withoutDashes(each) === withoutDashes(name));
    const order = known.includes("bleu") ? /^bleu[1-4]$/.exec(withoutDashes(name))?.[0] : undefined;
    if (found === "bleu") for (const n of [1, 2, 3, 4]) orders.add(`bleu${n}`);
    if (order !== undefined) orders.add(order);
    if (found === undefined && order === undefined)
      fail("INVALID_ARGUMENT", `${unknown(JSON.stringify(name))}${suggestion(withoutDashes(name), known.map(withoutDashes))}`);
    return found ?? "bleu";
  });
  return { names: [...new Set(names)], shows: (score) => !/^bleu\d$/.test(score) || orders.has(score) };
}
