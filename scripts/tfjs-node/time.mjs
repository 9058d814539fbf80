// Times our operations on tfjs-node ("tensorflow") against another backend, alternating in one process, each backend with weights of its own.
// Writes bench/results/tfjs-node.json, where rows of another backend stay. A minute on a quiet machine, up to
// ten on a busy one: rounds that other processes disturbed are repeated. `npm run build` first.
//
//   NODE_OPTIONS=--require=FOLDER/node_modules/@tensorflow/tfjs-node node scripts/tfjs-node/time.mjs [backend, wasm by default]
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { machine, range } from "../../bench/machine.mjs";
import { resultsOf, row } from "../../bench/rows.mjs";
import { BACKENDS, notCounts, notOneOf, readArguments } from "../lib/arguments.mjs";
import { installed } from "../lib/installed.mjs";

const { startBackend } = await installed(() => import("@rsdix/backend"));
const { CLIP_VIT_B_32, Clip } = await installed(() => import("@rsdix/models"));
const tf = await installed(() => import("@tensorflow/tfjs-core"));

const RUNS = 5;
/** Cores that other processes may take of those we use; rounds go on until RUNS of them were that quiet, or to the limit. */
const QUIET = 0.1;
const MAX_ROUNDS = 40;
const BATCH = 8;
const { args } = readArguments("[BACKEND]", {
  most: 2, // the second, how many threads, is for the process that measures
  check: (_, [name, count = "1"]) => notOneOf("The backend", name, BACKENDS) ?? notCounts({ threads: count }),
});
const [ours, threads] = [args[0] ?? "wasm", Number(args[1] ?? 0)];
const ROWS = 3; // the file descriptor over which that process hands them back
const results = resultsOf("tfjs-node");

/** Each piece of work: prepares its tensors on the current backend, and says what one of its `count` runs computes. */
const works = {
  "sgemm [400,768]x[768,3072]": () => {
    const [a, b] = [tf.randomUniform([400, 768]), tf.randomUniform([768, 3072])];
    return { unit: "ms", count: 20, items: 1, run: () => tf.matMul(a, b) };
  },
  "ViT-B/32 forward, batch 8": () => {
    const text = { vocabSize: 10, contextLength: 4, width: 64, layers: 1, heads: 1 }; // not timed, so as small as can be
    const clip = Clip.fromConfig({ ...CLIP_VIT_B_32, text }, 1);
    const pixels = tf.randomUniform([BATCH, 3, 224, 224], -1, 1);
    return { unit: "ms/image", count: 1, items: BATCH, run: () => clip.encodeImage(pixels) };
  },
};

/** Milliseconds an item, up to the values being in JavaScript. */
function time({ run, count, items }) {
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    const y = run();
    y.dataSync();
    y.dispose();
  }
  return (performance.now() - start) / count / items;
}

/** One timing of each backend, and how many cores other processes took meanwhile. */
async function measureRound(prepare, prepared) {
  const [start, own, all] = [performance.now(), process.cpuUsage(), busy()];
  const times = {};
  for (const backend of [ours, "tensorflow"]) {
    await startBackend(backend);
    prepared[backend] ??= prepare();
    times[backend] = time(prepared[backend]);
  }
  const { user, system } = process.cpuUsage(own);
  return { times, others: Math.max(0, busy() - all - (user + system) / 1000) / (performance.now() - start) };
}

const busy = () => cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0); // milliseconds

async function measure() {
  const rows = [];
  const spare = availableParallelism() - threads;
  for (const [name, prepare] of Object.entries(works)) {
    const prepared = {};
    for (let i = 0; i < 2; i++) await measureRound(prepare, prepared); // to warm up
    const rounds = [];
    while (rounds.length < MAX_ROUNDS && rounds.filter(({ others }) => others < spare + QUIET).length < RUNS) {
      rounds.push(await measureRound(prepare, prepared));
    }
    const quietest = rounds.sort((a, b) => a.others - b.others).slice(0, RUNS);
    const of = (backend) => quietest.map(({ times }) => times[backend]);
    const coresTakenByOthers = range(quietest.map(({ others }) => others));
    const peerName = `tfjs-node 4.22.0 on libtensorflow 2.12.0 (oneDNN), ${threads} thread${threads === 1 ? "" : "s"}`;
    const given = { peerName, backend: ours, machine: machine(), spread: { coresTakenByOthers } };
    const measured = row(name, prepared[ours].unit, of(ours), of("tensorflow"), given); // times: less is better
    rows.push(measured);
    const disturbed = coresTakenByOthers.max > spare + QUIET ? `; disturbed by ${coresTakenByOthers.max.toFixed(2)} cores` : "";
    console.log(
      `${name}: ${ours} ${measured.ours.toFixed(1)}, ${peerName} ${measured.peer.toFixed(1)} ${measured.unit} (${rounds.length} rounds${disturbed})`,
    );
  }
  return rows;
}

/** The number of threads, ours on native and theirs, is settled when a process starts: one each. */
function inProcessOfItsOwn(count) {
  const env = {
    ...process.env,
    TF_NUM_INTRAOP_THREADS: String(count),
    RSDIX_THREADS: String(count),
    TF_CPP_MIN_LOG_LEVEL: "2",
  };
  const args = [fileURLToPath(import.meta.url), ours, String(count)];
  const { status, output } = spawnSync(process.execPath, args, { env, stdio: ["ignore", "inherit", "inherit", "pipe"], encoding: "utf8" });
  if (status !== 0) process.exit(status ?? 1);
  return JSON.parse(output[ROWS]);
}

if (!tf.engine().registryFactory.tensorflow) {
  console.error(
    "tfjs-node is not loaded: start this with NODE_OPTIONS=--require=FOLDER/node_modules/@tensorflow/tfjs-node (see README.md)",
  );
  process.exit(1);
}
if (threads) {
  writeSync(ROWS, JSON.stringify(await measure()));
} else {
  const earlier = existsSync(results) ? JSON.parse(readFileSync(results, "utf8")) : [];
  const rows = [1, availableParallelism()].flatMap(inProcessOfItsOwn);
  writeFileSync(results, `${JSON.stringify([...earlier.filter(({ backend }) => backend !== ours), ...rows], null, 2)}\n`);
}
