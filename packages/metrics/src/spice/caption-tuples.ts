import { analyseCaption } from "./analyse-caption";
import type { DependencyGraph } from "./dependency-graph";
import { extractTuples, type SpiceTuple } from "./extract-tuples";
import type { ParserModel } from "./parser-model";
import { resolvePronouns } from "./pronouns";
import { promoteCounted } from "./quantifiers";

/** The tuples of a caption, in the order in which the scene graph takes them. */
export function captionTuples(caption: string, model: ParserModel): SpiceTuple[] {
  return analyseCaption(caption, model).flatMap(graphTuples);
}

/** The tuples of one sentence's collapsed dependencies, which are edited in place. */
export function graphTuples(graph: DependencyGraph): SpiceTuple[] {
  promoteCounted(graph);
  resolvePronouns(graph);
  return extractTuples(graph);
}
