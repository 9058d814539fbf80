import { assetLoader } from "../load-asset";
import { wordNetOf } from "./packed-wordnet";
import { readPacked } from "./read-packed";
import type { WordNet } from "./wordnet";

/** Options of {@link loadWordNet}. */
export interface LoadWordNetOptions {
  /** Where the packed file is (an address; in Node also a path), or its bytes; the one that comes with this package unless told otherwise. */
  readonly from?: string | URL | Uint8Array;
  /** Stops the reading. */
  readonly signal?: AbortSignal;
}

/**
 * WordNet 3.0 from the packed file that comes with this package (1.3 MB, about 9 MB in memory), read once, when it is first asked for.
 * In a page it is fetched from beside the package's code, where bundlers put it; `from` says where else it is.
 *
 * @param options - `from`: an address (in Node also a path) or the bytes of `wordnet.bin`; `signal`.
 * @returns The dictionary; the same one each time unless `from` or `signal` is given.
 * @throws RsdixError FILE_NOT_FOUND or DOWNLOAD_FAILED where the file can't be read; FILE_CORRUPT, FILE_TOO_LARGE where it isn't a packed
 * WordNet; ABORTED; UNKNOWN_OPTION, INVALID_ARGUMENT.
 * @example
 * ```ts
 * import { loadWordNet } from "@rsdix/metrics";
 * const wordnet = await loadWordNet();
 * const [commonest] = wordnet.synsets("plane", "n");
 * console.log(wordnet.lemmas(commonest!, "n")); // airplane, aeroplane, plane
 * ```
 * @see Miller, "WordNet: a lexical database for English", 1995; https://wordnet.princeton.edu
 */
export async function loadWordNet(options: LoadWordNetOptions = {}): Promise<WordNet> {
  return loadOwn(options);
}

const loadOwn = /* @__PURE__ */ assetLoader(
  "loadWordNet",
  "The packed WordNet",
  ({ wordNetUrl }) => wordNetUrl,
  (bytes) => wordNetOf(readPacked(bytes)),
);
