// Every figure of @rsdix/backend beside its peer: both sides are processes that wait for their turn, take it in alternating order on two threads with
// kernels of one class, and hold the same weights, so that their results are compared too. Writes bench/results/backend.json (rows left out keep their
// earlier figures). Once before: node bench/backend/setup.mjs, and npm run build.
//
//   npm run bench -- backend [--only sgemm,vit-b1] [--peers torch,onnxruntime] [--backend native] [--threads 2] [--core Haswell] [--quick] [--profile]
//
// --quick: fewer runs, nothing written. --profile: where our time goes. --core: hold OpenBLAS, ours and the peer, to that processor's kernels, to be
// of one class with a PyTorch that is as shipped, whose MKL takes AVX2 on AMD.
import { readdirSync, statSync } from "node:fs";
import { BACKENDS, listed, notCounts, notListed, notOneOf, readArguments, refuse } from "../../scripts/lib/arguments.mjs";
import { installed } from "../../scripts/lib/installed.mjs";
import { comesWith, measureEach, possible } from "../each.mjs";
import { machine, median, nativeIsThere, range } from "../machine.mjs";
import { keep, row } from "../rows.mjs";
import { beforeTurn, inTurns } from "../turns.mjs";
import { rows } from "./rows.mjs";
import { peers, startOurs } from "./sides.mjs";

const names = rows.flatMap(({ id }) => id.split("-").map((_, i, parts) => parts.slice(0, i + 1).join("-")));
const usage = "[--only ROW,...] [--peers NAME,...] [--backend NAME] [--threads COUNT] [--core KERNELS] [--quick] [--profile]";
const { options } = readArguments(usage, {
  options: {
    only: { type: "string" },
    peers: { type: "string" },
    backend: { type: "string", default: "native" },
    threads: { type: "string", default: "2" },
    core: { type: "string" },
    quick: { type: "boolean", default: false },
    profile: { type: "boolean", default: false },
  },
  check: ({ only, peers: given, backend, threads }) =>
    notListed("--only", only, names) ??
    notListed("--peers", given, Object.keys(peers)) ??
    notOneOf("--backend", backend, BACKENDS) ??
    notCounts({ "--threads": threads }),
});
const threads = Number(options.threads);
const isAsked = ({ id }) => options.only === undefined || listed(options.only).some((part) => id === part || id.startsWith(`${part}-`));
const isBeside = (peer) => options.peers === undefined || listed(options.peers).includes(peer);
/** A job is a row and one of its peers; a row without a peer, beside a limit, is one without. */
const asked = rows.filter(isAsked).flatMap((row) => {
  const beside = row.peers.filter(isBeside).map((peer) => ({ row, peer }));
  return row.peers.length === 0 && options.peers === undefined ? [{ row }] : beside;
});
if (asked.length === 0) refuse(`Nothing of --only ${options.only} is measured beside ${options.peers}.`, usage);
await installed(() => import("@rsdix/backend")); // here rather than in each process that is started
const isOfNative = ({ backend = options.backend }) => backend === "native";
const lacksNative = asked.some(({ row }) => isOfNative(row)) && !(await nativeIsThere());
const makesNative = "node packages/backend-native/scripts/build.mjs makes the native backend";
const jobs = possible(
  asked,
  ({ row, peer }) => (lacksNative && isOfNative(row) ? makesNative : comesWith("bench/backend/setup.mjs", peers[peer]?.files ?? [])),
  ({ row, peer }, why) => (why === makesNative ? row.id : `rows beside ${peer}`),
);
const wanted = rows.filter((row) => jobs.some((job) => job.row === row));
const peersOf = (row) => jobs.filter((job) => job.row === row).map(({ peer }) => peer);

async function timeRow(timed) {
  const backend = timed.backend ?? options.backend;
  const rounds = options.quick ? Math.min(3, timed.rounds) : timed.rounds;
  const children = [];
  try {
    const sides = [{ key: "ours", child: await startOurs(backend, threads, options.core) }];
    children.push(sides[0].child);
    for (const key of peersOf(timed)) {
      const child = await peers[key].start(threads, options.core);
      sides.push({ key, child });
      children.push(child);
    }
    const { warm, repeats } = timed;
    const once = async (side, request) => {
      await beforeTurn();
      return side.child.ask({ workload: timed.id, warm, repeats, ...request });
    };
    for (const side of sides) Object.assign(side, { first: await once(side, { repeats: 1 }), ms: [] });
    await inTurns(sides, rounds, async (side) => {
      side.last = await once(side);
      side.ms.push(median(side.last.ms));
      side.best = Math.min(side.best ?? Number.POSITIVE_INFINITY, ...side.last.ms);
    });
    const [ours, ...others] = sides;
    if (options.profile) console.log(JSON.stringify((await once(ours, { repeats: 1, profile: true })).profile, null, 2));
    return others.flatMap((other) => compare(timed, ours, other, backend));
  } finally {
    await Promise.all(children.map((child) => child.close()));
  }
}

