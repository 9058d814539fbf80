import * as tf from "@tensorflow/tfjs-core";
import {
  clampScale,
  distillationLoss,
  gradCache,
  inBatchAccuracy,
  infoNCE,
  learnableBias,
  learnableScale,
  rsdixLoss,
  selfDistillationLoss,
  sigmoidLoss,
  similarity,
  similarityMSE,
  sinkhorn,
  supervisedContrastive,
  teacherTargets,
} from "../src/index";
import { unitRows } from "./random-batch";

/** Right arguments, with every option: each case of `WRONG` replaces one value in them. */
export function rightArguments() {
  const x = tf.tensor2d(unitRows(1, 3, 3));
  const labels = tf.tensor1d([1, 2, 3], "int32");
  const soft = tf.fill([3, 3], 1 / 3);
  const students = { image: x, text: x, teacherImage: x, teacherText: x, teacherSentence: x };
  const ofTargets = { lambda: 0.1, iterations: 2, imageCoefficient: 1, textCoefficient: 1, removeDiagonal: false };
  const ofSinkhorn = { lambda: 0.1, iterations: 2, rowMarginal: tf.ones([3]), columnMarginal: tf.ones([3]) };
  const weights = tf.variable(tf.ones([3]));
  const encode = (chunk: tf.Tensor) => tf.mul(chunk, weights);
  const product = (a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.mul(a, b));
  return {
    infoNCE: [x, x, { logitScale: 1, labelSmoothing: 0.1 }],
    supervisedContrastive: [x, x, { logitScale: 1, labels: { image: labels, text: labels }, labelSmoothing: 0.1 }],
    sigmoidLoss: [x, x, { logitScale: 1, logitBias: 1, labels: soft, reference: true }],
    sinkhorn: [x, ofSinkhorn],
    teacherTargets: [{ image: x, text: x, sentence: x }, ofTargets],
    distillationLoss: [x, { image: soft, text: soft }, { logitScale: 1 }],
    selfDistillationLoss: [students, { ...ofTargets, logitScale: 1 }],
    rsdixLoss: [students, { ...ofTargets, alpha: 0.5, logitScale: 1, distillationScale: 1, labelSmoothing: 0.1 }],
    similarityMSE: [{ image: x, text: x, sentence: x }, {}],
    similarity: [x, x],
    inBatchAccuracy: [x, x],
    learnableScale: ["clip", { name: "hostile_scale", init: 1 }],
    learnableBias: [{ name: "hostile_bias", init: 1 }],
    clampScale: [weights, "clip"],
    gradCache: [encode, encode, product, x, x, { chunk: 2, varList: [weights] }],
  };
}

/** A function of the package that is called wrongly. */
export type Name = keyof ReturnType<typeof rightArguments>;

/** Each of them, to be called with whatever there is. */
export const FUNCTIONS = {
  ...{ infoNCE, supervisedContrastive, sigmoidLoss, sinkhorn, teacherTargets, distillationLoss, selfDistillationLoss, rsdixLoss },
  ...{ similarityMSE, similarity, inBatchAccuracy, learnableScale, learnableBias, clampScale, gradCache },
} as unknown as Record<Name, (...given: unknown[]) => unknown>;

/** One wrong argument: the way to it by number and keys, what makes it, what the message says, and whether only values tell that it is wrong. */
type Wrong = readonly [path: readonly (number | string)[], make: () => unknown, message: RegExp, byValue?: boolean];

const disposed = () => {
  const tensor = tf.ones([3, 3]);
  tensor.dispose();
  return tensor;
};
const filled = (value: number) => () => tf.fill([3, 3], value);
const nanAt = (at: number) => () =>
  tf.tensor2d(
    Array.from({ length: 9 }, (_, k) => (k === at ? Number.NaN : 0)),
    [3, 3],
  );
const disposedScalar = () => {
  const scalar = tf.scalar(1);
  scalar.dispose();
  return scalar;
};
const text = (value: string) => value.replace(/[[\](){}.+]/g, "\\$&");
const says = (start: string, end: string) => new RegExp(`^${text(start)}.*${text(end)}`);
const bare = () => Object.create(null);
const noObjects = [() => null, () => 5, () => [], () => () => 1, () => Promise.resolve({})];

