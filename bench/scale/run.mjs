// What shards cost: beside calling the model directly, with two processes beside one, and where there are very many of them; and what an index is worth.
//
//   npm run bench -- scale [overhead] [processes] [many] [index] [COUNT] [--quick]     all four without a name; wasm or cpu: another backend
//
// --quick: one round of few images, 1,000 shards, no processes and no index; nothing written.
//
// Needs the packages built, two cores, and for a million shards or vectors (the number unless told otherwise) 5 or 10 GB on the disk of the
// temporary folder. For the index: node bench/scale/setup.mjs
import { execFileSync } from "node:child_process";
import { rmSync, statfsSync } from "node:fs";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { readArguments } from "../../scripts/lib/arguments.mjs";
import { installed } from "../../scripts/lib/installed.mjs";
import { scratchFolder } from "../../scripts/lib/scratch-folder.mjs";
import { measureEach } from "../each.mjs";
import { median } from "../machine.mjs";
import { keep, row, show } from "../rows.mjs";
import { answersInTurns } from "../turns.mjs";
import { index } from "./index.mjs";
import { timed } from "./timed.mjs";

const { openShardRun, runShardPool, runShards } = await installed(() => import("@rsdix/scale"));
const { BATCH, embedder, planOf, workOf } = await installed(() => import("./plan.mjs"));

const script = (name) => fileURLToPath(new URL(`./${name}.mjs`, import.meta.url));
const spread = () => ({ loadAverage: loadavg()[0] }); // above the number of cores: others were at work, too
const backends = ["native", "wasm", "cpu"];
const isCount = (text) => /^[1-9]\d{0,8}$/.test(text);
const sections = ["overhead", "processes", "many", "index"];
const { args: asked, options } = readArguments("[overhead] [processes] [many] [index] [COUNT] [native | wasm | cpu] [--quick]", {
  most: Infinity,
  options: { quick: { type: "boolean", default: false } },
  check: (_, given) => {
    const others = given.filter((each) => !sections.includes(each));
    const wrong = others.find((each) => !backends.includes(each) && !isCount(each));
    if (wrong !== undefined)
      return `"${wrong}" is no section (${sections.join(", ")}), backend (${backends.join(", ")}) or whole number above 0.`;
    const [, second] = [others.filter(isCount), others.filter((each) => !isCount(each))].find((same) => same.length > 1) ?? [];
    return second === undefined ? undefined : `"${second}" is one too many: there is one backend, and one number.`;
  },
});
const { quick } = options;
const backend = asked.find((each) => backends.includes(each)) ?? "native";
const ROUNDS = quick ? 1 : 3;
/** The kind of Linux' file system in memory, where files take a fraction of the time that they take on a disk. */
const TMPFS = 0x01021994;
const COUNT = Number(asked.find(isCount) ?? (quick ? 1000 : 1_000_000));
const SECTIONS = { overhead, processes, many: () => many(COUNT), index: () => inFolder(indexed) };
const named = sections.filter((each) => asked.includes(each));

async function inFolder(use) {
  const folder = scratchFolder("rsdix-scale-");
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tell(rows) {
  rows.forEach(show);
  if (!quick) keep(rows, "scale");
}

/** Each row is kept when it is measured, whatever becomes of the rest, which may take hours. */
async function indexed(folder) {
  for await (const row of index(COUNT, folder, quick ? 1 : 5)) tell([row]);
  return [];
}

/** Both sides are of the same run, so that a machine that is at work for others, too, slows both. */
async function overhead() {
  const [images, parts] = [quick ? 4 : 64, 2];
  const embed = await embedder(backend);
  await embed(quick ? 2 : BATCH);
  const found = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    let calls = 0;
    const clocked = async (count) => {
      const started = performance.now();
      return embed(count).finally(() => {
        calls += (performance.now() - started) / 1000;
      });
    };
    found[0].push(
      await timed(() => inFolder(async (folder) => runShards(await openShardRun(folder, planOf(images, parts)), workOf(clocked)))),
    );
    found[1].push(calls);
  }
  const name = `ViT-B/32, ${images} images in ${parts} shards, planned, computed, written`;
  return row(name, "s", ...found, { peerName: "the model's calls in the same run", backend, spread: spread() });
}

/** Images a second after each process's first shard: models are loaded once, however long an archive is. `threads`: of each process. */
async function rate(jobs, threads) {
  const [images, parts] = [192, 12];
  Object.assign(process.env, { RSDIX_THREADS: String(threads) }); // what the pool would divide, said here for one process, too
  return inFolder(async (folder) => {
    const ends = [];
    const onProgress = ({ done }) => done > 0 && ends.push(performance.now());
    const run = await openShardRun(folder, planOf(images, parts));
    const { failed } = await runShardPool(run, { jobs, command: [process.execPath, script("worker"), folder, backend], onProgress });
    if (failed.length > 0) throw new Error(failed[0].reason);
    return (((parts - jobs) * images) / parts / (ends.at(-1) - ends[jobs - 1])) * 1000;
  });
}

async function processes() {
  const [two, one, both] = await answersInTurns([() => rate(2, 1), () => rate(1, 1), () => rate(1, 2)], ROUNDS);
  const name = "ViT-B/32 in shards, two processes of one thread";
  const options = { backend, higher: true, spread: spread() };
  return [
    row(name, "images/s", two, one, { ...options, peerName: "one process of one thread" }),
    row(name, "images/s", two, both, { ...options, peerName: "one process of two threads" }),
  ];
}

function many(shards) {
  return inFolder((folder) => {
    const told = (what) => JSON.parse(execFileSync(process.execPath, [script("many"), folder, String(shards), what], { encoding: "utf8" }));
    const make = told("make");
    console.log(`  ${shards} shards are made in ${make.seconds.toFixed(0)} s`);
    const rounds = Array.from({ length: ROUNDS }, () => ({ plan: told("plan"), merge: told("merge") }));
    const [plan, merge] = ["plan", "merge"].map((part) => median(rounds.map((each) => each[part].seconds)));
    const measured = (what, unit, of, goal, peerName) => {
      const options = { peerName, backend: "none", spread: { ...spread(), plan, merge } };
      const goals = rounds.map(() => goal);
      return row(`${shards} shards planned and merged${where}: ${what}`, unit, rounds.map(of), goals, options);
    };
    const where = statfsSync(folder).type === TMPFS ? " in a file system in memory" : "";
    const share = shards / 1_000_000;
    const [time, memory] =
      share === 1
        ? ["the goal for a million", "the goal for a million"]
        : [`60 s, the goal for a million, times ${share}`, "the goal for a million, whole"];
    return [
      measured("time", "s", (each) => each.plan.seconds + each.merge.seconds, 60 * share, time),
      measured("memory", "MB", (each) => Math.max(each.plan.peak, each.merge.peak), 1000, memory),
    ];
  });
}

const wanted = named.length > 0 ? named : Object.keys(SECTIONS).filter((each) => !quick || !["processes", "index"].includes(each));
process.exitCode = await measureEach(
  wanted,
  (name) => name,
  async (name) => tell([await SECTIONS[name]()].flat()),
);
