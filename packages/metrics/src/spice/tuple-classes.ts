import type { ConceptTuple } from "./scene-graph";
import type { TupleClass } from "./spice-result";

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));
// The words of SPICE's filters, found by asking it.
const COLOURS = words("red green blue white black gray grey brown yellow orange purple pink beige maroon dark light");
const SIZES =
  words(`large small big huge tiny little short wide narrow tall giant gigantic massive enormous mini miniature vast thick thin broad fat slim great immense
  colossal mammoth petite minute compact sizable towering bulky heavy skinny full-size life-size`);
const NUMBERS = words("one two three four five six seven eight nine ten");

const hasOne = (tuple: ConceptTuple, set: ReadonlySet<string>): boolean =>
  tuple.length === 2 && tuple[1]!.words.some((word) => set.has(word));

export function isOfClass(tuple: ConceptTuple, name: TupleClass): boolean {
  switch (name) {
    case "object":
      return tuple.length === 1;
    case "attribute":
      return tuple.length === 2;
    case "relation":
      return tuple.length === 3;
    case "colour":
      return hasOne(tuple, COLOURS);
    case "size":
      return hasOne(tuple, SIZES);
    default:
      return hasOne(tuple, NUMBERS);
  }
}
