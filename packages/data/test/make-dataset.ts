import type { CaptionDataset, CaptionRecord, CaptionSentence, JsonValue } from "../src/caption-dataset";
import { createRandom } from "../src/create-random";

/** An image with one caption, in the training split unless told otherwise. */
export function makeRecord(imgid: number, fields: Partial<CaptionRecord> = {}): CaptionRecord {
  return { filename: `image_${imgid}.png`, imgid, split: "train", sentences: [{ raw: `caption ${imgid}` }], ...fields };
}

/** `size` images with one caption each, all for training. */
export function makeDataset(size: number): CaptionDataset {
  return { dataset: "made", images: Array.from({ length: size }, (_, i) => makeRecord(i)) };
}

/** A valid data set with everything that the form allows, drawn from a seed: extra fields of any JSON type, odd names and texts. */
export function randomDataset(seed: number): CaptionDataset {
  const random = createRandom(seed);
  const texts = ["a river", "", "é漢🛰\u2028", '"quoted" \\ back', "__proto__", "line\nbreak", " "];
  const text = () => texts[random.int(texts.length)]!;
  const value = (depth: number): JsonValue => {
    const kind = random.int(depth > 2 ? 4 : 6);
    if (kind === 0) return null;
    if (kind === 1) return random.next() < 0.5;
    if (kind === 2) return random.normal() * 10 ** (random.int(40) - 20);
    if (kind === 3) return text();
    const items = Array.from({ length: random.int(3) }, () => value(depth + 1));
    return kind === 4 ? items : Object.fromEntries(items.map((item, i) => [`${text()}${i}`, item]));
  };
  const names = ["lat", "lon", "sentid", "__proto__", "constructor", "10", "2", ""];
  const extra = () => {
    const chosen = names.filter(() => random.next() < 0.3);
    return chosen.length > 0 ? { extra: Object.fromEntries(chosen.map((name) => [name, value(0)])) } : {};
  };
  const sentence = (): CaptionSentence => ({
    raw: text(),
    ...(random.next() < 0.5 && { tokens: Array.from({ length: random.int(4) }, text) }),
    ...extra(),
  });
  const image = (imgid: number): CaptionRecord => ({
    filename: `folder ${imgid}/é..${imgid}.png`,
    imgid: imgid * 7 - 3,
    split: (["train", "val", "test", "restval"] as const)[random.int(4)]!,
    sentences: Array.from({ length: random.int(4) }, sentence),
    ...(random.next() < 0.5 && { label: text() }),
    ...extra(),
  });
  return { dataset: text(), images: Array.from({ length: random.int(5) }, (_, i) => image(i)), ...extra() };
}