/** What no options are, and an option too many. */
const options = (at: number, name: string): Wrong[] => [
  ...noObjects.map((make): Wrong => [[at], make, says(`${name}'s options must be an object of `, ", got ")]),
  [[at, "surplus"], () => 1, says(`${name} has no option "surplus"`, "It takes: ")],
];
/** What no inputs are, absent ones included. */
const inputs = (at: number, name: string, first: string): Wrong[] => [
  ...noObjects.map((make): Wrong => [[at], make, says(`${name} must be an object of `, ", got ")]),
  [[at, "surplus"], () => 1, says(`${name} has no option "surplus"`, "It takes: ")],
  [[at], () => undefined, says(`${first} must be a tensor of shape `, ", got undefined")],
];
const noTensor = (path: Wrong[0], name: string): Wrong[] => {
  const is = (got: string) => says(`${name} must be a tensor of shape [`, `, got ${got}.`);
  return [
    [path, () => null, is("null")],
    [path, () => [[1, 0]], is("[object Array]")],
    [path, bare, is("[object Object]")],
    [path, () => ({ shape: [3, 3], rank: 2, size: 9, dtype: "float32" }), is("[object Object]")],
    [path, disposed, is("shape [3, 3], disposed")],
    [path, () => tf.scalar(1), is("shape []")],
  ];
};
const noMatrix = (path: Wrong[0], name: string, optional = false): Wrong[] => [
  ...noTensor(path, name),
  ...(optional ? [] : [[path, () => undefined, says(`${name} must be a tensor of shape [`, "], got undefined")] as const]),
  [path, () => tf.ones([3, 3], "int32"), says(`${name} must be float32`, ", got int32")],
  [path, () => tf.zeros([0, 3]), says(`${name} must not be empty`, ", got shape [0, 3]")],
  [path, filled(Number.NaN), says(`${name} must be finite`, ", got NaN at row 0, column 0"), true],
  [path, filled(3e38), says(`${name} must be within ±1e15`, " at row 0, column 0"), true],
  ...[4, 5, 6, 7, 8].map(
    (at): Wrong => [path, nanAt(at), says(`${name} must be finite`, `, got NaN at row ${Math.floor(at / 3)}, column ${at % 3}`), true],
  ),
];
const noScalar = (path: Wrong[0], name: string): Wrong[] => [
  ...["1", null, Number.NaN, 1e300, -1e300, Symbol("s")].map(
    (value): Wrong => [path, () => value, says(`${name} must be a finite number, got `, "")],
  ),
  [path, bare, says(`${name} must be a finite number`, ", got [object Object]")],
  [path, () => tf.ones([3]), says(`${name} must hold one value`, ", got shape [3]")],
  [path, disposedScalar, says(`${name} must hold one value`, ", got shape [], disposed")],
  [path, () => tf.scalar(1, "int32"), says(`${name} must be float32`, ", got int32")],
  [path, () => tf.scalar(Number.NaN), says(`${name} must be a finite number`, ", got NaN"), true],
];
const noScale = (at: number): Wrong[] => [
  ...noScalar([at, "logitScale"], "logitScale"),
  [[at, "logitScale"], () => 100, says("logitScale must be a finite number", ", got 100; from -50 to 80")],
  [[at, "logitScale"], () => -51, says("logitScale must be a finite number", ", got -51; from -50 to 80")],
  [[at, "logitScale"], () => tf.scalar(100), says("logitScale must be a finite number", ", got 100; from -50 to 80"), true],
];
const noNumber = (at: number, ...names: string[]): Wrong[] =>
  names.flatMap((name) => [
    ...[1e300, -1e300, Number.NaN, "1", null, Symbol("s")].map(
      (value): Wrong => [[at, name], () => value, says(`${name} must be `, `, got ${String(value)}`)],
    ),
    [[at, name], bare, says(`${name} must be `, ", got [object Object]")],
  ]);
