import { randomFrom } from "../../../../scripts/lib/random-from.mjs";
import { isAllowed, isFinished, LEFT, REDUCE, RIGHT, SHIFT, startState, takeStep } from "../../src/spice/arc-eager";
import { arcValues, type ParseState } from "../../src/spice/arc-features";
import { labelArcs, parseHeads } from "../../src/spice/dependency-parser";
import { FeatureSet } from "../../src/spice/hashed-features";
import { childrenOf, labelValues } from "../../src/spice/label-features";
import type { LinearModel } from "../../src/spice/linear-model";
import { tagValues, type WordShape, wordShape } from "../../src/spice/tag-features";
import { tagWords } from "../../src/spice/tagger";
import { TEMPLATES } from "./feature-templates";
import type { Labelled } from "./labelled";
import { Perceptron } from "./perceptron";
import { costOf } from "./step-cost";

export interface Example extends Labelled {
  readonly shapes: WordShape[];
}

export const exampleOf = (sentence: Labelled): Example => ({ ...sentence, shapes: sentence.words.map(wordShape) });

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const out = [...list];
  for (let i = out.length - 1; i > 0; i--) {
    const k = Math.floor(random() * (i + 1));
    [out[i], out[k]] = [out[k]!, out[i]!];
  }
  return out;
}

const features = new FeatureSet();
const [TAGGER, STEPS, LABELS] = TEMPLATES;

export function trainTagger(examples: readonly Example[], classes: readonly string[], passes: number, seed = 1): Perceptron {
  const model = new Perceptron(classes, TAGGER);
  const random = randomFrom(seed);
  const number = new Map(classes.map((name, i) => [name, i]));
  for (let pass = 0; pass < passes; pass++) {
    for (const { shapes, tags } of shuffled(examples, random)) {
      const guessed = new Uint8Array(shapes.length);
      for (let i = 0; i < shapes.length; i++) {
        features.fill(TAGGER, tagValues(shapes, guessed, i));
        const guess = model.best(features);
        model.update(features, number.get(tags[i]!)!, guess);
        guessed[i] = guess;
      }
    }
  }
  return model.average();
}

export function trainHeads(
  examples: readonly Example[],
  tagsOf: (example: Example) => ArrayLike<number>,
  tagNames: readonly string[],
  passes: number,
  seed = 1,
): Perceptron {
  const model = new Perceptron(["shift", "reduce", "left", "right"], STEPS);
  const random = randomFrom(seed);
  for (let pass = 0; pass < passes; pass++) {
    for (const example of shuffled(examples, random)) {
      const state = startState(example.shapes, tagsOf(example), tagNames);
      while (!isFinished(state)) {
        features.fill(STEPS, arcValues(state));
        const { guess, right } = choose(state, example.heads, model.score(features));
        model.update(features, right, guess);
        // Mostly on with its own mistakes, once there is something to be mistaken about: they are what it will have to live with.
        takeStep(state, pass > 0 && random() < 0.9 ? guess : right);
      }
    }
  }
  return model.average();
}

/** The step with the highest score, and with the highest score of those that cost least: the same one where that is a best one. */
function choose(state: ParseState, heads: readonly number[], scores: ArrayLike<number>): { guess: number; right: number } {
  const steps = [SHIFT, REDUCE, LEFT, RIGHT].filter((step) => isAllowed(state, step));
  const costs = steps.map((step) => costOf(state, heads, step));
  const least = Math.min(...costs);
  const highest = (among: readonly number[]) => among.reduce((best, step) => (scores[step]! > scores[best]! ? step : best));
  return { guess: highest(steps), right: highest(steps.filter((_, i) => costs[i] === least)) };
}

export function trainLabels(
  examples: readonly Example[],
  tagsOf: (example: Example) => ArrayLike<number>,
  classes: readonly string[],
  passes: number,
  seed = 1,
): Perceptron {
  const model = new Perceptron(classes, LABELS);
  const random = randomFrom(seed);
  const number = new Map(classes.map((name, i) => [name, i]));
  for (let pass = 0; pass < passes; pass++) {
    for (const example of shuffled(examples, random)) {
      const tags = tagsOf(example);
      const children = childrenOf(example.heads);
      for (let i = 0; i < example.shapes.length; i++) {
        features.fill(LABELS, labelValues(example.shapes, tags, example.heads, children, i));
        model.update(features, number.get(example.labels[i]!)!, model.best(features));
      }
    }
  }
  return model.average();
}

/** Tags of each fourth by a tagger that has not seen it: what the parser will meet. */
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

export function accuracy(examples: readonly Example[], tagger: LinearModel, parser: LinearModel, labeller: LinearModel): Accuracy {
  const out = { words: 0, tags: 0, heads: 0, labelled: 0 };
  for (const example of examples) {
    const tags = tagWords(tagger, example.shapes);
    const heads = parseHeads(parser, example.shapes, tags, tagger.classes);
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
