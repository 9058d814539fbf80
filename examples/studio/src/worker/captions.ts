import { captionsCsv, captionsJsonLines, type FileStore, type ImageDataset, karpathy } from "@rsdix/data";
import type { CaptionsState } from "../protocol";

/** All images train: what the user gives is what is learned from. */
const SPLIT = { train: 100, val: 0, seed: 1 } as const;
const TABLE = /\.(csv|tsv)$/i;
const LINES = /\.jsonl$/i;
const JSON_FILE = /\.json$/i;
const IMAGE = /\.(jpe?g|png|webp|gif|tiff?)$/i;

/** The captions among files: a table, JSON lines, a data set's JSON, or a text beside each image. */
export async function findCaptions(store: FileStore): Promise<{ dataset: ImageDataset; state: CaptionsState } | undefined> {
  const names = await store.names();
  const open = { split: SPLIT, onError: "skip" } as const;
  const one = (pattern: RegExp) => names.find((name) => pattern.test(name) && !/(^|\/)(package|config)\.json$/.test(name));
  const [table, lines, json] = [one(TABLE), one(LINES), one(JSON_FILE)];
  if (table) return described(await captionsCsv(store, { ...open, annotations: table }), table);
  if (lines) return described(await captionsJsonLines(store, { ...open, annotations: lines }), lines);
  if (json) return described(await karpathy(store, { ...open, annotations: json }), json);
  return besideImages(store, names);
}

/** `lake.txt` beside `lake.png`: a caption a line. */
async function besideImages(store: FileStore, names: readonly string[]) {
  const stem = (name: string) => name.replace(/\.[^./]+$/, "");
  const texts = new Map(names.filter((name) => /\.txt$/i.test(name)).map((name) => [stem(name), name]));
  const images: ImageDataset["images"][number][] = [];
  for (const name of names.filter((each) => IMAGE.test(each))) {
    const file = texts.get(stem(name));
    if (!file) continue;
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await store.read(file, { maxBytes: 1 << 20 }));
    const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
    if (lines.length > 0) images.push({ filename: name, imgid: images.length, split: "train", sentences: lines.map((raw) => ({ raw })) });
  }
  return images.length > 0 ? described({ dataset: store.name, images, files: store }, "text files beside the images") : undefined;
}

function described(dataset: ImageDataset, source: string) {
  const captions = dataset.images.reduce((sum, { sentences }) => sum + sentences.length, 0);
  return { dataset, state: { source, images: dataset.images.length, captions } };
}
