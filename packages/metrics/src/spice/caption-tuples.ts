import { analyseCaption } from "./analyse-caption";
import type { DependencyGraph } from "./dependency-graph";
import { extractTuples, type SpiceTuple } from "./extract-tuples";
import type { ParserModel } from "./parser-model";
import type { ParserWords } from "./parser-words";
import { resolvePronouns } from "./pronouns";
import { promoteCounted } from "./quantifiers";

/** The tuples of a caption, in the order in which the scene graph takes them. */
export function captionTuples(caption: string, model: ParserModel): SpiceTuple[] {
  return analyseCaption(caption, model).flatMap((graph) => graphTuples(graph, model.words));
}

/** The tuples of one sentence's collapsed dependencies, which are edited in place. */
export function graphTuples(graph: DependencyGraph, words: ParserWords): SpiceTuple[] {
  promoteCounted(graph, words);
  resolvePronouns(graph);
  return extractTuples(graph);
}
