import { writeCaption } from "../src/bluemarble/captions";
import type { Label } from "../src/bluemarble/classes";
import { detailSlots } from "../src/bluemarble/details";
import type { Choose } from "../src/bluemarble/grammar";
import type { Measures } from "../src/bluemarble/sample";

/** Takes the likeliest alternative each time. */
export const likeliest: Choose = () => 0;

/** The likeliest caption of a patch: what a captioner that sees class and details should say. */
export function likeliestCaption(label: Label, measures: Measures): string {
  return writeCaption(label, detailSlots(label, measures), likeliest);
}
