import { createRandom } from "@rsdix/internal";
import type { StepRecord } from "@rsdix/train";
import type { ReportData, ReportPatch } from "../src/report/report-data";
import { demoSettings } from "../src/settings";
import type { CaptionScores, ClipScores } from "../src/summary";

/** What the synthetic report is about. */
export interface SyntheticOptions {
  /** Class names; the last is never predicted. */
  classes?: readonly string[];
  /** Patches, dealt to the classes in turn. */
  patches?: number;
  /** Steps of each run; 0 is a run that was resumed at its end. */
  steps?: number;
  /** Put into every caption. */
  words?: string;
}

/**
 * A report's data without a training, for tests: the same on every call.
 *
 * @param options what it is about
 * @returns the data
 */
export function syntheticData({
  classes = ["ocean", "desert", "ice sheet"],
  patches: count = 30,
  steps = 40,
  words = "wide and flat",
}: SyntheticOptions = {}): ReportData {
  const random = createRandom(3);
  const predictable = classes.slice(0, -1);
  const patches = Array.from({ length: count }, (_, index): ReportPatch => {
    const label = classes[index % classes.length]!;
    const first = random.next() < 0.7 && predictable.includes(label) ? label : predictable[random.int(predictable.length)]!;
    const others = classes.filter((name) => name !== first);
    return {
      filename: `${label}-${index}.png`,
      image: { width: 32, height: 32, data: Uint8Array.from({ length: 32 * 32 * 3 }, () => random.int(256)) },
      lat: random.next() * 140 - 70,
      lon: random.next() * 360 - 180,
      label,
      references: Array.from({ length: 5 }, (_, i) => `a ${label} seen ${i} times , ${words} .`),
      classes: [
        { label: first, probability: 0.7 },
        ...others.map((name, i) => ({
          label: name,
          probability: (0.3 * (others.length - i)) / ((others.length * (others.length + 1)) / 2),
        })),
      ],
      caption: `one ${first} , ${words} .`,
      greedyCaption: `this is a ${first} , ${words} .`,
    };
  });
  const confusion = classes.map((truth) =>
    classes.map((predicted) => patches.filter(({ label, classes: [first] }) => label === truth && first?.label === predicted).length),
  );
  const captionsOfPatch = [0, 1, 2].map((patch) => ({
    patch,
    hits: patches.slice(0, 7).map(({ references }, i) => ({ caption: references[0]!, score: 0.91 - i / 50, own: i === patch })),
  }));
  const patchesOfCaption = [3, 4].map((patch) => ({
    caption: patches[patch]!.references[1]!,
    patch,
    hits: [8, 4, 5, 6, 7, 2, 1].map((hit, i) => ({ patch: hit, score: 0.82 - i / 50 })),
  }));
  return {
    summary: {
      backend: "wasm",
      threads: 2,
      seconds: 462.4,
      peakMemoryBytes: 1.5 * 2 ** 30,
      patches: count * 7,
      testPatches: count,
      classes: [...classes],
      chanceTop1: 1 / classes.length,
      baselines: { largestClass: 0.341, colourNearestNeighbour: 0.718 },
      clip: clipScores(0.823),
      infoNceOnly: clipScores(0.79),
      pretrained: clipScores(0.61),
      captioner: captionScores(0.431),
      captionerGreedy: captionScores(0.402),
      mostFrequentCaption: { ...captionScores(0.151), caption: `the commonest ${words} .` },
      bestFixedCaption: { ...captionScores(0.262), caption: `the best ${words} .` },
    },
    settings: demoSettings(7),
    splits: classes.map((label) => ({ label, train: 1200, val: 40, test: Math.ceil(count / classes.length) })),
    curves: {
      pretrain: curve("pretrain", steps, 4),
      infonce: curve("infonce", steps, 3),
      distilled: curve("distilled", steps, 3, { contrastive: 2.9, distillation: 3.4 }),
      captioner: curve("captioner", steps, 6, {}),
    },
    confusion,
    patches,
    search: { captionsOfPatch, patchesOfCaption },
  };
}

function clipScores(top1: number): ClipScores {
  const recall = top1 / 10;
  return {
    top1,
    balancedTop1: top1 - 0.04,
    top3: top1 + 0.1,
    top5: top1 + 0.15,
    imageToTextR1: recall,
    imageToTextR5: recall * 2,
    imageToTextR10: recall * 3,
    textToImageR1: recall / 2,
    textToImageR5: recall,
    textToImageR10: recall * 1.5,
  };
}

function captionScores(bleu4: number): CaptionScores {
  const bleu = { bleu1: bleu4 + 0.3, bleu2: bleu4 + 0.2, bleu3: bleu4 + 0.1, bleu4 };
  return { ...bleu, rougeL: bleu4 + 0.15, namesClass: bleu4 + 0.3, corpus: { ...bleu, bleu4: bleu4 - 0.02 } };
}

function curve(task: string, steps: number, start: number, parts: Record<string, number> = {}): StepRecord[] {
  const random = createRandom(5).fork(task);
  return Array.from({ length: steps }, (_, index) => {
    const falling = (from: number) => from * (0.3 + 0.7 * Math.exp(-index / 30)) * (1 + 0.08 * random.normal());
    return {
      type: "step",
      task,
      step: index + 1,
      steps,
      epoch: index / 10,
      loss: { total: falling(start), ...Object.fromEntries(Object.entries(parts).map(([name, from]) => [name, falling(from)])) },
      logs: {
        accuracy: Math.min(1, 0.7 * (1 - Math.exp(-index / 40)) + 0.1 * random.next()),
        scale: 14 + index / 50,
      },
      gradientNorm: 1,
      learningRate: 1e-3,
      seconds: 0.7,
      itemsPerSecond: 90,
      tensors: 300,
      memory: 4_000_000,
    };
  });
}
