import type { DependencyGraph } from "./dependency-graph";
import type { ParserWords } from "./parser-words";

/** The name of the arc from the counted noun to the first word of what counts it. */
export const COUNTED_BY = "det:qmod";

/** Gives "lots of planes" the planes as its head (in place): they take the first place of "lots", whose first word becomes their determiner. */
export function promoteCounted(graph: DependencyGraph, { afterArticle, alone, beforeThe }: ParserWords): void {
  const { tokens } = graph;
  for (let i = 0; i < tokens.length; i++) {
    const own = graph.from(i);
    const of = own.find((arc) => arc.relation === "nmod:of" && arc.dependent > i);
    if (!of) continue;
    const noun = of.dependent;
    const word = tokens[i]!.word.toLowerCase();
    const article = own.find((arc) => arc.relation === "det" && /^an?$/i.test(tokens[arc.dependent]!.word));
    const isDefinite = graph.from(noun).some((arc) => arc.relation === "det") || tokens[noun]!.tag.startsWith("PRP");
    const counts = article ? afterArticle.has(word) : alone.has(word) || (isDefinite && (beforeThe.has(word) || tokens[i]!.tag === "CD"));
    if (!counts) continue;
    const above = graph.to(i).sort((a, b) => a.governor - b.governor);
    for (const arc of above) graph.remove(arc);
    if (above[0]) graph.add(above[0].governor, noun, above[0].relation);
    graph.remove(of);
    // Without an article all that stands before it is one word with it, were it its preposition or its subject: SPICE then has (plane, with)
    // of "with lots of planes".
    const before = own.filter((arc) => arc.dependent < i && (!article || arc.dependent >= article.dependent));
    for (const arc of before) graph.remove(arc);
    const first = before[0]?.dependent ?? i;
    graph.add(noun, first, COUNTED_BY);
    graph.add(first, i, "mwe");
    if (graph.root === i) graph.root = noun;
  }
}
