import { fail } from "@rsdix/internal";
import { assetLoader } from "../load-asset";
import { showKeys } from "../show-keys";
import { captionTuples } from "./caption-tuples";
import type { SpiceTuple } from "./extract-tuples";
import { type ParserModel, readParserModel } from "./parser-model";

/** Options of {@link loadSpiceParser}. */
export interface LoadSpiceParserOptions {
  /** Where the parser's model is (an address; in Node also a path), or its bytes; the one that comes with this package unless told otherwise. */
  readonly from?: string | URL | Uint8Array;
  /** Stops the reading. */
  readonly signal?: AbortSignal;
}

/** The caption parser of {@link spice}, ready to be used without waiting, for example in a worker. */
export interface SpiceParser {
  /** The tuples of a caption in the order in which SPICE takes them, with repetitions. */
  tuples(caption: string): SpiceTuple[];
}

/**
 * The parser of {@link spice} with its model from the file that comes with this package (about 1 MB), read once, when it is first asked for.
 *
 * @param options - `from`: an address (in Node also a path) or the bytes of `spice-parser.bin`; `signal`.
 * @returns The parser; the same one each time unless `from` or `signal` is given.
 * @throws RsdixError FILE_NOT_FOUND or DOWNLOAD_FAILED where the file can't be read; FILE_CORRUPT, FILE_TOO_LARGE where it isn't the model;
 * ABORTED; UNKNOWN_OPTION, INVALID_ARGUMENT.
 * @example
 * ```ts
 * import { loadSpiceParser } from "@rsdix/metrics";
 * const parser = await loadSpiceParser();
 * console.log(parser.tuples("two white planes near a terminal .").length);
 * ```
 * @see Anderson et al., "SPICE: semantic propositional image caption evaluation", 2016, https://arxiv.org/abs/1607.08822 section 3.1 (what is parsed; the model
 * is ours)
 */
export async function loadSpiceParser(options: LoadSpiceParserOptions = {}): Promise<SpiceParser> {
  return loadOwn(options);
}

/** Throws unless it is what {@link loadSpiceParser} resolves to. */
export function checkParser(parser: SpiceParser): void {
  if (typeof parser?.tuples !== "function")
    fail("INVALID_ARGUMENT", `parser must be what loadSpiceParser resolves to, got ${showKeys(parser)}.`);
}

const loadOwn = /* @__PURE__ */ assetLoader(
  "loadSpiceParser",
  "The caption parser's model",
  ({ spiceParserUrl }) => spiceParserUrl,
  (bytes) => parserOf(readParserModel(bytes)),
);

// A caption of a data set is met again as a reference of other runs; a stream of made-up ones must not fill the memory.
const MAX_CACHED = 20_000;

function parserOf(model: ParserModel): SpiceParser {
  const cache = new Map<string, SpiceTuple[]>();
  return {
    tuples(caption) {
      const known = cache.get(caption);
      if (known) return [...known];
      const tuples = captionTuples(caption, model);
      if (cache.size >= MAX_CACHED) cache.clear();
      cache.set(caption, tuples);
      return [...tuples];
    },
  };
}
