import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringifyKarpathy } from "@rsdix/data";
import { encodePng } from "@rsdix/image/node";
import { BertTokenizer, Clip, ClipTokenizer, Gpt2, Gpt2Tokenizer, SentenceBert } from "@rsdix/models";

/** Images of one colour each with captions that name it, a CLIP and a GPT-2 so small that they learn it in seconds: all that a run takes. */
export interface TinyWorld {
  readonly annotations: string;
  readonly images: string;
  readonly clip: string;
  readonly gpt2: string;
  readonly sentenceBert: string;
}

const COLOURS = { red: [220, 30, 30], green: [30, 200, 60], blue: [20, 60, 230], white: [245, 245, 245] } as const;
const COPIES = { train: 4, val: 2, test: 2 } as const;

/** Makes a tiny world in a folder. TensorFlow.js must have a backend. */
export async function tinyWorld(folder: string): Promise<TinyWorld> {
  const images = join(folder, "images");
  await mkdir(images, { recursive: true });
  const records = [];
  for (const [colour, rgb] of Object.entries(COLOURS)) {
    for (const [split, copies] of Object.entries(COPIES) as [keyof typeof COPIES, number][]) {
      for (let copy = 0; copy < copies; copy++) {
        const filename = `${colour}_${split}${copy}.png`;
        const data = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => rgb[i % 3]! + ((i * (copy + 3)) % 10));
        await writeFile(join(images, filename), await encodePng({ width: 16, height: 16, data }));
        const sentences = [{ raw: `a ${colour} field .` }, { raw: `all is ${colour} .` }];
        records.push({ filename, imgid: records.length, split, sentences, label: colour });
      }
    }
  }
  const annotations = join(folder, "captions.json");
  await writeFile(annotations, stringifyKarpathy({ dataset: "colours", images: records }));
  const [clip, gpt2, sentenceBert] = ["clip", "gpt2", "sentence-bert"].map((name) => join(folder, name)) as [string, string, string];
  await saveClip(clip);
  await saveGpt2(gpt2);
  await saveSentenceBert(sentenceBert);
  return { annotations, images, clip, gpt2, sentenceBert };
}

/** A CLIP of the smallest kind, with its tokenizer. */
export async function saveClip(folder: string, { size = 16, patch = 8, contextLength = 40 } = {}): Promise<void> {
  const tokenizer = ClipTokenizer.fromBpe({ merges: [] });
  const tower = { width: 16, layers: 1, heads: 2 };
  const text = { ...tower, vocabSize: tokenizer.vocabSize, contextLength };
  const clip = Clip.fromConfig({ embedDim: 8, image: { ...tower, size, patch }, text }, 1);
  clip.tokenizer = tokenizer;
  await clip.save(folder).finally(() => clip.dispose());
}

/** A GPT-2 of the smallest kind, with its tokenizer. */
export async function saveGpt2(folder: string, contextLength = 48): Promise<void> {
  const tokenizer = Gpt2Tokenizer.fromBpe({ merges: [] });
  const gpt2 = Gpt2.fromConfig({ vocabSize: tokenizer.vocabSize, contextLength, width: 16, layers: 1, heads: 2 }, 2);
  gpt2.tokenizer = tokenizer;
  await gpt2.save(folder).finally(() => gpt2.dispose());
}

async function saveSentenceBert(folder: string): Promise<void> {
  const words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "all", "is", "field", ".", ...Object.keys(COLOURS)];
  const sizes = { vocabSize: words.length, contextLength: 16, width: 8, layers: 1, heads: 2, mlpWidth: 16 };
  const bert = SentenceBert.fromConfig(sizes, 3);
  bert.tokenizer = BertTokenizer.fromVocab(words.join("\n"), { contextLength: 16 });
  await bert.save(folder).finally(() => bert.dispose());
}
