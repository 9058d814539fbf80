// The vector index beside LanceDB: time and memory of building, size, queries a second and recall@10 against exact search.
//
//   npm run bench -- scale index [VECTORS]
//
// A million vectors of 512 unless told otherwise: 10 GB on the disk of the temporary folder. LanceDB is measured where node bench/scale/setup.mjs has
// installed it (190 MB).
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { paths } from "../models/peers.mjs";
import { row } from "../models/results.mjs";
import { DIM, writeVectors } from "./index-data.mjs";

const side = fileURLToPath(new URL("./index-side.mjs", import.meta.url));
const QUERIES = 200;
const PEER = "LanceDB 0.39.0, IVF_HNSW_SQ";

/** The rows of the results, of so many vectors: beside exact search, then beside LanceDB, which takes longest. `folder` is one that may be filled. */
export async function* index(count, folder) {
  const told = (what) => {
    const lines = execFileSync(process.execPath, [side, what, folder, String(count)], { encoding: "utf8" })
      .trim()
      .split("\n");
    console.log(`  ${what}: ${lines.at(-1)}`);
    return JSON.parse(lines.at(-1));
  };
  await writeVectors(join(folder, "vectors.f32"), count, 2);
  await writeVectors(join(folder, "queries.f32"), QUERIES, 3);
  const exact = told("exact");
  told("parquet");
  const ours = told("ours");
  const name = (what) => `index of ${count} vectors of ${DIM}: ${what}`;
  const measured = (what, unit, a, b, options) =>
    row(name(what), unit, [a].flat(), [b].flat(), { backend: "none", spread: { loadAverage: loadavg()[0] }, ...options });
  const beside = { higher: true, peerName: "usearch's exact search of 200 at a time" };
  yield measured("k = 10, one query after the other", "queries/s", ours.rates, exact.rates, beside);
  yield measured("recall@10", "share", ours.recall, 1, beside);
  if (!existsSync(join(paths.node, "node_modules", "@lancedb", "lancedb"))) return;
  const peer = told("lancedb");
  const [lower, higher] = [{ peerName: PEER }, { peerName: PEER, higher: true }];
  yield* [
    measured("built of its Parquet file, the peer's of plain arrays", "s", ours.build, peer.build, lower),
    measured("memory while it is built", "MB", ours.memory, peer.memory, lower),
    measured("on the disk, with the vectors", "MB", ours.size, peer.size, lower),
    measured("k = 10, one query after the other", "queries/s", ours.rates, peer.rates, higher),
    measured("recall@10", "share", ours.recall, peer.recall, higher),
  ];
}
