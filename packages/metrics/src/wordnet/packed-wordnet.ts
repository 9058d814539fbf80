import { detach, fail, show } from "@rsdix/internal";
import { capitalised } from "./capitalised";
import { DETACHMENT } from "./morphology";
import type { PackedPart, PackedWordNet } from "./read-packed";
import type { WordNet, WordNetPartOfSpeech } from "./wordnet";

const PARTS = ["n", "v", "a", "r"] as const;
const NONE = new Int32Array(0);

/** WordNet over the arrays of the packed file; nothing is made of a word before it is asked for. */
export function wordNetOf({ lemmas, parts }: PackedWordNet): WordNet {
  const partsOf = (pos: WordNetPartOfSpeech | undefined) => (pos === undefined ? PARTS : [checkPos(pos)]).map((letter) => parts[letter]);
  const sensesOf = (part: PackedPart, lemma: number) => part.senses.subarray(part.senseStarts[lemma], part.senseStarts[lemma + 1]);
  const synsets = (lemma: string, pos?: WordNetPartOfSpeech) => {
    if (pos !== undefined) checkPos(pos);
    const index = lemmas.indexOf(checkWord(lemma, "lemma"));
    if (index === -1) return NONE;
    if (pos !== undefined) return sensesOf(parts[pos], index);
    const found = PARTS.map((letter) => sensesOf(parts[letter], index)).filter(({ length }) => length > 0);
    return found.length === 1 ? found[0]! : Int32Array.from(found.flatMap((offsets) => [...offsets]));
  };
  return {
    synsets,
    baseForms(word, pos) {
      checkWord(word, "word");
      const forms = (pos === undefined ? PARTS : [checkPos(pos)]).flatMap((letter) => {
        const others = parts[letter].exceptions.get(word) ?? detach(word, DETACHMENT[letter]);
        return [word, ...others].filter((form) => synsets(form, letter).length > 0);
      });
      return [...new Set(forms)];
    },
    exceptions(word, pos) {
      checkWord(word, "word");
      const bases = partsOf(pos).flatMap((part) => part.exceptions.get(word) ?? []);
      return bases.length > 0 ? [...new Set(bases)] : undefined;
    },
    lemmas(synset, pos) {
      const part = parts[checkPos(pos)];
      const at = find(part.offsets, synset);
      if (at === -1) return [];
      const words: string[] = [];
      for (let i = part.wordStarts[at]!; i < part.wordStarts[at + 1]!; i++) {
        const lemma = lemmas.at(part.lemmas[i]!);
        const spelling = part.spellings.get(i);
        words.push(spelling === true ? capitalised(lemma) : (spelling ?? lemma));
      }
      return words;
    },
  };
}

function find(sorted: Int32Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] === value) return middle;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return -1;
}

function checkWord(word: string, name: string): string {
  return typeof word === "string" ? word : fail("INVALID_ARGUMENT", `${name} must be a text, got ${show(word)}.`);
}

function checkPos(pos: WordNetPartOfSpeech): WordNetPartOfSpeech {
  return PARTS.includes(pos) ? pos : fail("INVALID_ARGUMENT", `pos must be one of ${PARTS.join(", ")}, got ${show(pos)}.`);
}
