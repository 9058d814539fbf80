// Times our operations on tfjs-node ("tensorflow") against another backend, alternating in one process, each backend with weights of its own.
// Writes bench/results/tfjs-node.json. About two minutes; `npm run build` first.
//
//   NODE_OPTIONS=--require=FOLDER/node_modules/@tensorflow/tfjs-node node scripts/tfjs-node/time.mjs [backend, wasm by default]
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { startBackend } from "@rsdix/backend";
import { CLIP_VIT_B_32, Clip } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { machine, median } from "../../bench/machine.mjs";

const RUNS = 5;
const BATCH = 8;
const ours = process.argv[2] ?? "wasm";
const threads = Number(process.argv[3] ?? 0); // given to the process that measures
const results = fileURLToPath(new URL("../../bench/results/tfjs-node.json", import.meta.url));

/** Each piece of work: prepares its tensors on the current backend and returns what is timed, up to the values being on the host. */
const works = {
  "sgemm [400,768]x[768,3072]": () => {
    const [a, b] = [tf.randomUniform([400, 768]), tf.randomUniform([768, 3072])];
    return { unit: "ms", scale: 1, run: () => tf.matMul(a, b) };
  },
  "ViT-B/32 forward, batch 8": () => {
    const text = { vocabSize: 10, contextLength: 4, width: 64, layers: 1, heads: 1 }; // not timed, so as small as can be
    const clip = Clip.fromConfig({ ...CLIP_VIT_B_32, text }, 1);
    const pixels = tf.randomUniform([BATCH, 3, 224, 224], -1, 1);
    return { unit: "ms/image", scale: 1 / BATCH, run: () => clip.encodeImage(pixels) };
  },
};

function time({ run, scale }) {
  const start = performance.now();
  const y = run();
  y.dataSync();
  const elapsed = (performance.now() - start) * scale;
  y.dispose();
  return elapsed;
}

async function measure() {
  const rows = [];
  for (const [name, prepare] of Object.entries(works)) {
    const prepared = {};
    const times = { [ours]: [], tensorflow: [] };
    for (let round = -2; round < RUNS; round++) {
      for (const backend of Object.keys(times)) {
        await startBackend(backend);
        prepared[backend] ??= prepare();
        const elapsed = time(prepared[backend]);
        if (round >= 0) times[backend].push(elapsed); // two rounds to warm up
      }
    }
    const [our, peer] = [median(times[ours]), median(times.tensorflow)];
    const spread = { ours: range(times[ours]), peer: range(times.tensorflow) };
    const peerName = `tfjs-node 4.22.0 on libtensorflow 2.12.0 (oneDNN), ${threads} thread${threads === 1 ? "" : "s"}`;
    const row = { name, unit: prepared[ours].unit, ours: our, peer, peerName, ratio: our / peer, runs: RUNS, spread };
    rows.push({ ...row, backend: ours, machine: machine() });
    console.log(`${name}: ${ours} ${our.toFixed(1)}, ${peerName} ${peer.toFixed(1)} ${row.unit}`);
  }
  return rows;
}

const range = (values) => ({ min: Math.min(...values), max: Math.max(...values) });

/** The number of threads is settled when libtensorflow starts: a process each. */
function inProcessOfItsOwn(count) {
  const env = {
    ...process.env,
    TF_NUM_INTRAOP_THREADS: String(count),
    TF_CPP_MIN_LOG_LEVEL: "2",
  };
  const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), ours, String(count)], { env, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
  return JSON.parse(readFileSync(results, "utf8"));
}

if (!tf.engine().registryFactory.tensorflow) {
  console.error(
    "tfjs-node is not loaded: start this with NODE_OPTIONS=--require=FOLDER/node_modules/@tensorflow/tfjs-node (see README.md)",
  );
  process.exit(1);
}
const rows = threads ? await measure() : [1, availableParallelism()].flatMap(inProcessOfItsOwn);
writeFileSync(results, `${JSON.stringify(rows, null, 2)}\n`);
