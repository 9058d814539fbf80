// Decoding of @rsdix/models beside @huggingface/transformers (onnxruntime-node), on GPT-2 small with the same random weights: both are processes that wait
// for their turn and take it in alternating order on two threads, and greedy decoding's tokens are compared. Writes bench/results/models.json (rows left
// out keep their earlier figures). Once before: node bench/backend/setup.mjs, node bench/models/setup.mjs, and npm run build.
//
//   npm run bench -- models [--only gpt2-greedy-b1,gpt2-beams] [--backend native,wasm] [--threads 2] [--quick]
//
// --quick: fewer runs, nothing written.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startChild } from "../backend/child.mjs";
import { benchEnvironment, versions } from "../backend/peers.mjs";
import { machine, median } from "../machine.mjs";
import { GENERATED, workload } from "./decoding.mjs";
import { TRANSFORMERS, transformersPath } from "./peers.mjs";

const { values: options } = parseArgs({
  options: {
    only: { type: "string" },
    backend: { type: "string", default: "native,wasm" },
    threads: { type: "string", default: "2" },
    quick: { type: "boolean", default: false },
  },
});
const rows = ["gpt2-greedy-b1", "gpt2-greedy-b8", "gpt2-beams-b1", "gpt2-nucleus-b1"];
const labels = { greedy: "greedy", beams: "5 beams", nucleus: "nucleus, p 0.9, top 50" };
const wanted = rows.filter((id) => options.only === undefined || options.only.split(",").some((part) => id.startsWith(part)));
if (wanted.length === 0) throw new Error(`--only ${options.only}: the rows are ${rows.join(", ")}`);
if (!existsSync(transformersPath)) throw new Error("No @huggingface/transformers: node bench/models/setup.mjs brings it.");

const here = fileURLToPath(new URL(".", import.meta.url));
const start = (script, argument) => startChild(process.execPath, [join(here, script), argument], benchEnvironment(options.threads));
const range = (values) => ({ min: Math.min(...values), max: Math.max(...values) });
/** Threads of the side that had its turn spin a while longer: a pause lets them fall asleep. */
const TURN_MS = 100;

const path = fileURLToPath(new URL("../results/models.json", import.meta.url));
const key = ({ name, peerName, backend }) => [name, peerName, backend].join("|");

function keep(results) {
  const all = new Map((existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : []).map((row) => [key(row), row]));
  for (const row of results) all.set(key(row), row);
  writeFileSync(path, `${JSON.stringify([...all.values()], null, 2)}\n`);
}

async function timed(id, backend, sides) {
  for (const side of sides) side.first = await side.child.ask({ workload: id, warm: 0, repeats: 1 });
  for (const side of sides) side.ms = [];
  for (let round = 0; round < (options.quick ? 3 : 11); round++) {
    for (const side of round % 2 ? sides.toReversed() : sides) {
      await pause(TURN_MS);
      side.ms.push(median((await side.child.ask({ workload: id, warm: 0, repeats: 1 })).ms));
    }
  }
  const { way, rows } = workload(id);
  const speeds = sides.map(({ ms }) => ms.map((value) => (GENERATED * rows * 1e3) / value));
  const [ours, peer] = speeds.map(median);
  const ratios = speeds[0].map((value, round) => value / speeds[1][round]);
  const without = way === "beams" ? ", greedy over 5 rows: it has no beams" : "";
  const common = {
    peerName: `@huggingface/transformers ${TRANSFORMERS} on onnxruntime-node ${versions.onnxruntime}${without}`,
    runs: ratios.length,
    backend,
    machine: `${machine()}, ${options.threads} threads`,
  };
  const name = `GPT-2 small, KV cache, 40 + ${GENERATED} tokens, ${labels[way]}, batch ${rows}`;
  const spread = { ours: range(speeds[0]), peer: range(speeds[1]), ratio: { ...range(ratios), median: median(ratios) } };
  const [a, b] = sides.map(({ first }) => first.check);
  if (a.tokens.length > 0)
    console.log(`  the same in ${a.tokens.filter((token, i) => token === b.tokens[i]).length} of ${a.tokens.length} tokens`);
  return [
    { name, unit: "tokens/s", ours, peer, ratio: ours / peer, spread, ...common },
    {
      name: `${name}: read by the program, a token`,
      unit: "bytes",
      ours: a.bytes,
      peer: b.bytes,
      ratio: b.bytes / a.bytes,
      spread: {},
      ...common,
      runs: 1,
    },
  ];
}

for (const backend of options.backend.split(",")) {
  const sides = [{ child: await start("ours.mjs", backend) }, { child: await start("transformers-peer.mjs", options.threads) }];
  try {
    for (const id of wanted) {
      console.log(`${id}, ${backend}`);
      const results = await timed(id, backend, sides);
      for (const { unit, ours, peer, ratio } of results)
        console.log(`  ${ours.toPrecision(4)} ${unit} against ${peer.toPrecision(4)}: ratio ${ratio.toPrecision(3)}`);
      if (!options.quick) keep(results);
    }
  } finally {
    await Promise.all(sides.map(({ child }) => child.close()));
  }
}
