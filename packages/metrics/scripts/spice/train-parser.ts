// Trains the caption parser on labelled texts, tells how well it does on those that it has not seen, and writes its model:
//
//   bash texts.sh FOLDER
//   java -Xmx3G -cp 'FOLDER_OF_CORENLP/*' LabelCaptions.java FOLDER/mixed.txt FOLDER/mixed.lab    (the four others likewise)
//   npx esbuild scripts/spice/train-parser.ts --bundle --platform=node --format=esm --outfile=train-parser.mjs
//   node --max-old-space-size=4000 train-parser.mjs src/spice-parser.bin FOLDER/{mixed,natural,active,wordnet,modifiers}.lab
//
// The same texts give the same bytes. Figures out of the grammar are those of src/spice/spice.test.ts.
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { readParserModel } from "../../src/spice/parser-model";
import { readLabelled } from "./labelled";
import { packModel } from "./pack-model";
import { meanOf } from "./perceptron";
import { accuracy, exampleOf, trainHeads, trainLabels, trainTagger, unseenTags } from "./train";

/** Weights under these are left out of the file: of tags, steps and names of arcs. */
const LEAST = [0.8, 0.6, 0.8];
/** Orders of the examples; the classifiers learned in each are averaged. */
const SEEDS = [1, 2, 3];
/** Every twentieth pair of texts is kept for the figures. */
const KEPT = 20;

const [, , out, ...files] = process.argv;
const examples = files.flatMap((file) =>
  readLabelled(file).flatMap(({ sentences }, text) =>
    sentences.map((sentence) => ({ example: exampleOf(sentence), isKept: (text >> 1) % KEPT === 0, file })),
  ),
);
const train = examples.filter(({ isKept }) => !isKept).map(({ example }) => example);
const tags = [...new Set(examples.flatMap(({ example }) => example.tags))].sort();
const names = [...new Set(examples.flatMap(({ example }) => example.labels))].sort();
console.log(`${train.length} sentences, ${tags.length} tags, ${names.length} names of arcs`);

const unseen = unseenTags(train, tags, 3);
const tagger = meanOf(SEEDS.map((seed) => trainTagger(train, tags, 6, seed)));
console.log("tagger");
const steps = meanOf(SEEDS.map((seed) => trainHeads(train, (example) => unseen.get(example)!, tags, 8, seed)));
console.log("steps");
const labels = meanOf(SEEDS.map((seed) => trainLabels(train, (example) => unseen.get(example)!, names, 5, seed)));
const bytes = packModel([tagger, steps, labels], LEAST);
const packed = gzipSync(bytes, { level: 9 });
writeFileSync(out!, packed);
console.log(`${packed.length} bytes, ${bytes.length} unpacked`);

const model = readParserModel(bytes);
for (const file of files) {
  const kept = examples.filter((entry) => entry.isKept && entry.file === file).map(({ example }) => example);
  console.log(file, accuracy(kept, model.tagger, model.steps, model.labels));
}
