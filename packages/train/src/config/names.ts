import { closest, distance } from "fastest-levenshtein";

/** `batchSize` and `batch-size` are `batch_size`: the original's way of writing a name. A letter alone is a word, too: `everyNBatches` is `every_n_batches`. */
export function snakeCase(name: string): string {
  return name
    .replaceAll("-", "_")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase();
}

/** A name in its own letters: `rouge_l` and `ROUGE-L` are `rougeL`. What is none of these stays as it is. */
export function knownAs(name: string, known: readonly string[]): string {
  return known.includes(name) ? name : (known.find((each) => withoutDashes(each) === withoutDashes(name)) ?? name);
}

/** A name in lower case, its words joined: `rougel` for each of `rouge_l`, `ROUGE-L` and `rougeL`. */
export function withoutDashes(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, "");
}

/** " Did you mean batch_size?" where a known name is near, else "". */
export function suggestion(name: string, known: readonly string[]): string {
  if (known.length === 0) return "";
  const nearest = closest(snakeCase(name), known);
  return distance(snakeCase(name), nearest) <= Math.max(2, name.length / 3) ? ` Did you mean ${nearest}?` : "";
}
