// What smaller files cost in accuracy: 1 - cosine between an embedding of the saved and loaded model and that of the float32 model, by storage, and the
// size of the weights' file. Prints the rows of docs/models/checkpoints.md; what is embedded is fixed, so they are the same on every machine but for the
// last digit. The texts are those of the golden file minilm.json, whose weights golden/README.md says how to fetch. Once before: npm run build.
//
//   RSDIX_MINILM=FOLDER node bench/models/storage.mjs [--backend wasm] [--only minilm,clip]
import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { BACKENDS, listed, notListed, notOneOf, readArguments } from "../../scripts/lib/arguments.mjs";
import { installed } from "../../scripts/lib/installed.mjs";
import { scratchFolder } from "../../scripts/lib/scratch-folder.mjs";
import { captions, pixels } from "./inputs.mjs";

const { l2Normalize, startBackend } = await installed(() => import("@rsdix/backend"));
const { CLIP_VIT_B_32, Clip, SentenceBert } = await installed(() => import("@rsdix/models"));
const tf = await installed(() => import("@tensorflow/tfjs-core"));

const { options } = readArguments("[--backend NAME] [--only minilm,clip]", {
  options: { only: { type: "string", default: "minilm,clip" }, backend: { type: "string", default: "wasm" } },
  check: ({ only, backend }) => notListed("--only", only, ["minilm", "clip"]) ?? notOneOf("--backend", backend, BACKENDS),
});
await startBackend(options.backend);
const golden = JSON.parse(await readFile(new URL("../../packages/models/src/fixtures/minilm.json", import.meta.url), "utf8"));
const BATCH = 16;

/** Rows of length 1. */
function unitRows(embed) {
  const unit = tf.tidy(() => l2Normalize(embed()));
  const values = unit.dataSync();
  unit.dispose();
  return values;
}

const models = {
  minilm: {
    open: () => {
      const folder = process.env.RSDIX_MINILM;
      if (!folder) throw new Error("RSDIX_MINILM must name the folder of MiniLM's files; golden/README.md says how to fetch them.");
      return SentenceBert.fromPretrained(folder);
    },
    load: (folder) => SentenceBert.fromPretrained(folder),
    things: { "all-MiniLM-L6-v2, its real weights; 100 captions": (bert) => bert.embedTexts(golden.captions) },
  },
  clip: {
    open: () => Clip.fromConfig(CLIP_VIT_B_32, 1),
    load: (folder) => Clip.fromPretrained(folder),
    things: {
      "CLIP ViT-B/32, random weights; 16 images of noise": (clip) =>
        unitRows(() => clip.encodeImage(tf.tensor4d(pixels(BATCH), [BATCH, 3, 224, 224]))),
      "its text tower; 16 texts of random tokens": (clip) => unitRows(() => clip.encodeText(captions(BATCH))),
    },
  },
};

const dot = (a, i, b, j, dim) => {
  let sum = 0;
  for (let k = 0; k < dim; k++) sum += a[i * dim + k] * b[j * dim + k];
  return sum;
};

/** The mean and the two worst of 1 - cosine of rows with those of the reference, and the most by which a cosine of two rows differs from theirs. */
function drop(rows, reference, dim) {
  const count = reference.length / dim;
  const drops = Array.from({ length: count }, (_, i) => {
    const lengths = Math.sqrt(dot(rows, i, rows, i, dim) * dot(reference, i, reference, i, dim));
    return 1 - dot(rows, i, reference, i, dim) / lengths;
  });
  let pair = 0;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) pair = Math.max(pair, Math.abs(dot(rows, i, rows, j, dim) - dot(reference, i, reference, j, dim)));
  }
  const [worst, next] = drops.toSorted((a, b) => b - a);
  return { mean: drops.reduce((sum, value) => sum + value, 0) / count, worst, next, at: drops.indexOf(worst), pair };
}

const shown = (value) => value.toExponential(1);
const embedded = async (model, things) => Promise.all(Object.values(things).map((embed) => embed(model)));

for (const name of listed(options.only)) {
  const { open, load, things } = models[name];
  const folder = scratchFolder("rsdix-storage-");
  try {
    const original = await open();
    const dim = original.config.embedDim ?? original.config.width;
    const reference = await embedded(original, things);
    for (const storage of ["float32", "float16", "int8"]) {
      await original.save(folder, { storage });
      const { size } = await stat(join(folder, "model.safetensors"));
      const stored = await load(folder);
      for (const [i, rows] of (await embedded(stored, things)).entries()) {
        const { mean, worst, next, at, pair } = drop(rows, reference[i], dim);
        console.log(`| ${Object.keys(things)[i]} | ${storage} | ${(size / 1e6).toFixed(1)} MB | ${shown(mean)} | ${shown(worst)} |`);
        console.log(`  row ${at} is the worst, the next has ${shown(next)}; the similarity of two rows changes by up to ${shown(pair)}`);
      }
      stored.dispose();
    }
    original.dispose();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
