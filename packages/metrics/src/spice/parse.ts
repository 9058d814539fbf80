import { checkOptions, fail, show } from "@rsdix/internal";
import { checkParser, loadSpiceParser, type SpiceParser } from "./spice-parser";

/** What {@link parse} finds in a caption: each tuple once, lemmas in lower case. */
export interface ParsedCaption {
  /** Things. */
  readonly objects: string[];
  /** A thing and what it is like. */
  readonly attributes: [object: string, attribute: string][];
  /** Two things and how the first stands to the second. */
  readonly relations: [subject: string, relation: string, object: string][];
}

/** Options of {@link parse}. */
export interface ParseOptions {
  /** From `loadSpiceParser`; loaded when not given. */
  readonly parser?: SpiceParser;
}

/**
 * The scene that a caption describes, as SPICE sees it: things, their attributes and relations, found by this package's own parser. Synonyms
 * are not merged yet. SPICE's habits are kept: "planes are parked near a terminal" (a passive) gives no relation.
 *
 * @param caption - English; several sentences are taken together.
 * @param options - `parser`, where it is loaded already.
 * @returns Objects, attributes and relations; none for an empty caption.
 * @throws RsdixError INVALID_ARGUMENT for anything that is not a string or a parser, UNKNOWN_OPTION; what `loadSpiceParser` throws.
 * @example
 * ```ts
 * import { parse } from "@rsdix/metrics";
 * const { objects, attributes, relations } = await parse("two green trees near a pond .");
 * console.log(objects, attributes, relations); // tree, pond; tree green, tree two; tree near pond
 * ```
 * @see Anderson et al., "SPICE: semantic propositional image caption evaluation", 2016, https://arxiv.org/abs/1607.08822 section 3.1 (scene graphs)
 */
export async function parse(caption: string, options: ParseOptions = {}): Promise<ParsedCaption> {
  checkOptions(options, ["parser"], "parse");
  if (typeof caption !== "string") fail("INVALID_ARGUMENT", `caption must be a string, got ${show(caption)}.`);
  const { parser = await loadSpiceParser() } = options;
  checkParser(parser);
  const objects = new Set<string>();
  const attributes = new Map<string, [string, string]>();
  const relations = new Map<string, [string, string, string]>();
  for (const tuple of parser.tuples(caption)) {
    const [first, second, third] = tuple;
    const key = tuple.join("\n");
    objects.add(first);
    if (third !== undefined) {
      objects.add(third);
      relations.set(key, [first, second!, third]);
    } else if (second !== undefined) attributes.set(key, [first, second]);
  }
  return { objects: [...objects], attributes: [...attributes.values()], relations: [...relations.values()] };
}