/** What no tile and no reduction are. */
const noForm = (at: number): Wrong[] => [
  ...["12", true, null, 0, 1.5, Number.NaN, "all", Symbol("s")].map(
    (value): Wrong => [[at, "tile"], () => value, says('tile must be a whole number at least 1 or "auto"', `, got ${String(value)}`)],
  ),
  [[at, "tile"], () => [2], says("tile must be a whole number", ", got [object Array]")],
  [[at, "tile"], disposed, says("tile must be a whole number", ", got [object Object]")],
  ...["median", null, 1, Symbol("s")].map(
    (value): Wrong => [[at, "reduction"], () => value, says('reduction must be "mean", "sum" or "none"', `, got ${String(value)}`)],
  ),
  [[at, "reduction"], () => ["mean"], says("reduction must be ", ", got [object Array]")],
  [[at, "reduction"], bare, says("reduction must be ", ", got [object Object]")],
];
const noPair = [...noMatrix([0], "image"), ...noMatrix([1], "text")];
const noTargetOption = (at: number): Wrong[] => [
  ...noNumber(at, "lambda", "iterations", "imageCoefficient", "textCoefficient"),
  ...["imageCoefficient", "textCoefficient"].map(
    (name): Wrong => [[at, name], () => 2e30, says(`${name} must be a finite number`, ", got 2e+30")],
  ),
];
const students = ["image", "text", "teacherImage", "teacherText", "teacherSentence"].flatMap((key) =>
  noMatrix([0, key], key, key === "teacherSentence"),
);
const embeddings = ["image", "text", "sentence"].flatMap((key) => noMatrix([0, key], key, key === "sentence"));
const ofLabels = "supervisedContrastive's labels";

