import { startBackend } from "@rsdix/backend";
import { encodePng } from "@rsdix/image/node";
import { Clip, ClipCap, ClipTokenizer, Gpt2Tokenizer, Parameters } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { scratchFolder as folder } from "../../../test/scratch-folder";
import * as train from "./index";
import * as node from "./node";

await startBackend("cpu");

/** What nobody means, or hardly anybody. */
const WRONG: readonly unknown[] = [
  ...[undefined, null, 5, -1, 0.5, Number.NaN, "", "text", true, [], [null], [5], {}, { a: 1 }, () => undefined, new Map()],
  ...[new Float32Array(3), Promise.resolve(5)],
];
/** Paths are made: of texts no folder of the repository's is. */
const NO_PATHS = WRONG.filter((value) => typeof value !== "string" || value === "");

type Call = (...given: never[]) => unknown;

/** Every function that the package gives, with arguments that are well. */
async function functions(): Promise<Record<string, { call: Call; given: unknown[]; wrong?: readonly unknown[] }>> {
  const tower = { width: 16, layers: 1, heads: 2 };
  const text = { ...tower, vocabSize: 514, contextLength: 40 };
  const clip = Clip.fromConfig({ embedDim: 8, image: { ...tower, size: 8, patch: 4 }, text }, 1);
  clip.tokenizer = ClipTokenizer.fromBpe({ merges: [] });
  const gpt2 = { vocabSize: 257, contextLength: 8, width: 8, layers: 1, heads: 2 };
  const clipcap = ClipCap.fromConfig({ prefixSize: 8, prefixLength: 2, gpt2 }, 1);
  clipcap.encoder = clip;
  clipcap.tokenizer = Gpt2Tokenizer.fromBpe({ merges: [] });
  const sizes = { inputWidth: 2, outputWidth: 2 };
  const [head, other] = [train.Head.fromConfig(sizes, 1), train.Head.fromConfig(sizes, 2)];
  const weights = () => Parameters.initialize([{ name: "w", shape: [2], init: "ones" }], 1);
  const [teacher, student] = [weights(), weights()];
  const png = await encodePng({ width: 8, height: 8, data: new Uint8Array(192) });
  const features = { values: Float32Array.of(1, 0, 0, 1), dim: 2 };
  const task = train.headTask(head);
  const data = train.featureBatches({ features, labels: [0, 1], batchSize: 2, seed: 1 });
  const captions = [["a sea"], ["a lake"]];
  const image = { width: 2, height: 2, data: new Uint8Array(12) };
  const records = [{ filename: "a_1.png", imgid: 0, split: "test", sentences: [], label: "a" }];
  const files = { name: "memory", names: async () => ["a_1.png"], read: async () => png, close: async () => undefined };
  const dataset = { dataset: "tiny", classes: ["a", "b"], images: records, files };
  const zeroShot = {
    files: ["1.png"],
    classes: ["a", "b"],
    labels: Int32Array.of(1),
    probabilities: Float32Array.of(0.5, 0.5),
    accuracy: {},
  };
  const space = { lr: { type: "continuous", min: 0, max: 1 } };
  const search = { space, objective: () => 1 };
  const curve = [1e-4, 1e-3].map((learningRate) => ({ learningRate, loss: 1, smoothed: 1 }));
  const start = { type: "start", task: "clip", step: 0, steps: 10 } as const;
  const logger = { write: () => undefined, close: async () => undefined };
  async function* run() {
    yield start;
  }
  const optimizer = new train.AdamW(student.trainable());
  const gradient = tf.ones([2]);
  const path = { folder: folder() };
  /** Of the first step; all of it is freed. */
  const prepare = (of: train.Task<never>) => (batch: never) =>
    tf.tidy(() => void of.prepare(batch, { step: 0, micro: 0, training: false }));
  const tokens = { ids: Int32Array.of(512, 1, 513), lengths: Int32Array.of(3), shape: [1, 3] };
  const store = node.checkpointFolder(`${path.folder}/checkpoints`);
  await store.save({ step: 1, fingerprint: "mine", tensors: new Map(), details: {} });
  const log = node.openRunLog(`${path.folder}/log.jsonl`);
  const published = { caption: "", models: ["a"], rows: [{ label: "AID", values: [90] }], printed: [] };
  const trial = { type: "trial", trial: 1, parameters: { lr: 0.1 }, origin: "initial", seconds: 2, state: "done", value: 0.5 };
  const rate = { learningRate: 1, warmupSteps: 1 };
  return {
    fit: { call: train.fit, given: [task, data, { steps: 1, validation: { run: () => ({ a: 1 }) } }] },
    findLearningRate: { call: train.findLearningRate, given: [task, data, { steps: 13 }] },
    AdamW: { call: (...given: unknown[]) => new train.AdamW(...(given as [never])), given: [student.trainable(), { betas: [0.9, 0.99] }] },
    "AdamW.step": { call: optimizer.step.bind(optimizer), given: [() => gradient, 0, { of: () => undefined, decay: () => 0 }, 1] },
    "AdamW.restore": { call: optimizer.restore.bind(optimizer), given: [await optimizer.state()] },
    clipByGlobalNorm: {
      call: (...given: unknown[]) => tf.tidy(() => train.clipByGlobalNorm(...(given as [never, never]))),
      given: [[gradient], 1],
    },
    emaDecay: { call: train.emaDecay, given: [1, 0.9] },
    updateEma: { call: train.updateEma, given: [teacher, student, 0.9] },
    cosineSchedule: { call: train.cosineSchedule, given: [{ ...rate, totalSteps: 3 }] },
    linearSchedule: { call: train.linearSchedule, given: [{ ...rate, totalSteps: 3 }] },
    constantSchedule: { call: train.constantSchedule, given: [rate] },
    rampSchedule: { call: train.rampSchedule, given: [{ learningRate: 1, rampSteps: 2 }] },
    clipTask: { call: train.clipTask, given: [clip, { alpha: 0.5, teacher: "ema", freeze: ["image"] }] },
    captionTask: { call: train.captionTask, given: [clipcap, { train: ["mapper"], dropout: 0.1, seed: 1, maxTokens: 5 }] },
    headTask: { call: train.headTask, given: [head, { labelSmoothing: 0.1 }] },
    contrastiveHeadTask: { call: train.contrastiveHeadTask, given: [{ image: head, text: other }, { loss: "sigmoid" }] },
    "Head.fromConfig": { call: train.Head.fromConfig, given: [{ ...sizes, hidden: [3], activation: "gelu" }, 1] },
    "Head.fromCheckpoint": { call: train.Head.fromCheckpoint, given: [{ ...sizes }, await head.parameters.toCheckpoint()] },
    "Head.forward": { call: (x: never) => tf.tidy(() => head.forward(x)), given: [tf.ones([1, 2])] },
    "Head.predict": { call: head.predict.bind(head), given: [features.values] },
    "Head.embed": { call: head.embed.bind(head), given: [features.values] },
    clipBatches: {
      call: train.clipBatches,
      given: [{ images: [image, image], captions, tokenizer: clip.tokenizer, batchSize: 2, seed: 1 }],
    },
    captionBatches: {
      call: train.captionBatches,
      given: [
        {
          views: [features.values],
          dim: 2,
          captions,
          tokenizer: clipcap.tokenizer,
          batchSize: 2,
          seed: 1,
          maxTokens: 3,
          shuffle: true,
          dropLast: true,
        },
      ],
    },
    featureBatches: { call: train.featureBatches, given: [{ features, labels: [0, 1], batchSize: 2, seed: 1 }] },
    featurePairBatches: {
      call: train.featurePairBatches,
      given: [{ image: features, text: features, owners: [0, 1], batchSize: 2, seed: 1 }],
    },
    captionDataset: { call: train.captionDataset, given: [clipcap, dataset, { batchSize: 1, decoding: { maxTokens: 2 } }] },
    evaluateZeroShot: { call: train.evaluateZeroShot, given: [clip, dataset, { templates: ["{class}"], ks: [1], batchSize: 1 }] },
    zeroShotPredictionsTsv: { call: train.zeroShotPredictionsTsv, given: [zeroShot, { spellings: ["a", "b"] }] },
    classSpellings: { call: train.classSpellings, given: [{ images: records, classes: ["a"], declaration: undefined }] },
    stringifyCaptions: {
      call: train.stringifyCaptions,
      given: [{ model: "m", images: [{ filename: "1.png", caption: "a", references: ["b"] }] }, { layout: "evaluation" }],
    },
    parseCaptions: { call: train.parseCaptions, given: ['{"1.png": "a lake"}', "a.json"] },
    parseEvaluation: { call: train.parseEvaluation, given: ["model\tscore@1\na\t1\n", "RSICD"] },
    parseGridFile: { call: train.parseGridFile, given: ["script: train.py\nattr_keys: {model: {lr: '1,2'}}\n", "grid.yaml"] },
    parseRunLog: { call: train.parseRunLog, given: [JSON.stringify(start), "log.jsonl"] },
    parseTrials: { call: train.parseTrials, given: [JSON.stringify(trial), space] },
    publishedAverages: { call: train.publishedAverages, given: [published, { all: ["AID"] }] },
    renderLearningRateFigure: { call: train.renderLearningRateFigure, given: [{ curve, suggestion: 1e-3 }] },
    renderRunReport: { call: train.renderRunReport, given: [[start], { title: "a", settings: "b", evaluations: [], published: false }] },
    bayesSearch: { call: train.bayesSearch, given: [space, search.objective, { nInitPoints: 1, nIter: 1, randomState: 1, earlier: [] }] },
    gridSearch: { call: train.gridSearch, given: [space, search.objective, { levels: 2, earlier: [] }] },
    logTo: { call: train.logTo, given: [run(), [logger]] },
    "clipTask.prepare": { call: prepare(train.clipTask(clip, { teacher: "none" })), given: [{ images: [image], captions: ["a sea"] }] },
    "clipTask.prepare of what is prepared": {
      call: prepare(train.clipTask(clip, { teacher: "none" })),
      given: [{ pixels: new Float32Array(192), tokens, captions: ["a sea"] }],
    },
    "captionTask.prepare of what is prepared": {
      call: prepare(train.captionTask(clipcap)),
      given: [{ pixels: new Float32Array(192), tokens }],
    },
    "captionTask.prepare": { call: prepare(train.captionTask(clipcap)), given: [{ embeddings: new Float32Array(8), captions: ["a"] }] },
    "headTask.prepare": { call: prepare(task), given: [await data.batch(0)] },
    "contrastiveHeadTask.prepare": {
      call: prepare(train.contrastiveHeadTask({ image: head, text: other })),
      given: [{ image: features.values, text: features.values }],
    },
    "checkpointFolder.save": { call: store.save, given: [{ step: 1, fingerprint: "mine", tensors: new Map(), details: {} }, [1]] },
    "checkpointFolder.load": { call: store.load, given: [1] },
    "openRunLog.write": { call: log.write, given: [{ a: 1 }] },
    "openRunLog.keep": { call: log.keep, given: [() => true] },
    "jsonLinesLogger.write": { call: node.jsonLinesLogger(`${path.folder}/e.jsonl`).write, given: [start] },
    "tsvLogger.write": { call: node.tsvLogger(`${path.folder}/f.tsv`).write, given: [start] },
    "tensorBoardLogger.write": { call: node.tensorBoardLogger(path.folder).write, given: [start] },
    "progressLogger.write": { call: node.progressLogger({ stream: { write: () => undefined } }).write, given: [start] },
    checkpointFolder: { call: node.checkpointFolder, given: [path.folder, { keep: 2 }] },
    jsonLinesLogger: { call: node.jsonLinesLogger, given: [`${path.folder}/a.jsonl`], wrong: NO_PATHS },
    openRunLog: { call: node.openRunLog, given: [`${path.folder}/b.jsonl`], wrong: NO_PATHS },
    tensorBoardLogger: { call: node.tensorBoardLogger, given: [path.folder], wrong: NO_PATHS },
    tsvLogger: { call: node.tsvLogger, given: [`${path.folder}/c.tsv`, { validations: `${path.folder}/d.tsv` }], wrong: NO_PATHS },
    progressLogger: { call: node.progressLogger, given: [{ stream: { write: () => undefined }, seconds: 1 }] },
  };
}

