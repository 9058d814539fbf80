import { ByteReader } from "./byte-reader";
import { LemmaList } from "./lemma-list";
import type { WordNetPartOfSpeech } from "./wordnet";

// The packed file, gzip of: "RSDIXWN1"; uint32 lemmas; for nouns, verbs, adjectives, adverbs uint32 synsets, words of all of them, bytes of
// exceptions; then sections, each a uint32 length and its bytes:
//   lemmas: for each how many letters it begins like the one before with (a byte), then the rest of each, a line each; sorted by code
//   for each part of speech: offsets (each less the one before, 7 bits a byte, low bits first), words of each synset (a byte), and for each
//   word: its sense number (a byte; 0 for the second spelling of a word in a synset), lemma (three sections: low, middle, high byte),
//   spelling (a byte: 0 lower case, 1 capitals after each "_", 2 the next line of the section of spellings); the spellings; the
//   exceptions (as in WordNet's .exc files).
// Numbers are little-endian.

/** What is known of one part of speech; words are those of the synsets, in order. */
export interface PackedPart {
  /** Of the synsets, ascending. */
  readonly offsets: Int32Array;
  /** Where each synset's words begin; one more entry than there are synsets. */
  readonly wordStarts: Int32Array;
  /** The lemma of each word. */
  readonly lemmas: Int32Array;
  /** How each word is written where that isn't its lemma: `true` for capitals after each `_`. */
  readonly spellings: ReadonlyMap<number, string | true>;
  /** Where each lemma's synsets begin in `senses`; one more entry than there are lemmas. */
  readonly senseStarts: Int32Array;
  /** Offsets of each lemma's synsets, commonest sense first. */
  readonly senses: Int32Array;
  /** Base forms of irregular forms. */
  readonly exceptions: ReadonlyMap<string, readonly string[]>;
}

export interface PackedWordNet {
  readonly lemmas: LemmaList;
  readonly parts: Readonly<Record<WordNetPartOfSpeech, PackedPart>>;
}

// WordNet 3.0 has 147,306 lemmas, 117,659 synsets with 206,978 words and 99 kB of exceptions: no other edition has four times as much.
const MAX_COUNT = 2 ** 20;

/** @throws RsdixError FILE_CORRUPT */
export function readPacked(bytes: Uint8Array): PackedWordNet {
  const reader = new ByteReader(bytes, "The packed WordNet");
  if (bytes.length < 8 || new TextDecoder().decode(reader.take(8)) !== "RSDIXWN1") reader.corrupt('it does not begin with "RSDIXWN1"');
  const count = (what: string) => {
    const value = reader.uint32();
    return value <= MAX_COUNT ? value : reader.corrupt(`it says that it has ${value} ${what}, more than ${MAX_COUNT}`);
  };
  const lemmaCount = count("lemmas");
  const counts = (["n", "v", "a", "r"] as const).map(
    (pos) => [pos, { synsets: count("synsets"), words: count("words"), exceptions: count("bytes of exceptions") }] as const,
  );
  const lemmas = new LemmaList(reader.section("lemmas"), lemmaCount, (why) => reader.corrupt(why));
  const parts = counts.map(([pos, of]) => [pos, readPart(reader, of, lemmaCount)] as const);
  reader.end();
  return { lemmas, parts: Object.fromEntries(parts) as Record<WordNetPartOfSpeech, PackedPart> };
}

