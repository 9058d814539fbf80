import { fail } from "@rsdix/internal";
import type { WordNet } from "./wordnet";

/** Options of {@link loadWordNet}. */
export interface LoadWordNetOptions {
  /** Where the packed file is, or its bytes; the one that comes with this package unless told otherwise. */
  readonly from?: string | URL | Uint8Array;
  /** Stops the reading. */
  readonly signal?: AbortSignal;
}

/**
 * WordNet 3.0 from the packed file that comes with this package, read once when it is first asked for.
 *
 * @param options - `from`: an address (in Node also a path) or the bytes; `signal`.
 */
export async function loadWordNet(_options: LoadWordNetOptions = {}): Promise<WordNet> {
  return fail("FILE_NOT_FOUND", "WordNet is not packed yet.");
}
