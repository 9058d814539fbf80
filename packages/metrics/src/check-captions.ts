import { fail } from "@rsdix/internal";

/** The most characters of a caption that is split: longer than any by far, and the time of a text without blanks grows with its square. */
const MAX_CHARACTERS = 10_000;

/** Throws unless the caption called `name` is short enough for what is `done` to it: of its characters, or of other parts of it. */
export function checkLength(length: number, name: () => string, done: string, most = MAX_CHARACTERS, parts = "characters"): void {
  if (length > most) fail("INVALID_ARGUMENT", `${name()} has ${length} ${parts}, more than the ${most} that are ${done}.`);
}

/** Throws unless `captions` is a non-empty array of strings. */
export function checkCaptions(captions: readonly string[], name: string): void {
  checkStrings(captions, name);
  if (captions.length === 0) fail("EMPTY_DATA", `${name} is empty: give at least one caption.`);
}

/** Throws unless `captions` is an array of strings. */
export function checkStrings(captions: readonly string[], name: string): void {
  if (!Array.isArray(captions)) fail("INVALID_ARGUMENT", `${name} must be an array of strings, got ${describe(captions)}.`);
  // By index and not forEach, which steps over the holes of a sparse array.
  for (let i = 0; i < captions.length; i++) {
    if (typeof captions[i] !== "string") fail("INVALID_ARGUMENT", `${name}[${i}] must be a string, got ${describe(captions[i])}.`);
  }
}

/** Throws unless `references` holds, for at least one image, a non-empty list of captions. */
export function checkReferences(references: readonly (readonly string[])[], name: string): void {
  if (!Array.isArray(references)) fail("INVALID_ARGUMENT", `${name} must be an array with a list of captions an image.`);
  if (references.length === 0) fail("EMPTY_DATA", `${name} is empty: give the captions of at least one image.`);
  for (let i = 0; i < references.length; i++) checkCaptions(references[i]!, `${name}[${i}]`);
}

/** Throws unless there is one candidate for each image's list of references. */
export function checkPairs(candidates: readonly string[], references: readonly (readonly string[])[]): void {
  checkCaptions(candidates, "candidates");
  checkReferences(references, "references");
  if (candidates.length !== references.length) {
    fail(
      "SHAPE_MISMATCH",
      `There must be one candidate an image, got ${candidates.length} candidates and the references of ${references.length} images.`,
    );
  }
}

/** The pairs as they are now: whoever called goes on with them while they are scored. */
export function copyPairs(
  candidates: readonly string[],
  references: readonly (readonly string[])[],
): { candidates: string[]; references: string[][] } {
  return { candidates: [...candidates], references: references.map((captions) => [...captions]) };
}

function describe(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
}
