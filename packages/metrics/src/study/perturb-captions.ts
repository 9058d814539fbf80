import { createRandom, fail, type Random, show } from "@rsdix/internal";
import { pacer } from "../progress";
import { type PerturbedCaption, type Token, type WordChange, wordsOf } from "./captions";
import type { Perturbation } from "./study-perturbations";
import type { StudyDetails, StudySettings } from "./study-result";

/** The captions that are studied, what they are scored against, and what the perturbations make of them. */
export interface PerturbedCaptions {
  readonly details: Omit<StudyDetails, "scores" | "unchanged">;
  readonly references: readonly (readonly string[])[];
  readonly images: number;
}

/** Changes the captions in every way; others run from time to time, and the signal stops it. */
export async function perturbCaptions(
  images: readonly (readonly string[])[],
  { against, seed }: StudySettings,
  perturbations: readonly Perturbation[],
  signal: AbortSignal | undefined,
): Promise<PerturbedCaptions> {
  const studied = images.filter((captions) => against === "original" || captions.length > 1);
  if (studied.length === 0) fail("EMPTY_DATA", 'No image has two captions, which against "others" needs.');
  const captions = studied.flat();
  const references = studied.flatMap((all) =>
    all.map((caption, i) => (against === "original" ? [caption] : all.filter((_, k) => k !== i))),
  );
  const image = Int32Array.from(studied.flatMap((all, i) => all.map(() => i)));
  const pace = pacer({ signal }, "metricStudy (perturbing)", perturbations.length * captions.length);
  const perturbed: Record<string, PerturbedCaption[]> = {};
  for (const [k, perturbation] of perturbations.entries()) {
    const random = createRandom(seed).fork(perturbation.name);
    const changed: PerturbedCaption[] = [];
    for (const [i, caption] of captions.entries()) {
      changed.push(perturb(perturbation, caption, random.fork(i)));
      await pace(k * captions.length + i + 1);
    }
    perturbed[perturbation.name] = changed;
  }
  return { details: { captions, image, perturbed }, references, images: studied.length };
}

/** A caption without words has none that could be changed. */
function perturb({ name, perturb: change }: Perturbation, caption: string, random: Random): PerturbedCaption {
  const words = wordsOf(caption);
  if (words.length === 0) return { caption, changes: [] };
  const changed = change(caption, random);
  if (typeof changed?.caption !== "string" || !Array.isArray(changed.changes)) {
    fail("INVALID_ARGUMENT", `perturbations: ${name} must give { caption, changes }, got ${show(changed)}.`);
  }
  // Its own copy: a perturbation may fill one list again and again.
  const changes = Array.from<WordChange, WordChange>(changed.changes, (one, i) => {
    if (!isChange(one)) {
      fail(
        "INVALID_ARGUMENT",
        `perturbations: ${name}'s changes[${i}] must be { index, from, to }, a whole number and two texts, got ${show(one)}.`,
      );
    }
    return { index: one.index, from: one.from, to: one.to };
  });
  checkChanges(name, caption, words, { caption: changed.caption, changes });
  return { caption: changed.caption, changes };
}

function isChange(change: WordChange): boolean {
  return Number.isInteger(change?.index) && change.index >= 0 && typeof change.from === "string" && typeof change.to === "string";
}

/** What a perturbation says that it changed decides what counts, and for how much: it has to be true of the caption. */
function checkChanges(name: string, caption: string, words: readonly Token[], { caption: now, changes }: PerturbedCaption): void {
  const of = `of the caption ${JSON.stringify(caption)}`;
  if (changes.length === 0 && now !== caption) {
    fail(
      "INVALID_ARGUMENT",
      `perturbations: ${name} made ${JSON.stringify(now)} ${of}, and names no change: say in changes what it changed.`,
    );
  }
  if (changes.length > 0 && now === caption) {
    fail("INVALID_ARGUMENT", `perturbations: ${name} names changes ${of}, and left it as it was: give no changes then.`);
  }
  let end = 0; // of the change before
  for (const [i, { index, from }] of changes.entries()) {
    const where = `perturbations: ${name}'s changes[${i}]`;
    const word = words[index];
    if (word === undefined) {
      fail("INVALID_ARGUMENT", `${where}.index must be less than the number of words, ${words.length}, ${of}, got ${index}.`);
    }
    if (!caption.startsWith(from, word.start)) {
      fail(
        "INVALID_ARGUMENT",
        `${where}.from must be what stands at word ${index} ${of}, which is ${JSON.stringify(word.text)}, got ${JSON.stringify(from)}.`,
      );
    }
    if (word.start < end) {
      fail("INVALID_ARGUMENT", `${where} must come behind the words of the change before it ${of}, got word ${index}.`);
    }
    end = word.start + from.length;
  }
}
