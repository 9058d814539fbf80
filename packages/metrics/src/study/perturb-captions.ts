import { createRandom, fail, type Random, show } from "@rsdix/internal";
import { pacer } from "../progress";
import { type PerturbedCaption, type WordChange, wordsOf } from "./captions";
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
  if (wordsOf(caption).length === 0) return { caption, changes: [] };
  const changed = change(caption, random);
  if (typeof changed?.caption !== "string" || !Array.isArray(changed.changes)) {
    fail("INVALID_ARGUMENT", `perturbations: ${name} must give { caption, changes }, got ${show(changed)}.`);
  }
  const wrong = [...changed.changes].findIndex((one) => !isChange(one));
  if (wrong !== -1) {
    const got = show(changed.changes[wrong]);
    fail(
      "INVALID_ARGUMENT",
      `perturbations: ${name}'s changes[${wrong}] must be { index, from, to }, a whole number and two texts, got ${got}.`,
    );
  }
  return changed;
}

function isChange(change: WordChange): boolean {
  return Number.isInteger(change?.index) && change.index >= 0 && typeof change.from === "string" && typeof change.to === "string";
}
