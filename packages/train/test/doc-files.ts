import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Clip, ClipCap, ClipTokenizer, Gpt2Tokenizer, Siglip, SiglipTokenizer } from "@rsdix/models";
import { readSafetensors } from "@rsdix/models/node";
import { int, pickle, str } from "../../models/test/pickles";
import { torchFile } from "../../models/test/torch-files";
import { array, storage } from "../../models/test/torch-pickles";
import { sentencePieceModel } from "../../models/test/vocabularies";
import { cli } from "./run-cli";

type Arrays = Awaited<ReturnType<typeof readSafetensors>>["tensors"];
type Entry = readonly [name: string, array: Arrays extends ReadonlyMap<string, infer Value> ? Value : never];

/** Towers whose file tells their heads, as the published ones' do: 64 numbers each. */
const TOWER = { width: 64, layers: 1, heads: 1 };

/** Files of PyTorch's, named as the pages name those of the original and of open_clip: of a CLIP, of a captioner, and of the run in the folder. */
export async function makeTorchFiles(at: string): Promise<void> {
  const made = (name: string) => join(at, "made", name);
  const tokenizer = ClipTokenizer.fromBpe({ merges: [] });
  const text = { ...TOWER, vocabSize: tokenizer.vocabSize, contextLength: 40 };
  const clip = Clip.fromConfig({ embedDim: 8, image: { ...TOWER, size: 16, patch: 8 }, text }, 4);
  await clip.save(made("clip")).finally(() => clip.dispose());
  const gpt2 = { ...TOWER, vocabSize: Gpt2Tokenizer.fromBpe({ merges: [] }).vocabSize, contextLength: 128 };
  const captioner = ClipCap.fromConfig({ prefixSize: 8, prefixLength: 10, gpt2 }, 5);
  await captioner.save(made("captioner")).finally(() => captioner.dispose());

  const weights = await arraysOf(made("clip"));
  const roles = (prefix: string) => [...prefixed(`${prefix}_student.`, weights), ...prefixed(`${prefix}_teacher.`, weights)];
  await writeFile(join(at, "rsdix-clip-b32.ckpt"), torchCheckpoint(roles("")));
  const both = [...roles("_clip_encoder."), ...prefixed("_clipcap.", await arraysOf(made("captioner")))];
  await writeFile(join(at, "rsdix-clipcap.ckpt"), torchCheckpoint(both));
  for (const [model, file] of [
    [join(at, "runs/clip-1/model"), join(at, "epoch_5.pt")],
    [made("clip"), made("epoch_5.pt")],
  ] as const) {
    const { code, err } = await cli([
      "convert",
      model,
      `${file}.folder`,
      "--layout",
      "openclip",
      "--processor",
      join(at, "runs/clip-1/model"),
    ]);
    if (code !== 0) throw new Error(err);
    await writeFile(file, torchCheckpoint(prefixed("module.", await arraysOf(`${file}.folder`))));
  }
}

/** A SigLIP of the smallest kind, with the vocabulary that SentencePiece is tested with. */
export async function saveSiglip(folder: string): Promise<void> {
  const tokenizer = SiglipTokenizer.fromSentencePiece(sentencePieceModel(), { contextLength: 64 });
  const tower = { width: 16, layers: 1, heads: 2, mlpWidth: 16 };
  const text = { ...tower, vocabSize: tokenizer.vocabSize, contextLength: 64 };
  const siglip = Siglip.fromConfig({ image: { ...tower, size: 16, patch: 8 }, text }, 1);
  siglip.tokenizer = tokenizer;
  await siglip.save(folder).finally(() => siglip.dispose());
}

/** A table of paraphrases with one pair, as METEOR's release has them. */
export const tinyParaphrases = (): Uint8Array => gzipSync("0.5\nfield\nmeadow\n");

async function arraysOf(folder: string): Promise<Arrays> {
  return (await readSafetensors(join(folder, "model.safetensors"))).tensors;
}

const prefixed = (prefix: string, arrays: Arrays) => [...arrays].map(([name, value]) => [`${prefix}${name}`, value] as const);

/** A checkpoint of Lightning's or open_clip's: arrays in `state_dict`, each with a storage of its own. */
function torchCheckpoint(arrays: readonly Entry[]): Uint8Array {
  const entries = arrays.flatMap(([name, { shape, data }], key) => {
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
    return [str(name), array({ of: storage(data.length, String(key)), shape, strides })];
  });
  const bytes = arrays.map(([, { data }], key) => [String(key), new Uint8Array(data.buffer, data.byteOffset, data.byteLength)] as const);
  return torchFile(
    pickle(
      "}(",
      str("epoch"),
      int(5),
      str("state_dict"),
      "}(",
      ...entries,
      "u",
      str("hyper_parameters"),
      "}(",
      str("prefix_length"),
      int(10),
      "uu",
    ),
    Object.fromEntries(bytes),
  );
}