/** What is wrong, by function. */
export const WRONG: Record<Name, readonly Wrong[]> = {
  infoNCE: [...noPair, ...options(2, "infoNCE"), ...noForm(2), ...noScale(2), ...noNumber(2, "labelSmoothing")],
  supervisedContrastive: [
    ...[...noPair, ...options(2, "supervisedContrastive"), ...noForm(2), ...noScale(2), ...noNumber(2, "labelSmoothing")],
    [[2, "labels"], () => null, says(`${ofLabels} must be an object of image, text`, ", got null")],
    [[2, "labels", "surplus"], () => 1, says(`${ofLabels} has no option "surplus"`, "")],
    [[2, "labels"], () => undefined, says("supervisedContrastive takes one of labels and positives, got neither", "")],
    [[2, "positives"], () => null, says("supervisedContrastive takes one of labels and positives, got both", "")],
    [[2], () => ({ logitScale: 1, positives: filled(2)() }), says("positives must be 0 or 1", ", got 2 at row 0, column 0"), true],
    [
      [2, "labels"],
      () => tf.tensor1d([1, 2 ** 24 + 1, 3], "int32"),
      says("labels must be within ±2", ", got 16777217 at position 1"),
      true,
    ],
    [[2, "labelSmoothing"], () => 1, says("labelSmoothing must be in [0, 1)", ", got 1")],
    [
      [2],
      () => ({ logitScale: 1, positives: tf.tensor2d(Array(9).fill("1"), [3, 3]) }),
      says("positives must be float32, int32 or bool", ", got string; tf.cast it"),
    ],
    [[2], () => ({ logitScale: 1, positives: null }), says("positives must be a tensor of shape [M, N]", ", got null")],
    [[2], () => ({ logitScale: 1, positives: disposed() }), says("positives must be a tensor of shape [M, N]", ", disposed")],
    ...["image", "text"].flatMap((key): Wrong[] => [
      ...noTensor([2, "labels", key], `labels.${key}`),
      [[2, "labels", key], () => tf.ones([3]), says(`labels.${key} must be int32`, ", got float32")],
    ]),
  ],
  sigmoidLoss: [
    ...[...noPair, ...options(2, "sigmoidLoss"), ...noForm(2), ...noScale(2), ...noScalar([2, "logitBias"], "logitBias")],
    ...noMatrix([2, "labels"], "labels", true),
    [[2, "labels"], filled(1.5), says("labels must be ", ", got 1.5 at row 0, column 0"), true],
    [[2, "reference"], () => 1, says("reference must be true or false", ", got 1")],
  ],
  sinkhorn: [
    ...[...noMatrix([0], "cost"), ...options(1, "sinkhorn"), ...noNumber(1, "lambda", "iterations")],
    [[1, "iterations"], () => 10_001, says("iterations must be a whole number", ", got 10001")],
    ...["rowMarginal", "columnMarginal"].flatMap((key): Wrong[] => [
      ...noTensor([1, key], key),
      [[1, key], () => tf.tensor1d([1, 0, 1]), says(`${key} must be positive`, ", got 0 at position 1"), true],
      [[1, key], () => tf.ones([3], "int32"), says(`${key} must be float32`, ", got int32")],
    ]),
  ],
  teacherTargets: [...embeddings, ...inputs(0, "teacherTargets's teacher", "image"), ...options(1, "teacherTargets"), ...noTargetOption(1)],
  distillationLoss: [
    ...[...noMatrix([0], "similarities"), ...inputs(1, "distillationLoss's targets", "targets.image"), ...options(2, "distillationLoss")],
    ...noScalar([2, "logitScale"], "logitScale"),
    ...["image", "text"].flatMap((key): Wrong[] => [
      ...noMatrix([1, key], `targets.${key}`),
      [[1, key], filled(-1), says(`targets.${key} must have rows that sum to 1`, ", got the entry -1 at row 0"), true],
      [[1, key], filled(0.5), says(`targets.${key} must have rows that sum to 1`, ", got the sum 1.50 at row 0"), true],
    ]),
  ],
  selfDistillationLoss: [
    ...[...students, ...inputs(0, "selfDistillationLoss's inputs", "image"), ...options(1, "selfDistillationLoss"), ...noForm(1)],
    ...[...noTargetOption(1), ...noScalar([1, "logitScale"], "logitScale")],
  ],
  rsdixLoss: [
    ...[
      ...students,
      ...inputs(0, "rsdixLoss's inputs", "image"),
      ...options(1, "rsdixLoss"),
      ...noForm(1),
      ...noTargetOption(1),
      ...noScale(1),
    ],
    ...[...noScalar([1, "distillationScale"], "distillationScale"), ...noNumber(1, "alpha", "labelSmoothing")],
  ],
  similarityMSE: [...embeddings, ...inputs(0, "similarityMSE's inputs", "image"), ...options(1, "similarityMSE"), ...noForm(1)],
  similarity: noPair,
  inBatchAccuracy: noPair,
  learnableScale: [
    ...[...options(1, "learnableScale"), ...noNumber(1, "init")],
    ...[() => ["clip"], bare, () => null].map((make): Wrong => [[0], make, says('kind must be "clip", ', ", got ")]),
    [[1, "name"], () => "", says("name must be a text", ', got ""')],
    [[1, "name"], () => 1n, says("name must be a text", ', got "1"')],
  ],
  learnableBias: [
    ...options(0, "learnableBias"),
    ...noNumber(0, "init"),
    [[0, "name"], () => null, says("name must be a text", ', got "null"')],
  ],
  clampScale: [
    [[0], () => tf.scalar(1), says("scale must be a float32 variable", ", got [object Object]")],
    [[0], () => null, says("scale must be a float32 variable", ", got null")],
    [[1], () => ["clip"], says('kind must be "clip" or "distillation"', ", got [object Array]")],
  ],
  gradCache: [
    ...[...options(5, "gradCache"), ...noNumber(5, "chunk")],
    ...["encodeA", "encodeB", "loss"].flatMap((name, at): Wrong[] => [
      [[at], () => 1, says(`${name} must be a function`, ", got 1")],
      [[at], () => () => undefined, says(`${name} must return float32 [`, "], got undefined")],
      [[at], () => disposed, says(`${name} must return float32 [`, "], got float32 [3, 3], disposed")],
    ]),
    ...["batchA", "batchB"].flatMap((name, k): Wrong[] => [
      [[3 + k], () => null, says(`${name} must be a tensor, or an array`, ", got null")],
      [[3 + k], disposed, says(`${name} must be a tensor of shape `, ", got shape [3, 3], disposed")],
      [[3 + k], () => ({ length: 1 / 0, slice: () => 1 }), says(`${name} must hold at least one sample`, ", got Infinity")],
    ]),
    [[5, "varList"], () => [1], says("varList must be an array", ", got 0 among 1")],
    [[5, "varList"], () => null, says("varList must be an array", ", got null")],
  ],
};
