import { closest, distance } from "fastest-levenshtein";

/** `batchSize` and `batch-size` are `batch_size`: the original's way of writing a name. */
export function snakeCase(name: string): string {
  return name
    .replaceAll("-", "_")
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase();
}

/** " Did you mean batch_size?" where a known name is near, else "". */
export function suggestion(name: string, known: readonly string[]): string {
  if (known.length === 0) return "";
  const nearest = closest(snakeCase(name), known);
  return distance(snakeCase(name), nearest) <= Math.max(2, name.length / 3) ? ` Did you mean ${nearest}?` : "";
}
