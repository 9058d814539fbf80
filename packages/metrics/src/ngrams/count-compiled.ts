import { Buffer } from "node:buffer";
import { MAX_ORDER } from "../bleu-formula";
import { inverseFrequencies, likenessOf } from "./cider-d-score";
import { NGRAMS_CODE } from "./compiled-code";
import type { NumberedNgrams } from "./number-ngrams";
import { BETA } from "./rouge-l-score";

/** What wasm/ngrams.ts exports. */
interface Kernel {
  readonly memory: WebAssembly.Memory;
  begin(characters: number, captions: number, images: number): number;
  readWords(from: number, to: number): void;
  placeNgrams(): number;
  numberOrder(order: number): void;
  compare(): number;
  bleu(images: number, ...addresses: number[]): void;
  ciderD(images: number, ...addresses: number[]): void;
  rougeL(images: number, ...addressesAndSquare: number[]): void;
}

/** Characters of a set from which on it pays: an instance takes about a millisecond, and JavaScript that is compiled already has read fewer by then. */
const LEAST = 2 ** 16;
/** Bytes at the worst of a character, whose n-grams they are, of a caption and of an image, and those that there may be. */
const WORST = { character: 60, caption: 40, image: 80 };
const MOST = 2 ** 32;
/** Captions that are read by one call, so that the engine can put better code in the place of what it began with. */
const STEP = 512;
/** Captions that are written at once. */
const TOGETHER = 8192;
/** Sums of an image that BLEU is made of. */
const BLEU_SUMS = 2 * MAX_ORDER + 1;

let code: WebAssembly.Module | undefined;

/** {@link numberNgrams} and the scores by WebAssembly, or undefined: for small sets, for huge ones, and where an engine has or allows none. */
export function countCompiled(texts: readonly string[], first: Int32Array, least = LEAST): NumberedNgrams | undefined {
  let characters = 0;
  for (let i = 0; i < texts.length; i++) characters += texts[i]!.length;
  const bytes = WORST.character * characters + WORST.caption * texts.length + WORST.image * first.length;
  if (characters < least || bytes > MOST) return undefined;
  try {
    code ??= new WebAssembly.Module(Buffer.from(NGRAMS_CODE, "base64"));
    // One for each set, as what it read stays where it is: it goes when nobody has the set any more.
    return count(new WebAssembly.Instance(code).exports as unknown as Kernel, texts, first, characters);
  } catch {
    return undefined; // no WebAssembly, or no memory for it
  }
}

function count(kernel: Kernel, texts: readonly string[], first: Int32Array, characters: number): NumberedNgrams {
  const images = first.length - 1;
  write(kernel, kernel.begin(characters, texts.length, images) >>> 0, texts, first);
  for (let from = 0; from < texts.length; from += STEP) kernel.readWords(from, Math.min(texts.length, from + STEP));
  const all = kernel.placeNgrams();
  for (let order = 1; order < MAX_ORDER; order++) kernel.numberOrder(order);
  const told = kernel.compare() >>> 0;
  const { buffer } = kernel.memory; // it doesn't grow any more
  const [size, longest, ...at] = new Uint32Array(buffer, told, 15) as unknown as [number, number, ...number[]];
  const [startsAt, idsAt, countsAt, matchesAt, frequenciesAt, firstAt, inverseAt, likenessAt, bitsAt, carriesAt, bleuAt, ciderAt, rougeAt] =
    at as [number, number, number, number, number, number, number, number, number, number, number, number, number];
  const integers = (from: number, length: number) => new Int32Array(buffer, from, length);
  const floats = (from: number, length: number) => new Float64Array(buffer, from, length);
  const byImage = (from: number) => {
    const scores = floats(from, images);
    return (image: number) => scores[image]!;
  };

  return {
    starts: integers(startsAt, texts.length * MAX_ORDER + 1),
    ids: integers(idsAt, all),
    counts: integers(countsAt, all),
    matches: integers(matchesAt, all),
    frequencies: integers(frequenciesAt, size),
    size,
    scores: {
      bleu() {
        kernel.bleu(images, firstAt, startsAt, countsAt, matchesAt, bleuAt);
        const sums = integers(bleuAt, images * BLEU_SUMS);
        return (image) => sums.subarray(image * BLEU_SUMS, (image + 1) * BLEU_SUMS);
      },
      ciderD() {
        floats(inverseAt, images + 1).set(inverseFrequencies(images));
        floats(likenessAt, longest).set(Float64Array.from({ length: longest }, (_, pairs) => likenessOf(pairs)));
        kernel.ciderD(images, firstAt, startsAt, idsAt, countsAt, matchesAt, frequenciesAt, inverseAt, likenessAt, ciderAt);
        return byImage(ciderAt);
      },
      rougeL() {
        kernel.rougeL(images, firstAt, startsAt, idsAt, bitsAt, carriesAt, BETA ** 2, rougeAt);
        return byImage(rougeAt);
      },
    },
  };
}

/** Writes what `begin` asks for. */
function write({ memory: { buffer } }: Kernel, at: number, texts: readonly string[], first: Int32Array): void {
  new Int32Array(buffer, at, first.length).set(first);
  const lengths = new Int32Array(buffer, at + first.length * 4, texts.length);
  for (let i = 0; i < texts.length; i++) lengths[i] = texts[i]!.length;
  const characters = Buffer.from(buffer, at + (first.length + texts.length) * 4);
  let to = 0;
  for (let from = 0; from < texts.length; from += TOGETHER)
    to += characters.write(texts.slice(from, from + TOGETHER).join(""), to, "utf16le");
}
