import type { RgbImage } from "@rsdix/image";
import type { DemoSplit } from "./demo-data";

/** The score of always answering with the commonest class of the training patches. */
export function largestClassAccuracy(train: DemoSplit, test: DemoSplit): number {
  const counts = new Map<number, number>();
  for (const label of train.labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const [largest] = [...counts].sort((a, b) => b[1] - a[1])[0]!;
  return share(test.labels, (label) => label === largest);
}

/**
 * The score of answering with the class of the training patch whose mean and spread of red, green and blue are nearest: what colour alone tells.
 */
export function colourNearestNeighbourAccuracy(train: DemoSplit, test: DemoSplit): number {
  const known = train.images.map(colourFeatures);
  return share(test.labels, (label, i) => {
    const features = colourFeatures(test.images[i]!);
    let nearest = 0;
    let least = Number.POSITIVE_INFINITY;
    known.forEach((candidate, j) => {
      const distance = candidate.reduce((sum, value, c) => sum + (value - features[c]!) ** 2, 0);
      if (distance < least) {
        least = distance;
        nearest = j;
      }
    });
    return train.labels[nearest] === label;
  });
}

/** Mean and standard deviation of each channel, in grey levels. */
function colourFeatures({ data }: RgbImage): number[] {
  const pixels = data.length / 3;
  return [0, 1, 2].flatMap((channel) => {
    let sum = 0;
    let squares = 0;
    for (let i = channel; i < data.length; i += 3) {
      sum += data[i]!;
      squares += data[i]! ** 2;
    }
    const mean = sum / pixels;
    return [mean, Math.sqrt(Math.max(0, squares / pixels - mean ** 2))];
  });
}

function share(labels: Int32Array, right: (label: number, i: number) => boolean): number {
  return labels.reduce((sum, label, i) => sum + Number(right(label, i)), 0) / labels.length;
}
