// Draws the pictures of docs/losses: what each loss pulls a batch towards, read from the functions themselves.
// `node scripts/loss-pictures.mjs` writes docs/losses/*.svg anew, with the packages as they were built.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readArguments } from "./lib/arguments.mjs";
import { installed } from "./lib/installed.mjs";
import { drawMatrices } from "./lib/matrix-picture.mjs";
import { isMain, repository } from "./lib/workspace.mjs";

const tf = await installed(() => import("@tensorflow/tfjs"));
const { infoNCE, sigmoidLoss, similarity, supervisedContrastive, teacherTargets } = await installed(() => import("@rsdix/core-losses"));

/** Eight pairs; the captions 1 and 2, 3 and 4, 5 and 6 say nearly the same. */
const CAPTIONS = [
  "planes on a runway",
  "two planes on a runway",
  "ships in a harbour",
  "many ships in a harbour",
  "a dense forest",
  "a dense green forest",
  "a river by a road",
  "a baseball field",
];
const LABELS = [0, 0, 1, 1, 2, 2, 3, 4];
const N = CAPTIONS.length;

const unit = (rows) => tf.div(rows, tf.norm(rows, 2, 1, true));

/** A stand-in for Sentence-BERT: counts of the words, so that captions that share words are similar. */
function sentenceEmbeddings() {
  const words = CAPTIONS.map((caption) => caption.split(" ").filter((word) => !["a", "on", "in", "by"].includes(word)));
  const vocabulary = [...new Set(words.flat())];
  return unit(tf.tensor2d(words.map((caption) => vocabulary.map((word) => caption.filter((other) => other === word).length))));
}

/**
 * A stand-in for a teacher or a student: the captions' embeddings seen through noise, in a narrow cone, as CLIP's are: what has nothing
 * in common has a cosine far above 0.
 */
function encode(sentence, { noise, cone, seed }) {
  const [n, width] = sentence.shape;
  const seen = tf.add(sentence, tf.randomNormal([n, width], 0, noise / Math.sqrt(width), "float32", seed));
  return unit(tf.concat([unit(seen), tf.fill([n, 1], cone)], 1));
}

/** The gradient of a summed loss to the similarities S [N, N], at S = 0: with the identity for texts, the images are S. */
function gradientAtZero(loss) {
  return tf.grad((similarities) => loss(similarities, tf.eye(N)))(tf.zeros([N, N]));
}

/** What a softmax loss pulls towards: its gradient is softmax - target (both directions averaged), and at S = 0 a softmax is 1/N. */
function softmaxTarget(loss) {
  return tf.sub(1 / N, gradientAtZero(loss));
}

const options = { logitScale: 0, reduction: "sum" };

/** Every picture: its file, its panels, and what they show. */
function pictures() {
  const sentence = sentenceEmbeddings();
  const teacher = { image: encode(sentence, { noise: 0.5, cone: 2, seed: 1 }), text: encode(sentence, { noise: 0.3, cone: 2, seed: 2 }) };
  const student = { image: encode(sentence, { noise: 0.5, cone: 1, seed: 3 }), text: encode(sentence, { noise: 0.4, cone: 1, seed: 4 }) };
  const soft = similarity(sentence, sentence);
  const targets = (lambda) => teacherTargets(teacher, { lambda });
  const identity = softmaxTarget((image, text) => infoNCE(image, text, options));
  const summed = tf.addN([
    similarity(teacher.image, teacher.image),
    similarity(teacher.text, teacher.text),
    similarity(teacher.image, teacher.text),
  ]);
  return {
    "info-nce": [
      { title: "infoNCE", matrix: identity },
      { title: "labelSmoothing: 0.2", matrix: softmaxTarget((image, text) => infoNCE(image, text, { ...options, labelSmoothing: 0.2 })) },
    ],
    "supervised-contrastive": [
      { title: "infoNCE, for comparison", matrix: identity },
      {
        title: "supervisedContrastive",
        matrix: softmaxTarget((image, text) => supervisedContrastive(image, text, { ...options, labels: tf.tensor1d(LABELS, "int32") })),
      },
    ],
    // At a logit of 0 the gradient is -label / 2, and 1/2 - label for soft labels.
    "sigmoid-loss": [
      {
        title: "hard labels",
        matrix: tf.mul(
          -2,
          gradientAtZero((image, text) => sigmoidLoss(image, text, { ...options, logitBias: 0 })),
        ),
      },
      {
        title: "soft labels: captions' similarity",
        matrix: tf.sub(
          0.5,
          gradientAtZero((image, text) => sigmoidLoss(image, text, { ...options, logitBias: 0, labels: soft })),
        ),
      },
    ],
    sinkhorn: [0.02, 0.1, 1].map((lambda) => ({ title: `lambda = ${lambda}`, matrix: targets(lambda).image })),
    "teacher-targets": [
      { title: "teacher: ii + tt + it", matrix: summed, range: [2.2, 3] },
      { title: "targets.image", matrix: targets(0.1).image },
      { title: "targets.text", matrix: targets(0.1).text, rows: "text", columns: "image" },
    ],
    "rsdix-loss": [
      { title: "contrastive, weight alpha", matrix: identity },
      { title: "distillation, 1 - alpha", matrix: targets(0.1).image },
    ],
    "similarity-mse": [
      { title: "sentence: the target", matrix: soft, rows: "caption", columns: "caption" },
      { title: "image-image", matrix: similarity(student.image, student.image), columns: "image" },
      { title: "image-text", matrix: similarity(student.image, student.text) },
      { title: "text-text", matrix: similarity(student.text, student.text), rows: "text" },
    ],
  };
}

/** The pictures as SVG by file name, the same on every machine. */
export async function drawPictures() {
  await tf.setBackend("cpu");
  const drawn = tf.tidy(() =>
    Object.entries(pictures()).map(([name, panels]) => [name, panels.map((panel) => ({ ...panel, matrix: panel.matrix.arraySync() }))]),
  );
  const svg = async ([name, panels]) => {
    const label = `Matrices of ${N} image-text pairs: ${panels.map(({ title }) => title).join("; ")}`;
    return [`${name}.svg`, await drawMatrices(panels, { label, rowLabels: CAPTIONS, across: panels.length === 4 ? 2 : 3 })];
  };
  return Object.fromEntries(await Promise.all(drawn.map(svg)));
}

if (isMain(import.meta)) {
  readArguments("");
  for (const [name, svg] of Object.entries(await drawPictures())) writeFileSync(join(repository, "docs/losses", name), svg);
}
