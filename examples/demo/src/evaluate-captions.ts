import { bestFixedCaption, bleu, mostFrequentCaption, namesClass, rougeL } from "@rsdix/metrics";
import { CLASS_NAMES, type DemoSplit } from "./demo-data";
import type { CaptionScores, FixedCaptionScores } from "./summary";

/** Scores of one caption a patch. */
export function captionScores(captions: readonly string[], split: DemoSplit): CaptionScores {
  const { image, corpus } = bleu(captions, split.captions).averages;
  return {
    bleu1: image.bleu1,
    bleu2: image.bleu2,
    bleu3: image.bleu3,
    bleu4: image.bleu4,
    rougeL: rougeL(captions, split.captions).rougeL,
    namesClass: namesClass(captions, split.labels, CLASS_NAMES).share,
    corpus: { bleu1: corpus.bleu1, bleu2: corpus.bleu2, bleu3: corpus.bleu3, bleu4: corpus.bleu4 },
  };
}

/** The most frequent caption of the training patches, given to every patch of a split. */
export function mostFrequentScores(train: DemoSplit, split: DemoSplit): FixedCaptionScores {
  const { caption } = mostFrequentCaption(train.captions);
  return {
    ...captionScores(
      split.captions.map(() => caption),
      split,
    ),
    caption,
  };
}

/**
 * The hardest fixed caption to beat: of all captions in the data set (those of the split itself included) the one that scores the best BLEU-4 when it is given
 * to every patch of the split; for each average its own.
 */
export function bestFixedScores(train: DemoSplit, split: DemoSplit): FixedCaptionScores {
  const candidates = [...new Set([...train.captions.flat(), ...split.captions.flat()])];
  const { caption } = bestFixedCaption(candidates, split.captions, { average: "image" });
  const corpusBest = bestFixedCaption(candidates, split.captions, { average: "corpus" });
  const scores = captionScores(
    split.captions.map(() => caption),
    split,
  );
  const { corpus } = captionScores(
    split.captions.map(() => corpusBest.caption),
    split,
  );
  return { ...scores, corpus, caption };
}