/** The arguments with something wrong in the place of one of them, or of a field of one. */
function* variants(given: readonly unknown[], wrong: readonly unknown[]): Generator<{ where: string; given: unknown[] }> {
  for (const [i, good] of given.entries()) {
    for (const bad of wrong) yield { where: `argument ${i} ${shown(bad)}`, given: given.with(i, bad) };
    for (const [name, deep] of fieldsOf(good)) {
      for (const bad of wrong) {
        const where = `argument ${i}.${name} ${shown(bad)}`;
        yield { where, given: given.with(i, Array.isArray(good) ? good.with(Number(name), bad) : { ...(good as object), [name]: bad }) };
      }
      if (Array.isArray(good)) continue;
      for (const [below] of fieldsOf(deep)) {
        for (const bad of wrong) {
          const inner = Array.isArray(deep) ? deep.with(Number(below), bad) : { ...(deep as object), [below]: bad };
          yield { where: `argument ${i}.${name}.${below} ${shown(bad)}`, given: given.with(i, { ...(good as object), [name]: inner }) };
        }
      }
    }
  }
}

/** Of what a caller writes down: not of models and tensors. */
function fieldsOf(value: unknown): [string, unknown][] {
  const plain = Array.isArray(value) || (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype);
  return plain ? Object.entries(value as object) : [];
}

