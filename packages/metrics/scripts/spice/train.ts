import { isAllowed, isFinished, LEFT, REDUCE, RIGHT, SHIFT, startState, takeStep } from "../../src/spice/arc-eager";
import { arcFeatures, type ParseState } from "../../src/spice/arc-features";
import { labelArcs, parseHeads } from "../../src/spice/dependency-parser";
import { FeatureSet } from "../../src/spice/hashed-features";
import { childrenOf, labelFeatures } from "../../src/spice/label-features";
import { tagFeatures, type WordShape, wordShape } from "../../src/spice/tag-features";
import { tagWords } from "../../src/spice/tagger";
import type { Labelled } from "./labelled";
import { Perceptron } from "./perceptron";
import { randomFrom } from "./random-from.mjs";

export interface Example extends Labelled {
  readonly shapes: WordShape[];
}

export const exampleOf = (sentence: Labelled): Example => ({ ...sentence, shapes: sentence.words.map(wordShape) });

export function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const out = [...list];
  for (let i = out.length - 1; i > 0; i--) {
    const k = Math.floor(random() * (i + 1));
    [out[i], out[k]] = [out[k]!, out[i]!];
  }
  return out;
}

const features = new FeatureSet();

export function trainTagger(examples: readonly Example[], classes: readonly string[], passes: number): Perceptron {
  const model = new Perceptron(classes);
  const random = randomFrom(3);
  const number = new Map(classes.map((name, i) => [name, i]));
  for (let pass = 0; pass < passes; pass++) {
    for (const { shapes, tags } of shuffled(examples, random)) {
      const guessed = new Uint8Array(shapes.length);
      for (let i = 0; i < shapes.length; i++) {
        tagFeatures(features, shapes, guessed, i);
        const guess = model.best(features);
        model.update(features, number.get(tags[i]!)!, guess);
        guessed[i] = guess;
      }
    }
  }
  return model.average();
}

/** The arcs that each step would put out of reach (Goldberg and Nivre 2012). */
function costOf(state: ParseState, heads: readonly number[], step: number): number {
  const { stack, depth, next, words } = state;
  const top = depth > 0 ? stack[depth - 1]! : -1;
  const n = words.length;
  let cost = 0;
  const laterChildren = (from: number, of: number) => {
    let count = 0;
    for (let i = from; i < n; i++) if (heads[i] === of) count++;
    return count;
  };
  switch (step) {
    case LEFT:
      cost = laterChildren(next, top);
      if (heads[top]! !== next && heads[top]! > next) cost++;
      return cost;
    case REDUCE:
      return laterChildren(next, top);
    case RIGHT:
      for (let k = 0; k < depth; k++) if (stack[k] !== top && heads[next] === stack[k]) cost++;
      if (heads[next]! > next) cost++;
      for (let k = 0; k < depth; k++) if (heads[stack[k]!] === next && state.heads[stack[k]!]! < 0) cost++;
      return cost;
    default:
      for (let k = 0; k < depth; k++) {
        if (heads[next] === stack[k]) cost++;
        if (heads[stack[k]!] === next && state.heads[stack[k]!]! < 0) cost++;
      }
      return cost;
  }
}

export function trainHeads(
  examples: readonly Example[],
  tagsOf: (example: Example) => ArrayLike<number>,
  tagNames: readonly string[],
  passes: number,
): Perceptron {
  const model = new Perceptron(["shift", "reduce", "left", "right"]);
  const random = randomFrom(4);
  for (let pass = 0; pass < passes; pass++) {
    for (const example of shuffled(examples, random)) {
      const state = startState(example.shapes, tagsOf(example), tagNames);
      while (!isFinished(state)) {
        arcFeatures(features, state);
        const scores = model.score(features);
        let guess = -1;
        let right = -1;
        let least = Number.POSITIVE_INFINITY;
        const costs = [0, 0, 0, 0];
        for (let step = SHIFT; step <= RIGHT; step++) {
          if (!isAllowed(state, step)) {
            costs[step] = Number.POSITIVE_INFINITY;
            continue;
          }
          costs[step] = costOf(state, example.heads, step);
          least = Math.min(least, costs[step]!);
          if (guess < 0 || scores[step]! > scores[guess]!) guess = step;
        }
        for (let step = SHIFT; step <= RIGHT; step++) {
          if (costs[step] === least && (right < 0 || scores[step]! > scores[right]!)) right = step;
        }
        model.update(features, right, costs[guess] === least ? right : guess);
        takeStep(state, pass > 0 && random() < 0.9 ? guess : right);
      }
    }
  }
  return model.average();
}

export function trainLabels(
  examples: readonly Example[],
  tagsOf: (example: Example) => ArrayLike<number>,
  classes: readonly string[],
  passes: number,
): Perceptron {
  const model = new Perceptron(classes);
  const random = randomFrom(5);
  const number = new Map(classes.map((name, i) => [name, i]));
  for (let pass = 0; pass < passes; pass++) {
    for (const example of shuffled(examples, random)) {
      const tags = tagsOf(example);
      const children = childrenOf(example.heads);
      for (let i = 0; i < example.shapes.length; i++) {
        labelFeatures(features, example.shapes, tags, example.heads, children, i);
        model.update(features, number.get(example.labels[i]!)!, model.best(features));
      }
    }
  }
  return model.average();
}

/** Tags of each fifth by a tagger that has not seen it: what the parser will meet. */
export function unseenTags(examples: readonly Example[], classes: readonly string[], passes: number): Map<Example, Uint8Array> {
  const out = new Map<Example, Uint8Array>();
  const folds = 4;
  for (let fold = 0; fold < folds; fold++) {
    const model = trainTagger(
      examples.filter((_, i) => i % folds !== fold),
      classes,
      passes,
    );
    examples.forEach((example, i) => {
      if (i % folds === fold) out.set(example, tagWords(model, example.shapes));
    });
  }
  return out;
}

export interface Accuracy {
  words: number;
  tags: number;
  heads: number;
  labelled: number;
}

export function accuracy(
  examples: readonly Example[],
  tagger: Pick<Perceptron, "best" | "classes">,
  parser: Pick<Perceptron, "score">,
  labeller: Pick<Perceptron, "best" | "classes">,
): Accuracy {
  const out = { words: 0, tags: 0, heads: 0, labelled: 0 };
  for (const example of examples) {
    const tags = tagWords(tagger, example.shapes);
    const heads = parseHeads(parser as never, example.shapes, tags, tagger.classes);
    const labels = labelArcs(labeller, example.shapes, tags, heads);
    for (let i = 0; i < example.words.length; i++) {
      out.words++;
      if (tagger.classes[tags[i]!] === example.tags[i]) out.tags++;
      if (heads[i] === example.heads[i]) {
        out.heads++;
        if (labeller.classes[labels[i]!] === example.labels[i]) out.labelled++;
      }
    }
  }
  return { words: out.words, tags: out.tags / out.words, heads: out.heads / out.words, labelled: out.labelled / out.words };
}