function compare(timed, ours, peer, backend) {
  const agree = agreement(ours.first.check, peer.first.check);
  if (agree !== undefined) console.log(`  results ${agree} with ${peers[peer.key].name}`);
  const results = [entry(timed, ours, peer, backend)];
  if (timed.memory) {
    const [a, b] = [ours, peer].map((side) => side.last.peakBytes / 2 ** 30);
    results.push(row(`${timed.name}: peak memory`, "GiB", [a], [b], givenOf(ours, peer, backend)));
  }
  return results;
}

/** What the rows of two sides have in common. */
function givenOf(ours, peer, backend) {
  const kernels = { ours: ours.child.hello.kernels, peer: peer.child.hello.kernels };
  return { peerName: peers[peer.key].name, backend, spread: { kernels }, machine: `${machine()}, ${threads} threads` };
}

/** The row of both sides' times, which reach to the best of all runs, and not of rounds' medians alone. */
function entry({ name, unit, value, higher, goal }, ours, peer, backend) {
  const given = givenOf(ours, peer, backend);
  const [a, b] = [ours, peer].map(({ ms }) => ms.map(value));
  const all = (side, values) => range([...values, value(side.best)]);
  return row(name, unit, a, b, { ...given, higher, spread: { ours: all(ours, a), peer: all(peer, b), goal, ...given.spread } });
}

/** How far both sides compute the same, in words; undefined where they have other inputs. Throws where they don't. */
function agreement(ours = [], peer = []) {
  const n = Math.min(ours.length, peer.length);
  if (n === 0) return undefined;
  if (ours.every(Number.isInteger)) return `agree in ${ours.filter((token, i) => token === peer[i]).length} of ${n} tokens`;
  const worst = Math.max(...ours.slice(0, n).map((value, i) => Math.abs(value - peer[i]) / Math.max(1, Math.abs(peer[i]))));
  if (!(worst < 1e-3)) throw new Error(`the results differ: ${ours.slice(0, n)} and ${peer.slice(0, n)}`);
  return `agree (worst difference ${worst.toExponential(1)})`;
}

/** The binary and the library that a platform's package carries. */
function packageSize({ name, unit }) {
  const folder = new URL(`../../packages/backend-native/build/${process.platform}-${process.arch}/`, import.meta.url);
  const ours = readdirSync(folder).reduce((sum, file) => sum + statSync(new URL(file, folder)).size, 0) / 1e6;
  const spread = { kernels: { ours: "", peer: "" } };
  return row(name, unit, [ours], [25], { peerName: "limit", backend: "native", spread, machine: machine() });
}

function show(timed, { name, unit, ours, peer, peerName, ratio, spread }) {
  const number = (value) => value.toPrecision(4);
  const sides = `${number(ours)} ${unit} against ${number(peer)}, ratio ${ratio.toFixed(3)}`;
  const label = name === timed.name ? "" : "peak memory: ";
  const best = ({ min, max }) => number(timed.higher ? max : min);
  const noise = spread.ratio
    ? ` [${spread.ratio.min.toFixed(2)} to ${spread.ratio.max.toFixed(2)}; best ${best(spread.ours)} against ${best(spread.peer)}]`
    : "";
  const kernels = spread.kernels.ours && spread.ratio ? ` (${spread.kernels.peer}); ours: ${spread.kernels.ours}` : "";
  console.log(`  ${label}${sides}${noise}: ${peerName}${kernels}`);
}

const place = ({ name }) => rows.findIndex((row) => name.startsWith(row.name));
const measure = async (row) => {
  console.log(`${row.name} (${row.id})`);
  const results = row.id === "size" ? [packageSize(row)] : await timeRow(row);
  for (const result of results) show(row, result);
  if (!options.quick) keep(results, "backend", place);
};
process.exitCode = await measureEach(wanted, ({ id }) => id, measure);