function shown(value: unknown): string {
  return typeof value === "object" && value !== null ? `${{}.toString.call(value)} ${JSON.stringify(value)}` : String(value);
}

/** Calls, and waits for the end of what began. */
async function settled(call: Call, given: readonly unknown[]): Promise<unknown> {
  const made = await call(...(given as never[]));
  const { next, dispose } = (made ?? {}) as { next?: () => Promise<unknown>; dispose?: () => void };
  if (typeof next === "function") for await (const _ of made as AsyncIterable<unknown>) break;
  if (typeof dispose === "function") dispose.call(made);
  return made;
}

const names = Object.keys({ ...train, ...node }).filter((name) => !["publishedResults"].includes(name)); // takes nothing

it("all of the package's functions are among those that are tried", async () => {
  const tried = Object.keys(await functions()).map((name) => name.split(".")[0]);
  expect(names.filter((name) => !tried.includes(name))).toEqual([]);
});

it.each(Object.keys(await functions()))("%s says what is wrong with what it is given, and keeps no tensor of it", async (name) => {
  const { call, given, wrong = WRONG } = (await functions())[name]!;
  await settled(call, given); // all of it is well
  const odd: string[] = [];
  for (const one of variants(given, wrong)) {
    const before = tf.memory().numTensors;
    let error: unknown;
    await settled(call, one.given).catch((caught) => {
      error = caught;
    });
    if (error !== undefined && (error as Error).name !== "RsdixError") odd.push(`${one.where}: ${String(error)}`);
    if (error !== undefined && tf.memory().numTensors !== before) odd.push(`${one.where}: keeps tensors`);
  }
  expect(odd).toEqual([]);
});
