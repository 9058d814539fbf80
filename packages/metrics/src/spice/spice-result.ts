import { mean } from "../mean";

/** The classes of tuples that SPICE also scores by themselves. */
const TUPLE_CLASSES = ["object", "attribute", "relation", "colour", "size", "cardinality"] as const;

/** A class of tuples: things; what they are like; how they stand to each other; of what they are like colours, sizes, numbers. */
export type TupleClass = (typeof TUPLE_CLASSES)[number];

/** What is scored of an image, by whichever SPICE. */
interface ScoredImage {
  readonly f: number;
  readonly classes: Readonly<Record<TupleClass, number>>;
}

/** An object of what `of` gives for each class. */
export const byClass = (of: (name: TupleClass) => number): Record<TupleClass, number> =>
  Object.fromEntries(TUPLE_CLASSES.map((name) => [name, of(name)])) as Record<TupleClass, number>;

/** The mean over images, and of each class over those whose references have one; beside `spice` also of its original, which loads no parser of ours. */
export function spiceResult<Image extends ScoredImage>(details: Image[]) {
  const perImage = details.map(({ f }) => f);
  const classes = byClass((name) => mean(details.map((image) => image.classes[name]).filter((f) => !Number.isNaN(f))));
  return { spice: mean(perImage), perImage, details, ...classes };
}