function readPart(reader: ByteReader, of: { synsets: number; words: number; exceptions: number }, lemmaCount: number): PackedPart {
  const offsets = readOffsets(reader, of.synsets);
  const wordStarts = starts(reader.section("word counts", of.synsets));
  if (wordStarts.at(-1) !== of.words) reader.corrupt(`its synsets have ${wordStarts.at(-1)} words instead of ${of.words}`);
  const senseNumbers = reader.section("sense numbers", of.words);
  const [low, middle, high] = [0, 1, 2].map(() => reader.section("lemma numbers", of.words)) as [Uint8Array, Uint8Array, Uint8Array];
  const lemmas = new Int32Array(of.words);
  for (let i = 0; i < of.words; i++) {
    lemmas[i] = low[i]! | (middle[i]! << 8) | (high[i]! << 16);
    if (lemmas[i]! >= lemmaCount) reader.corrupt(`a word is lemma ${lemmas[i]} of ${lemmaCount}`);
  }
  const spellings = readSpellings(reader, of.words);
  const exceptions = readExceptions(reader.section("exceptions", of.exceptions));
  return { offsets, wordStarts, lemmas, spellings, exceptions, ...invert(reader, offsets, wordStarts, lemmas, senseNumbers, lemmaCount) };
}

function readOffsets(reader: ByteReader, synsets: number): Int32Array {
  const bytes = reader.section("offsets");
  const offsets = new Int32Array(synsets);
  let at = 0;
  for (let i = 0, offset = 0; i < synsets; i++) {
    let difference = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= bytes.length || shift > 21) reader.corrupt(`offset ${i} of ${synsets} is not there`);
      const byte = bytes[at++]!;
      difference |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    offset += difference;
    if ((i > 0 && difference === 0) || offset > 99_999_999) reader.corrupt(`offset ${i} of ${synsets} is ${offset}`);
    offsets[i] = offset;
  }
  if (at !== bytes.length) reader.corrupt("its offsets go on behind the last synset");
  return offsets;
}

function readSpellings(reader: ByteReader, words: number): Map<number, string | true> {
  const kinds = reader.section("spellings", words);
  const section = reader.section("spellings");
  const lines = section.length === 0 ? [] : new TextDecoder().decode(section).split("\n");
  const spellings = new Map<number, string | true>();
  let used = 0;
  for (let i = 0; i < words; i++) {
    if (kinds[i] === 1) spellings.set(i, true);
    else if (kinds[i] !== 0) spellings.set(i, lines[used++] ?? reader.corrupt("a spelling is not there"));
  }
  return spellings;
}

function readExceptions(bytes: Uint8Array): Map<string, string[]> {
  const exceptions = new Map<string, string[]>();
  for (const line of new TextDecoder().decode(bytes).split("\n")) {
    const [form, ...bases] = line.split(" ");
    if (form && bases.length > 0) exceptions.set(form, [...(exceptions.get(form) ?? []), ...bases]);
  }
  return exceptions;
}

/** Where each begins, of what has these lengths. */
function starts(lengths: ArrayLike<number>): Int32Array {
  const begins = new Int32Array(lengths.length + 1);
  for (let i = 0; i < lengths.length; i++) begins[i + 1] = begins[i]! + lengths[i]!;
  return begins;
}

/** From the words of each synset to the synsets of each word: the sense number says which of a lemma's it is. */
function invert(
  reader: ByteReader,
  offsets: Int32Array,
  wordStarts: Int32Array,
  lemmas: Int32Array,
  senseNumbers: Uint8Array,
  lemmaCount: number,
) {
  const lengths = new Int32Array(lemmaCount);
  for (let i = 0; i < lemmas.length; i++) if (senseNumbers[i]! > 0) lengths[lemmas[i]!]!++;
  const senseStarts = starts(lengths);
  const senses = new Int32Array(senseStarts[lemmaCount]!).fill(-1);
  for (let s = 0; s < offsets.length; s++) {
    for (let i = wordStarts[s]!; i < wordStarts[s + 1]!; i++) {
      const number = senseNumbers[i]!;
      if (number === 0) continue;
      const at = senseStarts[lemmas[i]!]! + number - 1;
      if (at >= senseStarts[lemmas[i]! + 1]! || senses[at] !== -1) reader.corrupt(`synset ${offsets[s]} is a word's sense ${number}`);
      senses[at] = offsets[s]!;
    }
  }
  return { senseStarts, senses };
}
