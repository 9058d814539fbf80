// The vector index beside LanceDB: time and memory of building, size, queries a second and recall@10 against exact search.
//
//   npm run bench -- scale index [VECTORS]
//
// A million vectors of 512 unless told otherwise: 10 GB on the disk of the temporary folder. LanceDB is measured where node bench/scale/setup.mjs has
// installed it (195 MB).
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startChild } from "../backend/child.mjs";
import { paths } from "../models/peers.mjs";
import { takeTurns } from "../models/sides.mjs";
import { row } from "../rows.mjs";
import { DIM, writeVectors } from "./index-data.mjs";

const side = fileURLToPath(new URL("./index-side.mjs", import.meta.url));
const QUERIES = 200;
const PEER = "LanceDB 0.39.0, IVF_HNSW_SQ";

/**
 * The rows of the results, of so many vectors: beside exact search, then beside LanceDB, which takes longest. Each side is a process that builds once and
 * waits then; ours takes turns with exact search, and with LanceDB when that is built. `folder` is one that may be filled, `rounds` how many turns each
 * takes.
 */
export async function* index(count, folder, rounds) {
  const children = [];
  const of = (what) => [side, what, folder, String(count)];
  const start = async (what) => {
    const child = await startChild(process.execPath, of(what), process.env);
    children.push(child);
    if (Object.keys(child.hello).length > 0) console.log(`  ${what}: ${JSON.stringify(child.hello)}`);
    return child;
  };
  try {
    await writeVectors(join(folder, "vectors.f32"), count, 2);
    await writeVectors(join(folder, "queries.f32"), QUERIES, 3);
    const exact = await start("exact");
    execFileSync(process.execPath, of("parquet"));
    const inTurn = (...sides) => takingTurns(sides, rounds);
    yield* rowsOf({ count, exact, ours: await start("ours"), start, inTurn });
  } finally {
    await Promise.all(children.map((child) => child.close()));
  }
}

async function* rowsOf({ count, exact, ours, start, inTurn }) {
  const name = (what) => `index of ${count} vectors of ${DIM}: ${what}`;
  const measured = (what, unit, a, b, options) =>
    row(name(what), unit, [a].flat(), [b].flat(), { backend: "none", spread: { loadAverage: loadavg()[0] }, ...options });
  const beside = { higher: true, peerName: "usearch's exact search of 200 at a time" };
  const [truth, found] = await inTurn(exact, ours); // exact search first: it says what there is to be found
  yield measured("k = 10, one query after the other", "queries/s", found.rates, truth.rates, beside);
  yield measured("recall@10", "share", found.check.recall, truth.check.recall, beside);
  if (!existsSync(join(paths.node, "node_modules", "@lancedb", "lancedb"))) {
    console.log("  No LanceDB: its rows are left out (node bench/scale/setup.mjs brings it).");
    return;
  }
  const lance = await start("lancedb");
  const [again, other] = await inTurn(ours, lance);
  const [lower, higher] = [{ peerName: PEER }, { peerName: PEER, higher: true }];
  yield* [
    measured("built of its Parquet file, the peer's of plain arrays", "s", ours.hello.build, lance.hello.build, lower),
    measured("memory while it is built", "MB", ours.hello.memory, lance.hello.memory, lower),
    measured("on the disk, with the vectors", "MB", ours.hello.size, lance.hello.size, lower),
    measured("k = 10, one query after the other", "queries/s", again.rates, other.rates, higher),
    measured("recall@10", "share", found.check.recall, other.check.recall, higher),
  ];
}

/** All queries of two processes, in alternating order: of each, queries a second of each round, and its check where it was asked for the first time. */
async function takingTurns(children, rounds) {
  const sides = children.map((child) => ({ child, workload: "queries" }));
  await takeTurns(sides, { budget: 0, least: rounds, most: rounds });
  return sides.map(({ check, ms }) => ({ check, rates: ms.map((time) => (QUERIES * 1000) / time) }));
}
