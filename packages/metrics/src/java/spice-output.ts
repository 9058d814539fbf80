import { fail } from "@rsdix/internal";
import { byClass, type TupleClass } from "../spice/spice-result";

/** Tuples of one word, of two, of three, and three sorts of attributes. */
export type SpiceJavaClass = TupleClass;

/** The names under which SPICE writes them. */
const CLASSES: Readonly<Record<SpiceJavaClass, string>> = {
  object: "Object",
  attribute: "Attribute",
  relation: "Relation",
  colour: "Color",
  size: "Size",
  cardinality: "Cardinality",
};

/** What a score of SPICE is made of. */
export interface SpiceJavaDetails {
  /** Share of the candidate's tuples that a reference has. */
  precision: number;
  /** Share of the references' tuples that the candidate has; above 1 where several of its tuples match one of theirs. */
  recall: number;
  /** Harmonic mean of both: the score. */
  f: number;
  /**
   * Tuples of the candidate: an object, an object and its attribute, or subject, relation and object. Words that were found to mean
   * the same stand in one text, with strokes between, in no order.
   */
  candidateTuples: string[][];
  /** Tuples of all references together. */
  referenceTuples: string[][];
  /** The F score over the tuples of one class alone; NaN where the references have none of that class. */
  classes: Record<SpiceJavaClass, number>;
}

type Json = Record<string, unknown>;

/** Reads what SPICE wrote, and puts it in the order of the images. */
export function readSpice(text: string, images: number): SpiceJavaDetails[] {
  const list = parse(text);
  if (!Array.isArray(list) || list.length !== images) wrong(`a list of ${images} results`, list);
  const details: SpiceJavaDetails[] = [];
  for (const item of list as Json[]) {
    const id = item?.image_id;
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) >= images || details[id as number]) {
      wrong(`each image_id from 0 to ${images - 1} once`, id);
    }
    details[id as number] = detailsOf(item);
  }
  return details;
}

function detailsOf(item: Json): SpiceJavaDetails {
  const scores = item.scores as Json;
  const all = scores?.All as Json;
  return {
    precision: ratio(all?.pr, 1),
    recall: ratio(all?.re, Number.MAX_VALUE),
    f: ratio(all?.f, 2),
    candidateTuples: tuples(item.test_tuples),
    referenceTuples: tuples(item.ref_tuples),
    classes: byClass((name) => classRatio((scores[CLASSES[name]] as Json | undefined)?.f)),
  };
}

function classRatio(value: unknown): number {
  return value === null ? Number.NaN : ratio(value, 2);
}

/**
 * A caption without tuples has null for a share: of nothing, nothing was found. Where several tuples of a candidate match one of the
 * references, recall is above 1, and F with it, up to 2.
 */
function ratio(value: unknown, most: number): number {
  if (value === null) return 0;
  if (typeof value !== "number" || !(value >= 0 && value <= most)) wrong(`a number from 0 to ${most}`, value);
  return value as number;
}

function tuples(value: unknown): string[][] {
  if (!Array.isArray(value)) wrong("a list of tuples", value);
  return (value as Json[]).map(({ tuple }) => {
    if (!Array.isArray(tuple) || !tuple.every((word) => typeof word === "string")) wrong("a tuple of words", tuple);
    return tuple as string[];
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return fail("PROCESS_FAILED", `spiceJava expected JSON in SPICE's output of ${text.length} characters. Is jar SPICE 1.0's?`, error);
  }
}

function wrong(expected: string, got: unknown): never {
  fail(
    "PROCESS_FAILED",
    `spiceJava expected ${expected} in SPICE's output, got ${(JSON.stringify(got) ?? "nothing").slice(0, 200)}. Is jar SPICE 1.0's?`,
  );
}
