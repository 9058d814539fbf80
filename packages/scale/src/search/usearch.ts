import { fail } from "@rsdix/internal";
import type { Index } from "usearch";

/** What is used of the library: its classes are not re-exported, so that nobody's types need it. */
interface Usearch {
  readonly Index: typeof Index;
  readonly exactSearch: typeof import("usearch").exactSearch;
}

/** The library, which only those need who search. */
export async function usearchLibrary(): Promise<Usearch> {
  const { Index, exactSearch } = await import("usearch").catch((cause: Error) =>
    fail("MISSING_DEPENDENCY", `A vector index needs the package usearch: npm install usearch (${cause.message.split("\n")[0]})`, cause),
  );
  return { Index, exactSearch };
}

/**
 * A graph of so many dimensions, empty. Numbers are kept in 8 bits, a quarter of the memory and several times the speed: what the graph finds is scored anew
 * with the exact vectors, which gives back what the rounding loses.
 */
export async function newGraph(dimensions: number): Promise<Index> {
  const library = await usearchLibrary();
  const sizes = { connectivity: 16, expansion_add: 128, expansion_search: 64 };
  return new library.Index({ dimensions, metric: "ip" as never, quantization: "i8" as never, multi: false, ...sizes });
}
