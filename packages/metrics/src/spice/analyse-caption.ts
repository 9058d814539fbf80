import { collapse } from "./collapse";
import type { DependencyGraph } from "./dependency-graph";
import { labelArcs, parseHeads } from "./dependency-parser";
import { lemmaOf } from "./lemma";
import type { ParserModel } from "./parser-model";
import { sentencesOf } from "./sentences";
import { wordShape } from "./tag-features";
import { tagWords } from "./tagger";

/** The collapsed dependencies of each sentence of a caption. */
export function analyseCaption(caption: string, { tagger, steps, labels, words: known }: ParserModel): DependencyGraph[] {
  return sentencesOf(caption).map((words) => {
    const shapes = words.map((word) => wordShape(familiar(word)));
    const tags = tagWords(tagger, shapes);
    const heads = parseHeads(steps, shapes, tags, tagger.classes);
    const names = labelArcs(labels, shapes, tags, heads);
    const tokens = words.map((word, i) => {
      const tag = tagger.classes[tags[i]!]!;
      return { word, tag, lemma: lemmaOf(word, tag, known) };
    });
    return collapse(
      tokens,
      heads,
      Array.from(names, (name) => labels.classes[name]!),
      known,
    );
  });
}

/** The training texts end with full stops alone. */
const ENDS = /^[!?]+$/;
/** And commas alone part them: what else parts a sentence is taken for one, where the tagger might take it for a word. */
const PARTS = /^(?:[;:–—]|--+|\.{2,}|-[LR][RSC]B-)$/;

function familiar(word: string): string {
  return ENDS.test(word) ? "." : PARTS.test(word) ? "," : word;
}
